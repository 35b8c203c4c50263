/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the jobs of the load test have in common (load.c says what it is).  An
 * order is a struct at the address that an ioctl has; its kind is in the
 * command.  ../load_spec.lua answers.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "until.h"

#define PROCESSES 4
#define THREADS 2
#define SLOTS (PROCESSES * THREADS)
#define PAGE 4096
#define COMMAND 0x4a00
#define LARGE 12000

/* The number is the script's. */
enum {
    ANSWER = 1, BAD, PEER, KNOW, FREED, HANG, CHURN, CHURNED, SPAWN, CHILD,
    COUNT, ALL, STATS, DEVICE_READ, KINDS
};

/* What the script counts besides orders. */
enum {
    EXECS = KINDS, EXITS, CALLS, RETURNS, OPENS, CLOSES, HANGS, ENDS, SPAWNS,
    GETPPIDS, COUNTS
};

/* As the script unpacks it. */
struct order {
    uint32_t kind, pid, tid, number;
    uint64_t addr, out, size;
    uint32_t nap, value;
    uint32_t echo, flag;        /* out: ~number; FREED's turn */
    char text[1024];            /* out */
};

/* A thread; its slot is below SLOTS. */
struct worker {
    int slot;
    unsigned number, random, generation;
    pid_t pid, tid;
};

struct shared {
    volatile int stop;
    volatile pid_t pid[PROCESSES];
    volatile unsigned inbox[SLOTS], hung[SLOTS], turns[SLOTS];
    const char *volatile doing[SLOTS];
    atomic_uint count[COUNTS], done;
};

extern struct shared *shared;
extern const char *seconds;
extern char card[64];           /* says whose it is, at the same address */

/* Below it. */
unsigned draw(struct worker *me, unsigned below);

/* Mostly 0. */
unsigned seldom(struct worker *me, unsigned ms);

/* The result, or -errno; the echo has been checked. */
long send_order(struct worker *me, int kind, struct order *order);

#define SAYS(order, expected)                                                 \
    do {                                                                      \
        if (strcmp((order)->text, expected)) {                                \
            fprintf(stderr, "%s:%d: said \"%s\", expected \"%s\"\n",         \
                    __FILE__, __LINE__, (order)->text, expected);             \
            exit(1);                                                          \
        }                                                                     \
    } while (0)

/* X(name, how often of 256) */
#define JOBS(X)                                                               \
    X(answer, 98) X(bad, 12) X(freed, 4) X(device, 2)                         \
    X(peer, 40) X(gone, 6) X(know, 10) X(child, 6) X(hang, 6)                 \
    X(churn, 4) X(all, 12) X(probes, 30) X(spawn, 6) X(file, 20)

#define JOB(name, weight) void job_##name(struct worker *me);
JOBS(JOB)
#undef JOB

#endif
