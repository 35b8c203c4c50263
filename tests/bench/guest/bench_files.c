/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on files of bench.lua, and the same on what else could give the
 * guest such a file. All of them read as native.h says.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench.h"
#include "native.h"

enum device { NATIVE, MODEL, LUA, CUSE, SHARED, DEVICES };
enum operation { READ1, WRITE1, IOCTL, READ64K, OPERATIONS };

/* How many files there are, the two that are measured among them. */
enum { FEW = 10, MANY = 10000 };

enum { BATCHES = 9, POLL_US = 2000, POLLS = 1000 };

static const char *const paths[DEVICES] = {
    "/dev/hlb_native", "/dev/hlb/model", "/dev/hlb/lua", "/dev/hlb_cuse",
    "/bench/share/bytes",
};

static const struct {
    const char *name;
    int calls;                  /* in a batch: a fraction of a millisecond */
    int slow_calls;             /* the same on CUSE and 9p */
} operations[OPERATIONS] = {
    { "read1", 100, 5 }, { "write1", 100, 5 }, { "ioctl", 100, 5 },
    { "read64k", 5, 2 },
};

static int fds[DEVICES];        /* -1: the kernel has no such thing */
static char buffer[HLB_SIZE];

/* --- one operation -------------------------------------------------------- */

static void operate(enum device device, enum operation operation)
{
    ssize_t size = operation == READ64K ? HLB_SIZE : 1, done;

    if (operation == IOCTL) {
        done = ioctl(fds[device], COMMAND_OTHER, 0) ? -1 : size;
    } else if (operation == WRITE1) {
        done = write(fds[device], buffer, size);
    } else if (device == SHARED) {      /* the only one that has an end */
        done = pread(fds[device], buffer, size, 0);
    } else {
        done = read(fds[device], buffer, size);
    }
    if (done != size) {
        fail("%s of %s: %s", operations[operation].name, paths[device],
             done < 0 ? strerror(errno) : "too short");
    }
}

/* The lower quartile of short batches: what nothing else disturbed. */
static double time_operation(enum device device, enum operation operation)
{
    int calls = device < CUSE ? operations[operation].calls
                              : operations[operation].slow_calls;
    struct samples batches = { .count = 0 };

    operate(device, operation);         /* what was before is forgotten */
    for (int batch = 0; batch < BATCHES; batch++) {
        double start = now_ns();

        for (int i = 0; i < calls; i++) {
            operate(device, operation);
        }
        add(&batches, (now_ns() - start) / calls);
    }
    return quartile(&batches, 1);
}

/* --- opening them --------------------------------------------------------- */

/* A read must give what the others give. */
static void check(enum device device)
{
    memset(buffer, 0, sizeof(buffer));
    operate(device, READ64K);
    for (int i = 0; i < HLB_SIZE; i++) {
        if (buffer[i] != HLB_BYTE) {
            fail("%s gives a wrong byte at %d", paths[device], i);
        }
    }
}

static void open_device(enum device device)
{
    int flags = (device == SHARED ? O_RDONLY : O_RDWR) | O_CLOEXEC;

    for (int i = 0; i < POLLS; i++) {
        fds[device] = open(paths[device], flags);
        if (fds[device] >= 0) {
            check(device);
            return;
        }
        usleep(POLL_US);
    }
    fail("cannot open %s: %s", paths[device], strerror(errno));
}

static void close_devices(void)
{
    for (int device = 0; device < DEVICES; device++) {
        close(fds[device]);
    }
}

/* --- side by side --------------------------------------------------------- */

static void report_as(enum operation operation, const char *suffix,
                      const struct samples *samples)
{
    char name[64];

    snprintf(name, sizeof(name), "%s_%s", operations[operation].name, suffix);
    report(name, samples);
}

static void report_peer(enum operation operation, enum device device,
                        const char *suffix, const char *absent,
                        const struct samples *samples)
{
    char name[64];

    if (fds[device] >= 0) {
        report_as(operation, suffix, samples);
        return;
    }
    snprintf(name, sizeof(name), "%s_%s", operations[operation].name, suffix);
    report_absent(name, absent);
}

/* The file shared by 9p is only to be read. */
static bool is_for_shared(enum operation operation)
{
    return operation == READ1 || operation == READ64K;
}

static void time_devices(enum operation operation, double ns[DEVICES])
{
    for (int device = 0; device < DEVICES; device++) {
        ns[device] = fds[device] < 0 ||
                             (device == SHARED && !is_for_shared(operation))
                         ? 0 : time_operation(device, operation);
    }
}

/* Rates: a ratio above 1 says that the model does more in the same time. */
static void compare(enum operation operation, int rounds)
{
    struct samples native = { 0 }, model = { 0 }, lua = { 0 };
    struct samples cuse = { 0 }, shared = { 0 };

    for (int round = -1; round < rounds; round++) {
        double ns[DEVICES], slower;

        time_devices(operation, ns);
        if (round < 0) {
            continue;           /* translation */
        }
        slower = ns[MODEL] > ns[LUA] ? ns[MODEL] : ns[LUA];
        add(&native, ns[NATIVE]);
        add(&model, ns[NATIVE] / ns[MODEL]);
        add(&lua, ns[NATIVE] / ns[LUA]);
        add(&cuse, ns[CUSE] / slower);
        add(&shared, ns[SHARED] / slower);
    }
    report_as(operation, "native", &native);
    report_as(operation, "model_ratio", &model);
    report_as(operation, "lua_ratio", &lua);
    report_peer(operation, CUSE, "cuse_ratio", "the kernel has no CUSE", &cuse);
    if (is_for_shared(operation)) {
        report_peer(operation, SHARED, "9p_ratio", "the kernel has no 9p",
                    &shared);
    }
}

/* --- few files and many --------------------------------------------------- */

/*
 * What a read costs, in reads of the native device: rounds are seconds apart,
 * and the host may be half as fast as in the one before.
 */
static double relative_cost(enum device device)
{
    struct samples costs = { .count = 0 };

    for (int i = -1; i < 20; i++) {
        double cost = time_operation(device, READ1)
                      / time_operation(NATIVE, READ1);

        if (i >= 0) {
            add(&costs, cost);
        }
    }
    return median(&costs);
}

/* Up in one round and down in the next, so that drift cancels out. */
static void compare_many(int rounds)
{
    struct samples model = { 0 }, lua = { 0 };

    for (int round = 0; round < rounds; round++) {
        bool down = round % 2;
        double cost[2][2];      /* [many][Lua] */

        for (int i = 0; i < 2; i++) {
            bool many = i != down;

            set_files(many ? MANY : FEW);
            for (int is_lua = 0; is_lua < 2; is_lua++) {
                cost[many][is_lua] = relative_cost(is_lua ? LUA : MODEL);
            }
        }
        add(&model, cost[true][0] / cost[false][0]);
        add(&lua, cost[true][1] / cost[false][1]);
    }
    report("files_10000_model", &model);
    report("files_10000_lua", &lua);
}

void figures_files(int rounds)
{
    struct peers peers = start_peers();

    set_files(FEW);
    for (int device = 0; device < DEVICES; device++) {
        if ((device == CUSE && !peers.cuse) ||
            (device == SHARED && !peers.share)) {
            fds[device] = -1;
        } else {
            open_device(device);
        }
    }
    for (int operation = 0; operation < OPERATIONS; operation++) {
        compare(operation, 2 * rounds);
    }
    compare_many(2 + rounds / 5);
    close_devices();
    set_files(0);
    stop_peers();
}
