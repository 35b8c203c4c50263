/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * load SECONDS: four processes of two threads each ask the script all kinds of
 * things, as fast as they can, and check every answer: each is made of who
 * asked, of what was asked, and of a number that is used once.  At the end the
 * script must have heard exactly what was said.  ../load_spec.lua answers.
 */
#include "load.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define STUCK_MS 60000

struct shared *shared;
const char *seconds;
char card[64];

unsigned draw(struct worker *me, unsigned below)
{
    me->random ^= me->random << 13;
    me->random ^= me->random >> 17;
    me->random ^= me->random << 5;
    return me->random % below;
}

unsigned seldom(struct worker *me, unsigned ms)
{
    return draw(me, 6) == 0 ? ms : 0;
}

long send_order(struct worker *me, int kind, struct order *order)
{
    long result;

    order->kind = kind;
    order->pid = me->pid;
    order->tid = me->tid;
    order->number = ++me->number;
    order->echo = 0;
    result = syscall(SYS_ioctl, 0, COMMAND + kind, order);
    if (result < 0) {
        result = -errno;
    }
    shared->count[kind]++;
    if (order->echo != ~order->number) {
        fprintf(stderr, "order %d of slot %d: result %ld, echo %x, not %x\n",
                kind, me->slot, result, order->echo, ~order->number);
        exit(1);
    }
    return result;
}

static long count_of(struct worker *me, int what)
{
    struct order order = { .value = what };

    return send_order(me, COUNT, &order);
}

/* --- all of it ----------------------------------------------------------- */

static const struct {
    const char *name;
    void (*run)(struct worker *me);
    unsigned weight;
} jobs[] = {
#define JOB(name, weight) { #name, job_##name, weight },
    JOBS(JOB)
#undef JOB
};

static void *work(void *data)
{
    struct worker *me = data;

    me->tid = (pid_t)syscall(SYS_gettid);
    while (!shared->stop) {
        unsigned at = draw(me, 256), i = 0;

        for (; at >= jobs[i].weight; i++) {
            at -= jobs[i].weight;
        }
        shared->doing[me->slot] = jobs[i].name;
        jobs[i].run(me);
        shared->turns[me->slot]++;
    }
    shared->doing[me->slot] = "nothing";
    return NULL;
}

static void process(int index)
{
    static struct worker workers[THREADS];
    pthread_t thread;

    snprintf(card, sizeof(card), "card of %d", getpid());
    shared->pid[index] = getpid();
    for (int i = 0; i < PROCESSES; i++) {
        UNTIL(shared->pid[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        workers[i].slot = index * THREADS + i;
        workers[i].pid = getpid();
        workers[i].random = 0x9e3779b9u * (workers[i].slot + 1);
    }
    CHECK(!pthread_create(&thread, NULL, work, &workers[1]));
    work(&workers[0]);
    CHECK(!pthread_join(thread, NULL));
    /* The others ask about this one. */
    shared->done++;
    UNTIL(shared->done == PROCESSES);
    exit(0);
}

static void check_progress(const unsigned *before)
{
    for (int i = 0; i < SLOTS; i++) {
        if (shared->turns[i] == before[i]) {
            fprintf(stderr, "slot %d is stuck in %s after %u turns\n", i,
                    shared->doing[i], before[i]);
            exit(1);
        }
    }
}

/* Until all have ended; a worker that fails, or gets no further, is told. */
static void supervise(long long end)
{
    unsigned turns[SLOTS] = { 0 };
    long long next = now_ms() + STUCK_MS;
    int status, left = PROCESSES;

    while (left > 0) {
        if (waitpid(-1, &status, WNOHANG) > 0) {
            CHECK(status == 0);
            left--;
        } else if (now_ms() > next && left == PROCESSES) {
            check_progress(turns);
            memcpy(turns, (void *)shared->turns, sizeof(turns));
            next = now_ms() + STUCK_MS;
        }
        CHECK(now_ms() < end + STUCK_MS && "all end when they are told to");
        shared->stop = now_ms() >= end;
        usleep(20000);
    }
}

static void compare_counts(void)
{
    struct worker me = { .pid = getpid(), .tid = getpid() };
    struct order stats = { 0 };

    UNTIL(count_of(&me, ENDS) == (long)shared->count[ENDS]);
    UNTIL(count_of(&me, CLOSES) == (long)shared->count[CLOSES]);
    CHECK(send_order(&me, STATS, &stats) == 0);
    SAYS(&stats, "");
    for (int i = ANSWER; i < COUNTS; i++) {
        unsigned want = shared->count[i] + (i == COUNT);
        long said = i == CHURNED ? 0 : count_of(&me, i);

        fprintf(stderr, "load: count %d: %u\n", i, want);
        if (i != CHURNED && said != (long)want) {
            fprintf(stderr, "the script counts %ld\n", said);
            exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "leaf")) {
        return atoi(argv[2]);
    }
    seconds = argc > 1 ? argv[1] : "5";
    mkdir("/tmp", 0777);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            process(i);
        }
    }
    supervise(now_ms() + 1000LL * atoi(seconds));
    compare_counts();
    puts("ok");
    return 0;
}
