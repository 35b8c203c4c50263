/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unloads the module while a process sleeps in open: the file is a node, and
 * somebody has had a lease on it from before that, who holds no module.  The
 * one who opens must come out without the module's code.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "until.h"

static int module(int load)
{
    int fd, result;

    if (!load) {
        return (int)syscall(SYS_delete_module, "hyperlua", O_NONBLOCK);
    }
    fd = open("/hyperlua/hyperlua.ko", O_RDONLY | O_CLOEXEC);
    result = (int)syscall(SYS_finit_module, fd, "", 0);
    close(fd);
    return result;
}

/* In state S, and its system call is open's. */
static int sleeps_in_open(pid_t pid)
{
    char path[64], line[64] = "";
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
    file = fopen(path, "r");
    CHECK(file && fgets(line, sizeof(line), file));
    fclose(file);
    return strstr(line, "break_lease") != NULL;
}

int main(void)
{
    char text[8] = "";
    int console = open("/dev/console", O_WRONLY);
    int lease, status, fd;
    pid_t pid;

    dup2(console, 1);
    dup2(console, 2);
    close(console);
    CHECK(!module(0));
    lease = open("/etc/leased", O_RDONLY);
    CHECK(lease >= 0 && !fcntl(lease, F_SETSIG, SIGURG));
    CHECK(!fcntl(lease, F_SETLEASE, F_RDLCK));
    CHECK(!module(1));
    pid = fork();
    if (pid == 0) {
        fd = open("/etc/leased", O_RDWR);
        CHECK(fd >= 0 && read(fd, text, sizeof(text)) == 4);
        _exit(strcmp(text, "file") ? 1 : 0);
    }
    UNTIL(sleeps_in_open(pid));
    CHECK(!module(0));
    CHECK(!fcntl(lease, F_SETLEASE, F_UNLCK));
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    CHECK(!module(1));
    fd = open("/dev/hyperlua", O_RDWR);
    CHECK(fd >= 0 && dprintf(fd, "ok\n") == 3);
    return 0;
}
