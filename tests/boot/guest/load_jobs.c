/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The load test's jobs with processes, files, hooks, probes and tasks. */
#include "load.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* What the script puts probes on. */
PROBED int probed(unsigned number, unsigned nap, char *text)
{
    return (int)number + text[0] + (int)nap;
}

/* --- processes ----------------------------------------------------------- */

void job_peer(struct worker *me)
{
    int other = draw(me, PROCESSES);
    struct order order = {
        .value = shared->pid[other], .addr = (uintptr_t)card,
        .out = (uintptr_t)&shared->inbox[me->slot], .nap = seldom(me, 1),
    };
    char want[64];

    snprintf(want, sizeof(want), "card of %d", shared->pid[other]);
    CHECK(send_order(me, PEER, &order) == 4);
    SAYS(&order, want);
    CHECK(shared->inbox[me->slot] == order.number);
}

/* It ends while it is read: its card, or ESRCH; then ESRCH. */
void job_gone(struct worker *me)
{
    struct order order = { .addr = (uintptr_t)card };
    unsigned turns = draw(me, 200000);
    pid_t pid = fork();

    if (pid == 0) {
        for (volatile unsigned i = 0; i < turns; i++) {
        }
        _exit(0);
    }
    order.value = pid;
    do {
        send_order(me, PEER, &order);
        CHECK(!strcmp(order.text, card) || !strcmp(order.text, "ESRCH"));
    } while (strcmp(order.text, "ESRCH"));
    CHECK(waitpid(pid, NULL, 0) == pid);
    send_order(me, PEER, &order);
    SAYS(&order, "ESRCH");
}

void job_know(struct worker *me)
{
    char path[64], want[256];
    struct order order = { .addr = (uintptr_t)path };

    snprintf(path, sizeof(path), "/tmp/load %d", me->tid);
    order.value = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK((int)order.value >= 0);
    CHECK(dprintf(order.value, "%u", me->number) > 0);
    snprintf(want, sizeof(want), "load %s|load|%d|%d|%s|%u", seconds, me->pid,
             getppid(), path, me->number);
    shared->count[GETPPIDS]++;
    CHECK(send_order(me, KNOW, &order) == 0);
    SAYS(&order, want);
    close(order.value);
}

/* Its start and end have been heard when wait returns. */
void job_child(struct worker *me)
{
    char number[16], want[32];
    struct order order = { 0 };
    int status, code = draw(me, 100);
    pid_t pid;

    snprintf(number, sizeof(number), "%d", code);
    pid = fork();
    if (pid == 0) {
        execl("/bin/load", "load", "leaf", number, (char *)NULL);
        _exit(127);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == code << 8);
    shared->count[EXECS]++;
    shared->count[EXITS]++;
    order.value = pid;
    CHECK(send_order(me, CHILD, &order) == code);
    snprintf(want, sizeof(want), "leaf %d", code);
    SAYS(&order, want);
}

enum { IN_IOCTL, IN_FILE, IN_PROBE, PLACES };

/* The handler writes to the flag before it sleeps for ever. */
static void hang_at(struct worker *me, int place, volatile unsigned *flag)
{
    struct order order = { .out = (uintptr_t)flag };

    me->pid = me->tid = getpid();
    snprintf(order.text, sizeof(order.text), "hang %lu", (unsigned long)flag);
    if (place == IN_IOCTL) {
        send_order(me, HANG, &order);
    } else if (place == IN_FILE) {
        int fd = open("/dev/load", O_RDWR);

        CHECK(write(fd, order.text, strlen(order.text)) > 0);
        (void)!read(fd, order.text, 1);
    } else {
        probed(0, 0, order.text);
    }
    _exit(1);
}

/* A process whose handler hangs is killed. */
void job_hang(struct worker *me)
{
    volatile unsigned *flag = &shared->hung[me->slot];
    int place = draw(me, PLACES), status;
    pid_t pid;

    *flag = 0;
    pid = fork();
    if (pid == 0) {
        hang_at(me, place, flag);
    }
    UNTIL(*flag);
    CHECK(!kill(pid, SIGKILL));
    CHECK(waitpid(pid, &status, 0) == pid && status == SIGKILL);
    shared->count[place == IN_IOCTL ? HANG : place == IN_FILE ? OPENS : CALLS]
        ++;
    shared->count[CLOSES] += place == IN_FILE;
    shared->count[HANGS]++;
    shared->count[ENDS]++;
}

/* --- hooks, probes, tasks and files -------------------------------------- */

enum { REMOVE, ADD, DISABLE, ENABLE };

/* The generation of the hook that answers, or -ENOTTY. */
static long churned(struct worker *me)
{
    long result = syscall(SYS_ioctl, 0, COMMAND + CHURNED, me->slot);

    return result < 0 ? -errno : result;
}

static void change(struct worker *me, int what)
{
    struct order order = { .value = what, .size = me->slot };

    CHECK(send_order(me, CHURN, &order) ==
          (long)me->generation + (what == ADD));
    me->generation += what == ADD;
}

/* Once it is out nothing is heard, not once; once in, the newest answers. */
void job_churn(struct worker *me)
{
    change(me, ADD);
    UNTIL(churned(me) == (long)me->generation);
    change(me, DISABLE);
    CHECK(churned(me) == -ENOTTY);
    change(me, ENABLE);
    UNTIL(churned(me) == (long)me->generation);
    change(me, REMOVE);
    CHECK(churned(me) == -ENOTTY);
}

void job_all(struct worker *me)
{
    struct order order = { 0 };
    long before = send_order(me, ALL, &order);
    int calls = draw(me, 20);

    for (int i = 0; i < calls; i++) {
        CHECK(syscall(SYS_getppid) > 0);
    }
    shared->count[GETPPIDS] += calls;
    CHECK(send_order(me, ALL, &order) == before + calls);
}

void job_probes(struct worker *me)
{
    unsigned number = draw(me, 1 << 20), nap = seldom(me, 2);
    char text[64];

    snprintf(text, sizeof(text), "%u %d", number, me->tid);
    CHECK(probed(number, nap, text) == (int)(number * 3 + me->tid));
    shared->count[CALLS]++;
    shared->count[RETURNS]++;
}

void job_spawn(struct worker *me)
{
    struct order order = {
        .out = (uintptr_t)&shared->inbox[me->slot], .nap = seldom(me, 3),
    };

    shared->inbox[me->slot] = 0;
    CHECK(send_order(me, SPAWN, &order) == 0);
    UNTIL(shared->inbox[me->slot] == order.number);
    shared->count[SPAWNS]++;
}

void job_file(struct worker *me)
{
    static __thread char bytes[LARGE], want[LARGE + 16];
    unsigned size = draw(me, LARGE), seed = draw(me, 1 << 30), used = 0;
    int fd = open("/dev/load", O_RDWR);

    /* Not dprintf, which asks more. */
    snprintf(want, sizeof(want), "%u %u %u", seed, size, seldom(me, 2));
    CHECK(fd >= 0 && write(fd, want, strlen(want)) > 0);
    CHECK(ioctl(fd, 0x4b01, me->tid) == (int)(seed ^ me->tid));
    for (ssize_t n = 1; n > 0; used += n) {
        n = pread(fd, bytes + used, 1 + draw(me, LARGE - used), used);
        CHECK(n >= 0);
    }
    CHECK(used == size);
    CHECK(!close(fd));
    for (unsigned i = 0; i < size; i += 8) {
        snprintf(want + i, 9, "%08x", seed + i);
    }
    CHECK(!memcmp(bytes, want, size));
    shared->count[OPENS]++;
    shared->count[CLOSES]++;
}
