/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that a signal interrupts, made by a process that is called "plain" and
 * by one that is called "hooked": both must see the same.  A third, "changed",
 * has a handler that takes one from the count of its reads each time.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "until.h"

#define SLEEP_MS 400

/* How the call is interrupted. */
enum how { STOPPED, HANDLED, HANDLED_RESTARTING, HOWS };

struct outcome {
    long result;
    int error;
    int handled;
    int right;                  /* what the scenario itself checks */
};

static struct shared {
    volatile int ready;
    volatile int handled;
    int word;
    struct outcome outcome;
} *shared;

static int ends[2];             /* a pipe */

/* What the kernel takes where time_t is the kernel's word. */
struct old_timespec {
    long sec;
    long nsec;
};

/* Kernels that are younger than these two calls have others in their place. */
#ifdef SYS_pause
static int call_pause(void)
{
    shared->outcome.result = syscall(SYS_pause);
    return 1;
}
#endif

static int call_sigsuspend(void)
{
    unsigned long none[16] = { 0 };

    shared->outcome.result = syscall(SYS_rt_sigsuspend, none, _NSIG / 8);
    return 1;
}

static int call_nanosleep(void)
{
    struct old_timespec time = { 0, SLEEP_MS * 1000000L }, left = { 7, 7 };
    long long start = now_ms();

    shared->outcome.result = syscall(SYS_nanosleep, &time, &left);
    if (shared->outcome.result == 0) {
        return now_ms() - start >= SLEEP_MS;
    }
    return left.sec == 0 && left.nsec > 0 && left.nsec < time.nsec;
}

static int call_read(void)
{
    char text[16] = "";

    shared->outcome.result = syscall(SYS_read, ends[0], text, 10);
    return shared->outcome.result < 0 || !strncmp(text, "0123456789",
                                                  shared->outcome.result);
}

static int call_futex(void)
{
    shared->outcome.result = syscall(SYS_futex, &shared->word, FUTEX_WAIT, 0,
                                     NULL, NULL, 0);
    return 1;
}

static int call_futex_with_time(void)
{
    struct old_timespec time = { 100, 0 };

    shared->outcome.result = syscall(SYS_futex, &shared->word, FUTEX_WAIT, 0,
                                     &time, NULL, 0);
    return 1;
}

#ifdef SYS_poll
static int call_poll(void)
{
    struct pollfd what = { .fd = ends[0], .events = POLLIN };

    shared->outcome.result = syscall(SYS_poll, &what, 1, 100000);
    return (shared->outcome.result == 1) == (what.revents == POLLIN);
}
#endif

static void finish_by_signal(pid_t child)
{
    kill(child, SIGUSR2);
}

static void finish_by_data(pid_t child)
{
    CHECK(write(ends[1], "0123456789abcdef", 16) == 16);
}

static void finish_by_wake(pid_t child)
{
    syscall(SYS_futex, &shared->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void finish_by_itself(pid_t child)
{
}

static const struct scenario {
    const char *name;
    int (*call)(void);
    void (*finish)(pid_t child);
} scenarios[] = {
#ifdef SYS_pause
    { "pause", call_pause, finish_by_signal },
#endif
    { "sigsuspend", call_sigsuspend, finish_by_signal },
    { "nanosleep", call_nanosleep, finish_by_itself },
    { "read", call_read, finish_by_data },
    { "futex", call_futex, finish_by_wake },
    { "futex with a time", call_futex_with_time, finish_by_wake },
#ifdef SYS_poll
    { "poll", call_poll, finish_by_data },
#endif
};

static void on_signal(int number)
{
    shared->handled++;
}

static void handle(int number, int flags)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags };

    CHECK(!sigaction(number, &action, NULL));
}

static void be_child(const char *name, const struct scenario *scenario,
                     enum how how)
{
    CHECK(!prctl(PR_SET_NAME, name));
    handle(SIGUSR1, how == HANDLED_RESTARTING ? SA_RESTART : 0);
    handle(SIGUSR2, 0);
    shared->ready = 1;
    shared->outcome.right = scenario->call();
    shared->outcome.error = shared->outcome.result < 0 ? errno : 0;
    shared->outcome.handled = shared->handled;
    _exit(0);
}

/* As /proc says: S, it sleeps; Z, it has ended. */
static char state_of(pid_t pid)
{
    char path[32], text[128];
    int fd, size;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    size = read(fd, text, sizeof(text) - 1);
    close(fd);
    CHECK(size > 0);
    text[size] = '\0';
    return strrchr(text, ')')[2];
}

static void interrupt(pid_t child, enum how how)
{
    int status;

    if (how == STOPPED) {
        CHECK(!kill(child, SIGSTOP));
        CHECK(waitpid(child, &status, WUNTRACED) == child);
        CHECK(WIFSTOPPED(status));
        CHECK(!kill(child, SIGCONT));
        CHECK(waitpid(child, &status, WCONTINUED) == child);
        return;
    }
    CHECK(!kill(child, SIGUSR1));
    UNTIL(shared->handled == 1);
}

static int settled(pid_t child)
{
    char state = state_of(child);

    return state == 'S' || state == 'Z';
}

static struct outcome run(const char *name, const struct scenario *scenario,
                          enum how how)
{
    int status;
    pid_t child;

    memset(shared, 0, sizeof(*shared));
    CHECK(!pipe(ends));
    child = fork();
    if (child == 0) {
        be_child(name, scenario, how);
    }
    UNTIL(shared->ready && state_of(child) == 'S');
    interrupt(child, how);
    UNTIL(settled(child));
    scenario->finish(child);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    close(ends[0]);
    close(ends[1]);
    return shared->outcome;
}

static void compare(const struct scenario *scenario, enum how how)
{
    struct outcome plain = run("plain", scenario, how);
    struct outcome hooked = run("hooked", scenario, how);

    if (memcmp(&plain, &hooked, sizeof(plain)) || !plain.right) {
        fprintf(stderr, "%s, %d: plain %ld %d %d %d, hooked %ld %d %d %d\n",
                scenario->name, how, plain.result, plain.error, plain.handled,
                plain.right, hooked.result, hooked.error, hooked.handled,
                hooked.right);
        exit(1);
    }
}

static void arguments_do_not_leak(void)
{
    const struct scenario *scenario = scenarios;
    struct outcome outcome;

    while (strcmp(scenario->name, "read") != 0) {
        scenario++;
    }
    outcome = run("changed", scenario, HANDLED_RESTARTING);
    CHECK(outcome.result == 9 && outcome.right && outcome.handled == 1);
}

int main(void)
{
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
        for (int how = 0; how < HOWS; how++) {
            compare(&scenarios[i], how);
        }
    }
    arguments_do_not_leak();
    puts("ok");
    return 0;
}
