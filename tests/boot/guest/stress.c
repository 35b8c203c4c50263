/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stress N: loads and unloads the module N times while two processes loop on
 * a hooked ioctl.  Every call must come back as one of two: answered by the
 * handler, whole, or as the kernel answers without a hook.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "uapi.h"

#define LOOPERS 2

/* Shared with the loopers. */
static struct shared {
    volatile int stop;
    volatile unsigned answered[LOOPERS];
    volatile unsigned unhooked[LOOPERS];
} *shared;

static void loop(int me)
{
    struct {
        unsigned in;
        unsigned out;
    } value;
    unsigned turn = 0;

    while (!shared->stop) {
        int result;

        value.in = ++turn * LOOPERS + me;
        value.out = 0;
        result = ioctl(0, 0x4806, &value);
        if (result == 0) {
            CHECK(value.out == value.in);
            shared->answered[me]++;
        } else {
            CHECK(result == -1 && errno == ENOTTY && value.out == 0);
            shared->unhooked[me]++;
        }
    }
    _exit(0);
}

static int load(void)
{
    int fd = open("/hyperlua/hyperlua.ko", O_RDONLY | O_CLOEXEC);
    int result = (int)syscall(SYS_finit_module, fd, "", 0);

    close(fd);
    return result;
}

static unsigned sum(volatile unsigned *counts)
{
    return counts[0] + counts[1];
}

/* The loopers must be seen in both states: no cycle passes untested. */
static void wait_for_one_more(volatile unsigned *counts)
{
    unsigned before = sum(counts);

    while (sum(counts) == before) {
        usleep(100);
    }
}

static void report(void)
{
    int fd = open("/dev/hyperlua", O_RDWR);

    CHECK(fd >= 0);
    dprintf(fd, "ok\n");
}

/* Errors go to the console: while the module is out there is nothing else. */
static void let_go_of_the_device(void)
{
    int console = open("/dev/console", O_WRONLY);

    dup2(console, 1);
    dup2(console, 2);
    close(console);
}

int main(int argc, char **argv)
{
    int cycles = argc > 1 ? atoi(argv[1]) : 200;
    pid_t looper[LOOPERS];
    int status;

    let_go_of_the_device();
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    for (int i = 0; i < LOOPERS; i++) {
        looper[i] = fork();
        if (looper[i] == 0) {
            loop(i);
        }
    }
    for (int i = 0; i < cycles; i++) {
        wait_for_one_more(shared->answered);
        CHECK(!syscall(SYS_delete_module, "hyperlua", O_NONBLOCK));
        wait_for_one_more(shared->unhooked);
        CHECK(!load());
    }
    wait_for_one_more(shared->answered);
    shared->stop = 1;
    for (int i = 0; i < LOOPERS; i++) {
        CHECK(waitpid(looper[i], &status, 0) == looper[i] && status == 0);
        CHECK(shared->answered[i] > 0 && shared->unhooked[i] > 0);
    }
    report();
    return 0;
}
