/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The RAEth fix as a script on QEMU's GDB stub makes it: a breakpoint, reads,
 * a write, on with it (tests/bench/gdb_fix.c).  Timed next to ours.
 */
#include <string.h>
#include <unistd.h>

#include "bench.h"

/* Where the client's breakpoint lies; it returns 0 in place of this -1. */
__attribute__((noinline, section(".gdb_fix")))
int gdb_fix_ioctl(int fd, int command, volatile void *request)
{
    __asm__ volatile("" : : "r"(fd), "r"(command), "r"(request) : "memory");
    return -1;
}

static volatile struct {
    char name[16];
    struct esw_reg *reg;
} request = { "eth0", &esw_reg };

/* The debugger sees only what lies in the TLB: so it is touched first. */
static int call_gdb(void)
{
    esw_reg.val = 0;
    (void)request.name[0];
    return gdb_fix_ioctl(esw_fd, COMMAND(MODE_RAETH), &request);
}

static double time_fixes(int count)
{
    enum { TRIES = 100 };
    double start = now_ns();

    for (int i = 0; i < count; i++) {
        int tries = 0;

        while (call_gdb()) {
            if (++tries == TRIES) {
                fail("the GDB stub's client does not fix call %d", i);
            }
        }
        if (esw_reg.val != 2) {
            fail("the GDB stub's client left 0x%x", esw_reg.val);
        }
    }
    return (now_ns() - start) / count;
}

static double time_ours(int count)
{
    double start = now_ns();

    for (int i = 0; i < count; i++) {
        esw_reg.val = 0;
        if (esw_ioctl(COMMAND(MODE_RAETH)) || esw_reg.val != 2) {
            fail("the RAEth handler did not fix call %d", i);
        }
    }
    return (now_ns() - start) / count;
}

static void wait_for_client(void)
{
    enum { POLL_US = 10000, POLLS = 1000 };

    if (ask_script(SCRIPT_GDB)) {
        fail("bench.lua did not start the GDB stub's client");
    }
    for (int i = 0; i < POLLS; i++) {
        if (call_gdb() == 0) {
            return;
        }
        usleep(POLL_US);
    }
    fail("the GDB stub's client set no breakpoint");
}

void figures_gdb(int rounds)
{
    static struct samples ours, gdb, ratio;

    /* Before the client comes: a breakpoint anywhere slows all that runs. */
    set_mode(MODE_RAETH);
    for (int round = 0; round < rounds; round++) {
        add(&ours, time_ours(2000));
    }
    wait_for_client();
    for (int round = 0; round < rounds; round++) {
        add(&gdb, time_fixes(50));
        add(&ratio, gdb.value[round] / ours.value[round]);
    }
    /* A command that the client takes as its end. */
    gdb_fix_ioctl(esw_fd, 0, &request);
    report("gdb_fix", &gdb);
    report("gdb_fix_ratio", &ratio);
    set_mode(MODE_NONE);
}
