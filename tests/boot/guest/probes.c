/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probes WHAT: does what probes hear of, so often and in such ways, and checks
 * that they heard of all of it and that their changes came to pass.  The script
 * counts; its handler of prctl(ASK, i) says how much.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "until.h"

#define ASK 0x484c
#define OWN "/bin/probes"
#define LATE "/tmp/late"

/* What the script counts. */
enum {
    EXECS = 1, EXITS, CODES, SIGNALS, OPENS, FAILED, CALLS, RETURNS, TEXTS,
    COUNTS
};

static long count_of(int what)
{
    return syscall(SYS_prctl, ASK, what, 0, 0, 0);
}

static void run(const char *program, const char *what, const char *value)
{
    execl(program, program, what, value, (char *)NULL);
    _exit(127);
}

static int status_of(pid_t pid)
{
    int status;

    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

/* --- processes ------------------------------------------------------------ */

#define PROCESSES 200

static void *wait_for_ever(void *unused)
{
    for (;;) {
        pause();
    }
    return unused;
}

static void *end_at_once(void *unused)
{
    return unused;
}

/* Ends as the last thread, among others, or with a signal. */
static int leaf(int turn)
{
    pthread_t thread[3];
    void *(*body)(void *) = turn % 2 ? wait_for_ever : end_at_once;

    for (int i = 0; i < turn % 4; i++) {
        CHECK(!pthread_create(&thread[i], NULL, body, NULL));
    }
    if (turn % 5 == 0) {
        kill(getpid(), SIGKILL);
    }
    return turn % 7;
}

static void processes(void)
{
    long codes = 0;

    for (int i = 0; i < PROCESSES; i++) {
        char turn[16];
        pid_t pid;
        int want = i % 5 == 0 ? SIGKILL : i % 7 << 8;

        snprintf(turn, sizeof(turn), "%d", i);
        pid = fork();
        if (pid == 0) {
            run(OWN, "leaf", turn);
        }
        CHECK(status_of(pid) == want);
        codes += want;
    }
    CHECK(count_of(EXECS) == PROCESSES);
    CHECK(count_of(EXITS) == PROCESSES);
    CHECK(count_of(CODES) == codes);
}

/* --- signals -------------------------------------------------------------- */

#define SIGNALS_SENT 100

static volatile sig_atomic_t handled;

static void handle(int number)
{
    handled++;
}

/* As "dropper" what it sends is dropped. */
static void send_as(const char *name, pid_t pid, int number)
{
    CHECK(!prctl(PR_SET_NAME, name));
    CHECK(!kill(pid, number));
    CHECK(!prctl(PR_SET_NAME, "probes"));
}

static pid_t sleeper(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        wait_for_ever(NULL);
    }
    return pid;
}

static void signals(void)
{
    static const int deadly[] = { SIGKILL, SIGTERM, SIGUSR1 };

    signal(SIGUSR2, handle);
    for (int i = 0; i < SIGNALS_SENT; i++) {
        send_as("dropper", getpid(), SIGUSR2);
    }
    CHECK(handled == 0);
    for (int i = 0; i < SIGNALS_SENT; i++) {
        send_as("sender", getpid(), SIGUSR2);
    }
    CHECK(handled == SIGNALS_SENT);
    for (int i = 0; i < 3; i++) {
        pid_t pid = sleeper();

        send_as("dropper", pid, deadly[i]);
        CHECK(waitpid(pid, NULL, WNOHANG) == 0);
        send_as("sender", pid, deadly[i]);
        CHECK(status_of(pid) == deadly[i]);
    }
    CHECK(count_of(SIGNALS) == 2 * SIGNALS_SENT + 2 * 3);
}

/* A timer's signals come in interrupts, while others are being sent. */
static void timer_signals(void)
{
    struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
    long long end = now_ms() + 1000;

    signal(SIGALRM, handle);
    signal(SIGUSR2, handle);
    setitimer(ITIMER_REAL, &often, NULL);
    while (now_ms() < end) {
        kill(getpid(), SIGUSR2);
    }
    often = (struct itimerval){ { 0, 0 }, { 0, 0 } };
    setitimer(ITIMER_REAL, &often, NULL);
}

/* --- the kernel's functions ----------------------------------------------- */

#define OPENED 300

static void kernel(void)
{
    CHECK(!prctl(PR_SET_NAME, "opener"));
    for (int i = 0; i < OPENED; i++) {
        int fd = open("/dev/null", O_RDONLY);

        CHECK(fd >= 0);
        close(fd);
        CHECK(open("/nowhere", O_RDONLY) == -1 && errno == ENOENT);
    }
    CHECK(!prctl(PR_SET_NAME, "replaced"));
    CHECK(open("/nowhere", O_RDONLY) == -1 && errno == EXDEV);
    CHECK(!prctl(PR_SET_NAME, "probes"));
    CHECK(count_of(OPENS) == 2 * OPENED);
    CHECK(count_of(FAILED) == OPENED);
}

/* --- functions of programs ------------------------------------------------ */

#define CALLED 200

PROBED
int probed(int a, unsigned b, const char *text, long d, int e, int f)
{
    return a + (int)b + text[0] + (int)d + e + f;
}

static int call(int turn)
{
    return probed(turn, 2, turn % 2 ? "odd" : "even", -4, 5, 6);
}

static void programs(void)
{
    for (int i = 0; i < CALLED; i++) {
        int want = i + 2 + (i % 2 ? 'o' : 'e') - 4 + 5 + 6;

        CHECK(call(i) == (i == 77 ? -77 : want));
    }
    CHECK(count_of(CALLS) == CALLED);
    CHECK(count_of(RETURNS) == CALLED);
    CHECK(count_of(TEXTS) == CALLED / 2);
}

static void copy(const char *from, const char *to)
{
    static char bytes[65536];
    int in = open(from, O_RDONLY);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_EXCL, 0755);
    ssize_t size;

    CHECK(in >= 0 && out >= 0);
    while ((size = read(in, bytes, sizeof(bytes))) > 0) {
        CHECK(write(out, bytes, size) == size);
    }
    close(in);
    close(out);
}

/* A program that is not there when the probe is made. */
static void late(void)
{
    pid_t pid;

    mkdir("/tmp", 0777);
    copy(OWN, LATE);
    pid = fork();
    if (pid == 0) {
        run(LATE, "call", "1");
    }
    CHECK(status_of(pid) == 0);
    CHECK(count_of(CALLS) == 1);
}

/* A script keeps the function waiting, and the process is killed meanwhile. */
static void killed(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_NAME, "waiter");
        call(1);
        _exit(0);
    }
    UNTIL(count_of(CALLS) == 1);
    kill(pid, SIGKILL);
    CHECK(status_of(pid) == SIGKILL);
    UNTIL(count_of(RETURNS) == 1);
}

/* --- the module comes and goes -------------------------------------------- */

static volatile int *stop;

/* Whose return probe goes meanwhile, with the module: Linux then takes a caller
 * in Thumb code for one in ARM's other. */
PROBED static int call_under_load(int turn)
{
    return probed(turn, 2, turn % 2 ? "odd" : "even", -4, 5, 6);
}

static void load_loop(int me)
{
    signal(SIGUSR2, handle);
    for (int i = 0; !*stop; i++) {
        pid_t pid = me == 0 ? fork() : -1;

        if (pid == 0) {
            run(OWN, "leaf", "2");
        }
        CHECK(call_under_load(i) == i + 2 + (i % 2 ? 'o' : 'e') - 4 + 5 + 6);
        CHECK(open("/nowhere", O_RDONLY) == -1 && errno == ENOENT);
        CHECK(!kill(getpid(), SIGUSR2) && handled == i + 1);
        if (pid > 0) {
            CHECK(status_of(pid) == 2 << 8);
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

static void let_go_of_the_device(void)
{
    int console = open("/dev/console", O_WRONLY);

    dup2(console, 1);
    dup2(console, 2);
    close(console);
}

static void report(void)
{
    int fd = open("/dev/hyperlua", O_RDWR);

    CHECK(fd >= 0);
    dup2(fd, 1);
}

static void unload(int cycles)
{
    pid_t looper[2];
    long seen[COUNTS] = { 0 };

    let_go_of_the_device();
    stop = mmap(NULL, sizeof(*stop), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(stop != MAP_FAILED);
    for (int i = 0; i < 2; i++) {
        looper[i] = fork();
        if (looper[i] == 0) {
            load_loop(i);
        }
    }
    for (int i = 0; i < cycles; i++) {
        for (int what = EXECS; what < COUNTS; what++) {
            UNTIL(count_of(what) > seen[what]);
            seen[what] = count_of(what);
        }
        CHECK(!syscall(SYS_delete_module, "hyperlua", O_NONBLOCK));
        CHECK(count_of(EXITS) == -1);
        usleep(20000);
        CHECK(!load());
    }
    *stop = 1;
    for (int i = 0; i < 2; i++) {
        CHECK(status_of(looper[i]) == 0);
    }
    report();
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    int value = argc > 2 ? atoi(argv[2]) : 0;

    if (!strcmp(what, "leaf")) {
        return leaf(value);
    } else if (!strcmp(what, "call")) {
        return call(value) == 0;
    } else if (!strcmp(what, "processes")) {
        processes();
    } else if (!strcmp(what, "signals")) {
        signals();
    } else if (!strcmp(what, "timer")) {
        timer_signals();
    } else if (!strcmp(what, "kernel")) {
        kernel();
    } else if (!strcmp(what, "programs")) {
        programs();
    } else if (!strcmp(what, "late")) {
        late();
    } else if (!strcmp(what, "killed")) {
        killed();
    } else if (!strcmp(what, "unload")) {
        unload(value);
    } else {
        return 2;
    }
    puts("ok");
    return 0;
}
