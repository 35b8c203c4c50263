/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is timed. A new figure is a line here and one in tests/bench/figures. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

/* --- rings of the doorbell, by hl_bench.ko -------------------------------- */

enum { PLAIN, FLOOR, NULL_CALL, ECHO, RINGS };

void figures_ring(int rounds)
{
    static const char *const kinds[RINGS] = {
        "plain", "floor", "null", "echo",
    };
    static struct samples plain, null, net[RINGS], ratio;

    for (int round = -1; round < rounds; round++) {
        double ns[RINGS];

        for (int kind = 0; kind < RINGS; kind++) {
            ns[kind] = time_ring(kinds[kind]);
        }
        if (round < 0) {
            continue;           /* translation */
        }
        add(&plain, ns[PLAIN]);
        add(&null, ns[NULL_CALL]);
        for (int kind = FLOOR; kind < RINGS; kind++) {
            add(&net[kind], ns[kind] - ns[PLAIN]);
        }
        add(&ratio, ns[NULL_CALL] / ns[FLOOR]);
    }
    report("plain_loop", &plain);
    report("floor", &net[FLOOR]);
    report("null_call", &net[NULL_CALL]);
    report("null_loop", &null);
    report("null_over_floor", &ratio);
    report("echo_call", &net[ECHO]);
}

/* --- ioctl, unhooked and hooked ------------------------------------------- */

enum { IOCTLS = 2000 };

static double time_ioctl(int command, int expected)
{
    double start;

    esw_ioctl(command);
    start = now_ns();
    for (int i = 0; i < IOCTLS; i++) {
        if (esw_ioctl(command) != expected) {
            fail("ioctl 0x%x did not return %d", command, expected);
        }
    }
    return (now_ns() - start) / IOCTLS;
}

/* The shortest there is: a device that has no ioctl at all. */
static double time_short_ioctl(void)
{
    static int fd = -1;
    double start;

    if (fd < 0) {
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    }
    ioctl(fd, COMMAND_OTHER, 0);
    start = now_ns();
    for (int i = 0; i < IOCTLS; i++) {
        ioctl(fd, COMMAND_OTHER, 0);
    }
    return (now_ns() - start) / IOCTLS;
}

void figures_ioctl(int rounds)
{
    static const struct {
        const char *name;
        enum mode mode;
        int command, expected;
    } steps[] = {
        { "ioctl", MODE_NONE, COMMAND_OTHER, -1 },
        { "ioctl_filtered", MODE_FILTERED, COMMAND_OTHER, -1 },
        { "ioctl_skip", MODE_SKIP, COMMAND(MODE_SKIP), 0 },
        { "ioctl_return", MODE_RETURN, COMMAND(MODE_RETURN), 0 },
        { "raeth", MODE_RAETH, COMMAND(MODE_RAETH), 0 },
        { "raeth_log", MODE_RAETH_LOG, COMMAND(MODE_RAETH_LOG), 0 },
    };
    static struct samples ns[COUNT(steps)], ratio;
    static struct samples short_call, short_ratio;

    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < COUNT(steps); i++) {
            esw_reg.val = 0;
            set_mode(steps[i].mode);
            add(&ns[i], time_ioctl(steps[i].command, steps[i].expected));
            if (steps[i].mode == MODE_NONE) {
                add(&short_call, time_short_ioctl());
            } else if (steps[i].mode == MODE_FILTERED) {
                add(&short_ratio,
                    time_short_ioctl() / short_call.value[round]);
            }
            if (steps[i].mode >= MODE_RAETH && esw_reg.val != 2) {
                fail("the RAEth handler left 0x%x", esw_reg.val);
            }
        }
        add(&ratio, ns[1].value[round] / ns[0].value[round]);
    }
    for (int i = 0; i < COUNT(steps); i++) {
        report(steps[i].name, &ns[i]);
    }
    report("ioctl_filtered_ratio", &ratio);
    report("ioctl_short", &short_call);
    report("ioctl_short_ratio", &short_ratio);
}

/* --- getpid, with and without the module ---------------------------------- */

enum { ABSENT, LOADED, HOOKED, STATES };

/* The lower quartile of short batches: what nothing else disturbed. */
static double time_getpid(void)
{
    struct samples batches = { .count = 0 };

    for (int batch = -5; batch < 40; batch++) {
        double start = now_ns();

        for (int i = 0; i < 1000; i++) {
            syscall(SYS_getpid);
        }
        if (batch >= 0) {
            add(&batches, (now_ns() - start) / 1000);
        }
    }
    return quartile(&batches, 1);
}

/* To the next state, up or down. */
static void change(int from, int to)
{
    if (from == ABSENT) {
        load_module("/hyperlua/hyperlua.ko");
    } else if (to == ABSENT) {
        unload_module("hyperlua");
    } else {
        set_mode(to == HOOKED ? MODE_FILTERED : MODE_NONE);
    }
    usleep(30000);
}

/* Up in one round and down in the next, so that drift cancels out. */
void figures_getpid(int rounds)
{
    static struct samples absent, loaded, hooked;
    double ns[STATES];

    rounds += rounds % 2;       /* ends as it begins: with the module */
    for (int round = 0; round < rounds; round++) {
        bool down = round % 2 == 0;

        for (int i = 0; i < STATES; i++) {
            int state = down ? STATES - 1 - i : i;

            if (i == 0 && round == 0) {
                set_mode(MODE_FILTERED);
            }
            if (i > 0) {
                change(down ? state + 1 : state - 1, state);
            }
            ns[state] = time_getpid();
        }
        add(&absent, ns[ABSENT]);
        add(&loaded, ns[LOADED] / ns[ABSENT]);
        add(&hooked, ns[HOOKED] / ns[ABSENT]);
    }
    report("getpid", &absent);
    report("getpid_loaded_ratio", &loaded);
    report("getpid_hooked_ratio", &hooked);
    set_mode(MODE_NONE);
}
