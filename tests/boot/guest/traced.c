/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What trace_spec.lua traces: one line for each call here, in this order, and
 * a child that never comes back from its last.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "until.h"

/* The child's state letter, from /proc/PID/stat. */
static char state_of(pid_t pid)
{
    char path[64];
    char state = '?';
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = fopen(path, "r");
    CHECK(file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1);
    fclose(file);
    return state;
}

/* Killed while it reads from a pipe that nobody writes to. */
static void kill_reader(void)
{
    int pipe_fd[2];
    char byte;
    pid_t child;

    CHECK(pipe2(pipe_fd, 0) == 0);
    child = fork();
    if (child == 0) {
        close(pipe_fd[1]);
        CHECK(read(pipe_fd[0], &byte, 1) == 1);
        _exit(0);
    }
    UNTIL(state_of(child) == 'S');
    CHECK(kill(child, SIGKILL) == 0);
    CHECK(waitpid(child, NULL, 0) == child);
}

int main(void)
{
    static const char text[] = "a \"line\"\n\x01 and more than is shown of it";
    char buffer[64];
    char *volatile nowhere = (char *)16;
    int numbers[10];
    int fd;

    CHECK(open("/nonexistent", O_RDONLY | O_CLOEXEC) == -1);
    fd = open("/tmp/traced", O_RDWR | O_CREAT | O_TRUNC, 0640);
    CHECK(fd == 3);
    CHECK(write(fd, text, sizeof(text) - 1) == sizeof(text) - 1);
    CHECK(write(fd, text, 4) == 4);
    lseek(fd, 0, SEEK_SET);
    CHECK(read(fd, buffer, 8) == 8);
    CHECK(read(fd, nowhere, 8) == -1);
    CHECK(read(99, buffer, 8) == -1);
    CHECK(ioctl(fd, _IOR('W', 0, int[10]), numbers) == -1);
    CHECK(close(fd) == 0);
    CHECK(close(-1) == -1);
    kill_reader();
    puts("ok");
    return 7;
}
