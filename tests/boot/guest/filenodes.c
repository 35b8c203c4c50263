/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files come, go, and take the place of others while the guest runs.  What is
 * written to /dev/control is done by the script: "add PATH" models a file that
 * reads "model\n" and has 6 bytes; "remove PATH"; "many COUNT".  Ioctl 0x4821
 * of such a file removes it, reads the caller's memory for a while, and waits
 * for ever.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "until.h"

static void control(const char *what, const char *path)
{
    char line[200];
    int length = snprintf(line, sizeof(line), "%s %s", what, path);
    int fd = open("/dev/control", O_WRONLY);

    CHECK(fd >= 0);
    CHECK(write(fd, line, (size_t)length) == length);
    close(fd);
}

/* What a read from the start gives; "" when there is no such file. */
static const char *content(const char *path)
{
    static char bytes[64];
    int fd = open(path, O_RDONLY);
    ssize_t size = fd < 0 ? 0 : read(fd, bytes, sizeof(bytes) - 1);

    bytes[size < 0 ? 0 : size] = '\0';
    if (fd >= 0) {
        close(fd);
    }
    return bytes;
}

static bool is_modelled(const char *path)
{
    return !strcmp(content(path), "model\n");
}

static long long size_of(const char *path)
{
    struct stat status;

    return stat(path, &status) ? -1 : (long long)status.st_size;
}

static void make_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0640);

    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void truncate_by_open(const char *path)
{
    int fd = open(path, O_WRONLY | O_TRUNC);

    CHECK(fd >= 0);
    close(fd);
}

static void a_file_is_taken_over_and_given_back(void)
{
    struct stat before, after;

    make_file("/tmp/own", "own\n");
    CHECK(!stat("/tmp/own", &before));
    control("add", "/tmp/own");
    UNTIL(is_modelled("/tmp/own"));
    CHECK(size_of("/tmp/own") == 6);
    truncate_by_open("/tmp/own");
    CHECK(!truncate("/tmp/own", 1));
    control("remove", "/tmp/own");
    UNTIL(!strcmp(content("/tmp/own"), "own\n"));
    CHECK(!stat("/tmp/own", &after));
    CHECK(after.st_size == 4 && after.st_mode == before.st_mode &&
          after.st_ino == before.st_ino);
}

static void the_kernel_s_own_files_are_taken_over_and_given_back(void)
{
    static const char *const paths[] = {
        "/proc/version", "/proc/sys/kernel/ostype", "/sys/kernel/profiling",
        "/dev/null",
    };

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char before[64];

        strcpy(before, content(paths[i]));
        control("add", paths[i]);
        UNTIL(is_modelled(paths[i]));
        CHECK(size_of(paths[i]) == 6);
        control("remove", paths[i]);
        UNTIL(!strcmp(content(paths[i]), before));
    }
}

static bool opens(const char *path)
{
    int fd = open(path, O_RDONLY);

    return fd >= 0 && !close(fd);
}

/* More of its files end under a model than the kernel's own are open. */
static void a_device_outlives_its_files(const char *path)
{
    int fd[200];

    control("add", path);
    UNTIL(is_modelled(path));
    for (int i = 0; i < 200; i++) {
        CHECK(is_modelled(path));
        fd[i] = open(path, O_RDONLY);
        CHECK(fd[i] >= 0);
    }
    control("remove", path);
    UNTIL(opens(path) && !is_modelled(path));
    for (int i = 0; i < 200; i++) {
        CHECK(!close(fd[i]));
    }
    for (int i = 0; i < 200; i++) {
        CHECK(opens(path) && opens("/dev/null") && opens("/dev/zero"));
    }
}

static void one_that_is_unlinked_meanwhile_is_given_back(void)
{
    char path[40];
    int fd;

    make_file("/tmp/unlinked", "still\n");
    fd = open("/tmp/unlinked", O_RDONLY);
    CHECK(fd >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    control("add", "/tmp/unlinked");
    UNTIL(is_modelled(path));
    CHECK(!unlink("/tmp/unlinked"));
    control("remove", "/tmp/unlinked");
    UNTIL(!strcmp(content(path), "still\n"));
    close(fd);
}

static void new_files_go_with_their_folders(void)
{
    static const struct {
        const char *path;
        const char *top;
    } files[] = {
        { "/dev/new/sub/a", "/dev/new" }, { "/proc/new/sub/a", "/proc/new" },
        { "/proc/sys/new/sub/a", "/proc/sys/new" },
        { "/proc/net/new", "/proc/net/new" },
        { "/sys/new/sub/a", "/sys/new" },
        { "/sys/class/net/lo/new", "/sys/class/net/lo/new" },
        { "/sys/class/net/new/sub/a", "/sys/class/net/new" },
        { "/proc/1new/a", "/proc/1new" },
        { "/opt/new/sub/a", "/opt" },
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        control("add", files[i].path);
        UNTIL(is_modelled(files[i].path));
        control("remove", files[i].path);
        UNTIL(access(files[i].top, F_OK) && errno == ENOENT);
    }
}

static void *read_waiting(void *data)
{
    char byte;

    CHECK(read(*(int *)data, &byte, 1) == -1);
    return (void *)(intptr_t)errno;
}

/* The script's read at offset 100 waits for ever; 0x4820: how many do. */
static void what_is_open_fails_when_its_node_goes(void)
{
    struct pollfd one = { .events = POLLIN };
    pthread_t thread;
    void *error;
    char *map, byte;

    control("add", "/dev/gone");
    UNTIL((one.fd = open("/dev/gone", O_RDWR)) >= 0);
    map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, one.fd, 0);
    CHECK(map != MAP_FAILED);
    /* The node comes before its bytes: README, what it cannot do. */
    UNTIL(!strcmp(map, "map"));
    CHECK(lseek(one.fd, 100, SEEK_SET) == 100);
    CHECK(!pthread_create(&thread, NULL, read_waiting, &one.fd));
    UNTIL(ioctl(one.fd, 0x4820, 0) == 1);
    control("remove", "/dev/gone");
    CHECK(!pthread_join(thread, &error));
    CHECK((intptr_t)error == ENODEV);
    CHECK(pread(one.fd, &byte, 1, 0) == -1 && errno == ENODEV);
    CHECK(write(one.fd, "x", 1) == -1 && errno == ENODEV);
    CHECK(ioctl(one.fd, 0x4820, 0) == -1 && errno == ENODEV);
    CHECK(lseek(one.fd, 0, SEEK_SET) == -1 && errno == ENODEV);
    CHECK(fsync(one.fd) == -1 && errno == ENODEV);
    CHECK(poll(&one, 1, -1) == 1 && one.revents == (POLLERR | POLLHUP));
    CHECK(!strcmp(map, "map"));
    CHECK(!close(one.fd) && !munmap(map, 4096));
}

/* In /proc/net the removal waits for those who are in an operation. */
static void a_wait_that_begins_after_the_removal_ends(void)
{
    char bytes[8] = "";
    int fd;

    control("add", "/proc/net/late");
    UNTIL((fd = open("/proc/net/late", O_RDWR)) >= 0);
    CHECK(ioctl(fd, 0x4821, bytes) == -1 && errno == ENODEV);
    close(fd);
    UNTIL(access("/proc/net/late", F_OK) && errno == ENOENT);
}

static void a_mount_above_a_file_of_any_folder_gets_it(void)
{
    CHECK(!mkdir("/mnt", 0755));
    control("add", "/mnt/sub/a");
    UNTIL(is_modelled("/mnt/sub/a"));
    CHECK(!mount("tmpfs", "/mnt", "tmpfs", 0, NULL));
    UNTIL(is_modelled("/mnt/sub/a"));
    control("add", "/mnt/b");
    UNTIL(is_modelled("/mnt/b"));
    CHECK(!umount("/mnt"));
    UNTIL(is_modelled("/mnt/sub/a") && is_modelled("/mnt/b"));
    control("remove", "/mnt/sub/a");
    control("remove", "/mnt/b");
    UNTIL(!rmdir("/mnt"));
}

static void below_a_mount_that_is_read_only_it_waits(void)
{
    int folder;

    CHECK(!mkdir("/opt", 0755));
    control("add", "/opt/a");
    UNTIL(is_modelled("/opt/a"));
    folder = open("/opt", O_RDONLY | O_DIRECTORY);
    CHECK(folder >= 0);
    CHECK(!mount("tmpfs", "/opt", "tmpfs", MS_RDONLY, NULL));
    UNTIL(faccessat(folder, "a", F_OK, 0) && errno == ENOENT);
    UNTIL(!umount("/opt"));     /* busy while the module tries to place it */
    UNTIL(is_modelled("/opt/a"));
    close(folder);
    control("remove", "/opt/a");
    UNTIL(!rmdir("/opt"));
}

static void what_is_mounted_over_nodes_gets_them(void)
{
    control("add", "/dev/m/a");
    control("add", "/proc/m");
    control("add", "/proc/version");
    UNTIL(is_modelled("/dev/m/a") && is_modelled("/proc/version"));
    CHECK(!mount("tmpfs", "/dev", "tmpfs", 0, NULL));
    CHECK(!mount("proc", "/proc", "proc", 0, NULL));
    CHECK(is_modelled("/proc/m"));
    UNTIL(is_modelled("/dev/m/a") && is_modelled("/proc/version"));
    UNTIL(size_of("/proc/m") == 6);
    CHECK(!umount("/proc") && !umount("/dev"));
    UNTIL(is_modelled("/dev/m/a") && is_modelled("/proc/version"));
    UNTIL(size_of("/proc/m") == 6);
    control("remove", "/dev/m/a");
    control("remove", "/proc/m");
    control("remove", "/proc/version");
    UNTIL(!is_modelled("/proc/version"));
}

#define COUNT "10000"

/* How long it takes is only told: that is the host's affair. */
static void thousands_come_in_one_go(void)
{
    long long begun = now_ms();
    long long took;

    control("many", COUNT);
    UNTIL(is_modelled("/dev/many/" COUNT));
    took = now_ms() - begun;
    fprintf(stderr, "%s nodes took %lld ms\n", COUNT, took);
    CHECK(is_modelled("/dev/many/1") && is_modelled("/dev/many/5000"));
}

int main(void)
{
    a_file_is_taken_over_and_given_back();
    the_kernel_s_own_files_are_taken_over_and_given_back();
    a_device_outlives_its_files("/dev/null");
    /* This one has never been opened before. */
    CHECK(!mknod("/tmp/null", S_IFCHR | 0666, makedev(1, 3)));
    a_device_outlives_its_files("/tmp/null");
    one_that_is_unlinked_meanwhile_is_given_back();
    new_files_go_with_their_folders();
    what_is_open_fails_when_its_node_goes();
    a_wait_that_begins_after_the_removal_ends();
    a_mount_above_a_file_of_any_folder_gets_it();
    below_a_mount_that_is_read_only_it_waits();
    what_is_mounted_over_nodes_gets_them();
    thousands_come_in_one_go();
    puts("ok");
    return 0;
}
