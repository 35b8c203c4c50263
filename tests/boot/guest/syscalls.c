/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the calls that syscalls_spec.lua's scripts count; what their handlers
 * found wrong is the result of the last, ioctl 0x4810.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "until.h"

static void report(void)
{
    int wrong = ioctl(0, 0x4810, 0);

    CHECK(wrong == 0);
    puts("ok");
}

static long open_raw(const char *path)
{
    return syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0);
}

/* Up to the last byte of a page that has no neighbour. */
static char *at_the_edge(const char *text, size_t size)
{
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(page != MAP_FAILED && !munmap(page + 4096, 4096));
    return memcpy(page + 4096 - size, text, size);
}

/* Sixteen commands for no file, each with four arguments. */
static void filters(void)
{
    static char long_path[5000];
    const char path[] = "/etc/passwd";

    for (int i = 0; i < 64; i++) {
        CHECK(ioctl(-1, 0x4700 + i / 4, (long)(i % 4)) == -1);
    }
    CHECK(open_raw("/nope/file") == -1 && errno == ENOENT);
    CHECK(close(open_raw(path)) == 0);
    CHECK(close(open_raw(at_the_edge(path, sizeof(path)))) == 0);
    CHECK(open_raw(at_the_edge(path, sizeof(path) - 1)) == -1);
    CHECK(errno == EFAULT);
    CHECK(open_raw(NULL) == -1 && errno == EFAULT);
    CHECK(open_raw((const char *)-1L) == -1 && errno == EFAULT);
    memset(long_path, '/', sizeof(long_path) - 1);
    memcpy(long_path + 4000, "needle", 6);
    CHECK(open_raw(long_path) == -1 && errno == ENAMETOOLONG);
    /* Two texts in one call, in a page that is not there yet. */
    CHECK(rename("/nope/old", "/nope/new") == -1 && errno == ENOENT);
    CHECK(rename("/nope/new", "/nope/old") == -1 && errno == ENOENT);
    CHECK(!prctl(PR_SET_NAME, "other"));
    CHECK(ioctl(-1, 0x4700, 0L) == -1);
    report();
}

/* A known number of calls of many kinds. */
static void all(void)
{
    struct utsname names;
    int status, ends[2];
    char text[4];
    pid_t child;

    for (int i = 0; i < 100; i++) {
        CHECK(syscall(SYS_getpid) > 1);
    }
    CHECK(!uname(&names) && !strcmp(names.sysname, "Linux"));
    CHECK(!pipe(ends) && write(ends[1], "abc", 4) == 4);
    CHECK(read(ends[0], text, 4) == 4 && !strcmp(text, "abc"));
    child = fork();
    if (child == 0) {
        execl("/bin/syscalls", "syscalls", "child", NULL);
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0x2a00);
    report();
}

/*
 * Every call must have the handler's answer, whatever comes and goes, until
 * the hooks have changed so often.
 */
static void churn(int turns)
{
    pid_t child[3];
    int status;

    for (int i = 0; i < 3; i++) {
        long long end = now_ms() + 120000;
        int value[3] = { i, 0, 0 };

        child[i] = fork();
        while (child[i] == 0 && value[2] < turns) {
            value[0] += 3;
            CHECK(ioctl(0, 0x4806, value) == 0 && value[1] == value[0]);
            syscall(SYS_getppid);
            CHECK(ioctl(-1, 0x4700, 0) == -1 && errno == EBADF);
            CHECK(now_ms() < end);
        }
        if (child[i] == 0) {
            _exit(0);
        }
    }
    for (int i = 0; i < 3; i++) {
        CHECK(waitpid(child[i], &status, 0) == child[i] && status == 0);
    }
    report();
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    if (!strcmp(argv[1], "child")) {
        return 42;
    }
    if (!strcmp(argv[1], "filters")) {
        filters();
    } else if (!strcmp(argv[1], "all")) {
        all();
    } else if (!strcmp(argv[1], "churn")) {
        churn(argc > 2 ? atoi(argv[2]) : 1);
    } else {
        report();
    }
    return 0;
}
