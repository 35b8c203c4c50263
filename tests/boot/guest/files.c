/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every operation on every file that it is given.  The script models them all
 * alike: 11 bytes, "hello world", and what the checks below say.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

#define PAGE 4096
#define MANY (3 << 20)

/* What the script's ioctl does. */
enum {
    TELL_WRITTEN = 0x4811,      /* what was written last, "@", its offset */
    SET_READY,                  /* poll says readable, too */
    MAP_TELL,                   /* the map's first six bytes */
    MAP_CHANGE,                 /* become "engine" */
};

static const char *path;
static char *volatile nowhere = (char *)1;     /* no page of ours */

static void at_path(const char *call, long result, long wanted)
{
    if (result != wanted) {
        fprintf(stderr, "%s: %s: %ld, not %ld (errno %d)\n", path, call, result,
                wanted, errno);
        exit(1);
    }
}

#define EXPECT(call, wanted) at_path(#call, (long)(call), (long)(wanted))

#define REFUSED(call, number)                                                 \
    do {                                                                      \
        errno = 0;                                                            \
        at_path(#call, (long)(call), -1);                                     \
        at_path(#call " (errno)", errno, number);                             \
    } while (0)

static void expect_status(int fd)
{
    struct stat status;

    EXPECT(stat(path, &status), 0);
    EXPECT(status.st_size, 11);
    EXPECT(status.st_mode & 07777, 0600);
    EXPECT(fstat(fd, &status), 0);
    EXPECT(status.st_size, 11);
}

static void expect_reads(int fd)
{
    static char bytes[MANY];

    EXPECT(read(fd, bytes, 5), 5);
    EXPECT(memcmp(bytes, "hello", 5), 0);
    EXPECT(read(fd, bytes, MANY), 6);
    EXPECT(memcmp(bytes, " world", 6), 0);
    EXPECT(read(fd, bytes, 1), 0);
    EXPECT(pread(fd, bytes, 9, 8), 3);
    EXPECT(memcmp(bytes, "rld", 3), 0);
    REFUSED(pread(fd, nowhere, 1, 0), EFAULT);
}

static void expect_written(int fd, const char *text)
{
    char told[64] = "";

    EXPECT(ioctl(fd, TELL_WRITTEN, told), 7);
    EXPECT(strcmp(told, text), 0);
}

static void expect_writes(int fd)
{
    static char bytes[MANY];

    EXPECT(lseek(fd, 11, SEEK_SET), 11);
    EXPECT(write(fd, "data", 4), 4);
    expect_written(fd, "data@11");
    EXPECT(write(fd, "short", 5), 2);
    expect_written(fd, "short@15");
    EXPECT(pwrite(fd, "x", 1, 3), 1);
    expect_written(fd, "x@3");
    EXPECT(pwrite(fd, bytes, 65536, 0), 65536);
    EXPECT(pwrite(fd, bytes, MANY, 0), 1 << 20);
    REFUSED(write(fd, "refuse", 6), ENOSPC);
    REFUSED(pwrite(fd, nowhere, 1, 0), EFAULT);
}

static void expect_seeks(int fd)
{
    EXPECT(lseek(fd, 6, SEEK_SET), 6);
    EXPECT(lseek(fd, 1, SEEK_CUR), 7);
    EXPECT(lseek(fd, -11, SEEK_END), 0);
    EXPECT(lseek(fd, 0, SEEK_END), 11);
    REFUSED(lseek(fd, 12, SEEK_SET), EINVAL);
    REFUSED(lseek(fd, -1, SEEK_SET), EINVAL);
    REFUSED(lseek(fd, 1, SEEK_END), EINVAL);
}

static void expect_ioctls(int fd)
{
    REFUSED(ioctl(fd, 0x4800, 0), ENOTTY);
    REFUSED(ioctl(fd, TELL_WRITTEN, 1), EFAULT);
}

static void expect_polls(int fd)
{
    struct pollfd one = { .fd = fd, .events = POLLIN | POLLOUT };

    EXPECT(poll(&one, 1, -1), 1);
    EXPECT(one.revents, POLLOUT);
    EXPECT(ioctl(fd, SET_READY, 0), 0);
    EXPECT(poll(&one, 1, -1), 1);
    EXPECT(one.revents, POLLIN | POLLOUT);
}

static void expect_syncs(int fd)
{
    EXPECT(fsync(fd), 0);
    REFUSED(fdatasync(fd), EIO);
}

static void expect_maps(int fd)
{
    int both = PROT_READ | PROT_WRITE;
    char *shared = mmap(NULL, PAGE, both, MAP_SHARED, fd, 0);
    char *private = mmap(NULL, PAGE, both, MAP_PRIVATE, fd, 0);
    char told[8] = "";

    EXPECT(shared != MAP_FAILED && private != MAP_FAILED, 1);
    EXPECT(memcmp(shared, "mapped", 7), 0);
    private[0] = 'P';
    shared[1] = 'S';
    EXPECT(memcmp(shared, "mSpped", 7), 0);
    EXPECT(memcmp(private, "Papped", 7), 0);
    EXPECT(ioctl(fd, MAP_TELL, told), 6);
    EXPECT(strcmp(told, "mSpped"), 0);
    EXPECT(ioctl(fd, MAP_CHANGE, 0), 0);
    EXPECT(memcmp(shared, "engine", 7), 0);
    EXPECT(memcmp(private, "Papped", 7), 0);
    EXPECT(munmap(private, PAGE), 0);
    EXPECT(munmap(shared, PAGE), 0);
    REFUSED((intptr_t)mmap(NULL, 2 * PAGE, both, MAP_SHARED, fd, 0), EINVAL);
    REFUSED((intptr_t)mmap(NULL, PAGE, both, MAP_SHARED, fd, PAGE), EINVAL);
}

/* The script refuses to open it so. */
static void expect_opens(void)
{
    REFUSED(open(path, O_RDWR | O_NONBLOCK), EAGAIN);
}

static void check_file(void)
{
    int fd = open(path, O_RDWR | O_TRUNC);

    EXPECT(fd >= 0, 1);
    expect_opens();
    expect_status(fd);
    expect_reads(fd);
    expect_writes(fd);
    expect_seeks(fd);
    expect_ioctls(fd);
    expect_polls(fd);
    expect_syncs(fd);
    expect_maps(fd);
    EXPECT(close(fd), 0);
}

/* One release for each open that was not refused; "opens releases". */
static void check_count(int files)
{
    char wanted[32], told[32] = "";
    int fd = open("/dev/count", O_RDONLY);

    snprintf(wanted, sizeof(wanted), "%d %d", files, files);
    CHECK(fd >= 0);
    CHECK(read(fd, told, sizeof(told) - 1) > 0);
    if (strcmp(told, wanted)) {
        fprintf(stderr, "opened, closed: %s, not %s\n", told, wanted);
        exit(1);
    }
    close(fd);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        path = argv[i];
        check_file();
    }
    check_count(argc - 1);
    puts("ok");
    return 0;
}
