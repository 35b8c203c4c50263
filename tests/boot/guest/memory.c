/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks the handler to copy memory, by ioctl 0x4801 with a struct copy: pages
 * that are not present, not writable, shared after fork, of files, or none.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define PAGE 4096

/* In the kernel, and right below the end of all addresses. */
#ifdef __x86_64__
#define KERNEL 0xffffffff81000000
#else
#define KERNEL 0x80100000
#endif
#define LAST (-4UL)

/* Each a word of the machine. */
struct copy {
    unsigned long from;
    unsigned long to;
    unsigned long size;
    unsigned long done;
};

static int copy(const void *from, void *to, unsigned size, unsigned *done)
{
    struct copy request = {
        (unsigned long)from, (unsigned long)to, size, 0xdead,
    };
    int result;

    errno = 0;
    result = ioctl(0, 0x4801, &request);
    *done = (unsigned)request.done;
    return result < 0 ? -errno : result;
}

static unsigned char *map(size_t size, int protection)
{
    void *at = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                    0);

    CHECK(at != MAP_FAILED);
    return at;
}

static void fill(unsigned char *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        at[i] = (unsigned char)(i * 7 + i / PAGE);
    }
}

static void copies_pages_that_are_not_present(void)
{
    unsigned char *from = map(16 * PAGE, PROT_READ | PROT_WRITE);
    unsigned char *to = map(16 * PAGE, PROT_READ | PROT_WRITE);
    unsigned done;

    CHECK(copy(from, to, 3 * PAGE, &done) == 0 && done == 3 * PAGE);
    fill(from, 16 * PAGE);
    CHECK(copy(from + 5, to + 3, 15 * PAGE + 11, &done) == 0);
    CHECK(done == 15 * PAGE + 11);
    CHECK(!memcmp(from + 5, to + 3, 15 * PAGE + 11));
    CHECK(to[0] == 0 && to[2] == 0 && to[15 * PAGE + 14] == 0);
}

static void stops_at_a_hole(void)
{
    unsigned char *from = map(2 * PAGE, PROT_READ | PROT_WRITE);
    unsigned char *to = map(2 * PAGE, PROT_READ | PROT_WRITE);
    unsigned done;

    fill(from, 2 * PAGE);
    CHECK(!munmap(from + PAGE, PAGE));
    CHECK(copy(from + PAGE - 9, to, 20, &done) == -EFAULT && done == 9);
    CHECK(!memcmp(from + PAGE - 9, to, 9) && to[9] == 0);
    CHECK(!munmap(to + PAGE, PAGE));
    CHECK(copy(from, to + PAGE - 5, 20, &done) == -EFAULT && done == 5);
    CHECK(!memcmp(from, to + PAGE - 5, 5));
}

static void keeps_out_of_what_is_forbidden(void)
{
    unsigned char *from = map(PAGE, PROT_READ | PROT_WRITE);
    unsigned char *sealed = map(PAGE, PROT_READ);
    unsigned done;

    fill(from, PAGE);
    CHECK(copy(from, sealed, 16, &done) == -EFAULT && done == 0);
    CHECK(sealed[0] == 0);
    CHECK(copy(NULL, from, 4, &done) == -EFAULT);
    CHECK(copy((void *)KERNEL, from, 4, &done) == -EFAULT);
    CHECK(copy((void *)LAST, from, 8, &done) == -EFAULT);
    CHECK(copy(from, (void *)KERNEL, 4, &done) == -EFAULT && done == 0);
#ifdef __x86_64__
    /* Not an address: bits 47 to 63 differ. */
    CHECK(copy((void *)(1UL << 60), from, 4, &done) == -EFAULT);
#endif
    CHECK(!mprotect(from, PAGE, PROT_NONE));
    CHECK(copy(from, sealed, 4, &done) == -EFAULT);
}

/* A write to a page shared after fork must not reach the other process. */
static void copies_on_write(void)
{
    unsigned char *page = map(PAGE, PROT_READ | PROT_WRITE);
    unsigned char mine[16];
    unsigned done;
    int status;
    pid_t child;

    memset(page, 'p', PAGE);
    memset(mine, 'c', sizeof(mine));
    child = fork();
    if (child == 0) {
        CHECK(copy(mine, page, sizeof(mine), &done) == 0);
        CHECK(!memcmp(page, mine, sizeof(mine)) && page[16] == 'p');
        _exit(0);
    }
    CHECK(wait(&status) == child && status == 0);
    CHECK(page[0] == 'p' && page[15] == 'p');
}

/* Nor may a write to a private mapping reach the file. */
static void leaves_the_file_alone(void)
{
    unsigned char mine[8] = "changed", back[8];
    unsigned char *page;
    unsigned done;
    int fd = open("/tmp/file", O_RDWR | O_CREAT, 0600);

    CHECK(fd >= 0 && write(fd, "origina", 8) == 8);
    page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(page != MAP_FAILED);
    CHECK(copy(mine, page, 8, &done) == 0 && !memcmp(page, mine, 8));
    CHECK(pread(fd, back, 8, 0) == 8 && !memcmp(back, "origina", 8));
}

int main(void)
{
    copies_pages_that_are_not_present();
    stops_at_a_hole();
    keeps_out_of_what_is_forbidden();
    copies_on_write();
    leaves_the_file_alone();
    puts("ok");
    return 0;
}
