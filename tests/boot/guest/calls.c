/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the calls that the scripts of intervene_spec.lua hook. */
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

#ifndef SYS_mmap2           /* its offset in pages, on 32 bits */
#define SYS_mmap2 SYS_mmap
#endif

/* As the kernel prints it: what the system call gives is changed. */
static int parent(void)
{
    FILE *file = fopen("/proc/self/stat", "r");
    int pid = 0;

    CHECK(file && fscanf(file, "%*d %*s %*c %d", &pid) == 1);
    fclose(file);
    return pid;
}

static void all_is_changed(void)
{
    struct stat null, copy;
    int fd;

    CHECK(ioctl(0, 0x4802, 0) == 77);
    CHECK(ioctl(0, 0x4803, 0) == -1 && errno == 75);
    CHECK(ioctl(0, 0x47ff, 0) == -1 && errno == ENOTTY);

    /* dup(1000) was made as dup(0). */
    fd = dup(1000);
    CHECK(fd >= 0 && !fstat(0, &null) && !fstat(fd, &copy));
    CHECK(null.st_rdev == copy.st_rdev);
    CHECK(dup(1001) == -1 && errno == EBADF);

    /* The fifth and sixth argument lie on the user's stack on mips. */
    CHECK(syscall(SYS_mmap2, 0, 4096, 0, 0, 0x77, 9) == 4242);

    CHECK(syscall(SYS_getppid) == parent() + 1000);
    CHECK(!prctl(PR_SET_NAME, "other"));
    CHECK(syscall(SYS_getppid) == 5);
    CHECK(!prctl(PR_SET_NAME, "third"));
    CHECK(syscall(SYS_getppid) == parent());
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        CHECK(syscall(SYS_getppid) == parent());
    } else {
        all_is_changed();
    }
    puts("ok");
    return 0;
}
