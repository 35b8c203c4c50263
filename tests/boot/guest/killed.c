/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kills a process whose handler asks on and on: it must go at once. */
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

int main(void)
{
    volatile int *begun = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;
    pid_t child;

    CHECK(begun != MAP_FAILED);
    child = fork();
    if (child == 0) {
        ioctl(0, 0x4807, begun);
        _exit(0);
    }
    while (!*begun) {
        usleep(100);
    }
    CHECK(!kill(child, SIGKILL));
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    puts("ok");
    return 0;
}
