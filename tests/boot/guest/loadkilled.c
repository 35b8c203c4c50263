/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kills the process that loads the module while thousands of files are being
 * made, and goes on with one of them, which is open by then.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "until.h"

static void let_go_of_the_device(void)
{
    int console = open("/dev/console", O_WRONLY);

    dup2(console, 1);
    dup2(console, 2);
    close(console);
}

static pid_t begin_to_load(void)
{
    pid_t child = fork();

    if (child == 0) {
        int fd = open("/hyperlua/hyperlua.ko", O_RDONLY);

        syscall(SYS_finit_module, fd, "", 0);
        _exit(0);
    }
    return child;
}

static void report(void)
{
    int fd = open("/dev/hyperlua", O_RDWR);

    CHECK(fd >= 0);
    dprintf(fd, "ok\n");
}

int main(void)
{
    char bytes[8] = "";
    pid_t loader;
    int fd, status;

    let_go_of_the_device();
    UNTIL(!syscall(SYS_delete_module, "hyperlua", O_NONBLOCK));
    loader = begin_to_load();
    UNTIL((fd = open("/dev/many/1", O_RDWR)) >= 0);
    CHECK(!kill(loader, SIGKILL));
    CHECK(waitpid(loader, &status, 0) == loader && WIFSIGNALED(status));
    CHECK(read(fd, bytes, sizeof(bytes)) == 6 && !strcmp(bytes, "model\n"));
    CHECK(!close(fd));
    report();
    return 0;
}
