/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work in a process of its own; see apart.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "cli.h"

/* Ten times what a root filesystem of 2 GiB in xz takes. */
enum { SECONDS = 300 };
#define MEMORY (4ULL << 30)

/* What comes back: the number, or a message when good is false. */
struct answer {
    gboolean good;
    int result;
    char message[8192];
};

static void limit(void)
{
    struct rlimit time = { SECONDS, SECONDS };

    setrlimit(RLIMIT_CPU, &time);
#ifndef __SANITIZE_ADDRESS__    /* it maps terabytes */
    struct rlimit memory = { MEMORY, MEMORY };

    setrlimit(RLIMIT_AS, &memory);
#endif
}

static _Noreturn void work_and_exit(hl_apart_work work, const void *data,
                                    int fd)
{
    struct answer answer = { 0 };
    GError *error = NULL;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit();
    answer.good = work(data, &answer.result, &error);
    if (error) {
        snprintf(answer.message, sizeof(answer.message), "%s",
                 error->message);
    }
    _exit(write(fd, &answer, sizeof(answer)) != sizeof(answer));
}

/* FALSE: it ended before it had all of an answer. */
static gboolean receive(int fd, struct answer *answer)
{
    size_t have = 0;
    ssize_t got = 1;

    while (have < sizeof(*answer) && (got > 0 || errno == EINTR)) {
        errno = 0;
        got = read(fd, (char *)answer + have, sizeof(*answer) - have);
        have += got > 0 ? (size_t)got : 0;
    }
    return have == sizeof(*answer);
}

static gboolean tell_end(const char *what, int status, GError **error)
{
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU
                                || WTERMSIG(status) == SIGKILL)) {
        return hl_fail(error, "%s: given up after %d seconds: is it "
                       "damaged?", what, SECONDS);
    }
    return hl_fail(error, "%s: reading it failed (%s): is it damaged?", what,
                   WIFSIGNALED(status) ? strsignal(WTERMSIG(status))
                                       : "no answer");
}

static gboolean await(pid_t pid, int fd, const char *what, int *result,
                      GError **error)
{
    struct answer answer;
    gboolean complete = receive(fd, &answer);
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!complete) {
        return tell_end(what, status, error);
    }
    *result = answer.result;
    return answer.good || hl_fail(error, "%s", answer.message);
}

gboolean hl_apart(hl_apart_work work, const void *data, const char *what,
                  int *result, GError **error)
{
    gboolean good;
    int fds[2];
    pid_t pid;

    fflush(NULL);
    if (pipe(fds)) {
        return hl_fail(error, "cannot make a pipe: %s", strerror(errno));
    }
    pid = fork();
    if (pid == 0) {
        work_and_exit(work, data, fds[1]);
    }
    close(fds[1]);
    good = pid > 0 ? await(pid, fds[0], what, result, error)
                   : hl_fail(error, "cannot make a process: %s",
                             strerror(errno));
    close(fds[0]);
    return good;
}
