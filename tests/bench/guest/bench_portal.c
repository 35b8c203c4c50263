/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A handler's reads of the memory of the process that it serves. */
#include <sys/ioctl.h>

#include "bench.h"

_Alignas(4096) static char page[4096] = "x";

static double time_calls(enum mode mode, int reads, int calls)
{
    double start = now_ns();

    for (int i = 0; i < calls; i++) {
        if (ioctl(reads, COMMAND(mode), page)) {
            fail("mode %d: %d reads did not return 0", mode, reads);
        }
    }
    return (now_ns() - start) / calls;
}

static double time_reads(enum mode mode, int reads, int calls)
{
    double none = time_calls(mode, 0, calls);

    return time_calls(mode, reads, calls) - none;
}

static void figure_reads(const char *name, enum mode mode, int rounds)
{
    enum { READS = 100, CALLS = 50 };
    struct samples ns = { .count = 0 };

    set_mode(mode);
    time_reads(mode, READS, 1);
    for (int round = 0; round < 4 * rounds; round++) {
        add(&ns, time_reads(mode, READS, CALLS) / READS);
    }
    report(name, &ns);
}

/* Ten of a handler's, to ten of the guest's own with a ring each. */
static void figure_ten(int rounds)
{
    enum { CALLS = 200 };
    static struct samples ratio, whole;

    set_mode(MODE_READS);
    time_ring("copy");
    for (int round = 0; round < 4 * rounds; round++) {
        double own = 10 * time_ring("copy");
        double none = time_calls(MODE_READS, 0, CALLS);
        double ten = time_calls(MODE_READS, 10, CALLS);

        add(&ratio, (ten - none) / own);
        add(&whole, ten / own);
    }
    report("ten_reads_ratio", &ratio);
    report("ten_reads_whole", &whole);
}

void figures_portal(int rounds)
{
    figure_reads("read_int", MODE_READS, rounds);
    figure_ten(rounds);
    if (ask_script(SCRIPT_DIRECT)) {
        figure_reads("read_4k_direct", MODE_BYTES, rounds);
    } else {
        report_absent("read_4k_direct", "the engine reads nothing directly");
    }
    figure_reads("read_4k_guest", MODE_BYTES_GUEST, rounds);
    set_mode(MODE_NONE);
}
