/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench ROUNDS: times what tests/bench/run prints, all in one boot.
 *
 * What is compared is measured in turn, a short batch each, round after
 * round: the host's noise is larger than most differences. A ratio is the
 * median of the rounds' own ratios.
 */
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 15;

    /* They are /dev/hyperlua, and would keep the module from being unloaded. */
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    load_module("/bench/hl_bench.ko");
    open_switch();
    figures_ring(20 * rounds);
    figures_portal(rounds);
    figures_ioctl(rounds);
    figures_gdb(rounds);
    figures_hooks(rounds);
    figures_growth();
    figures_files(rounds);
    figure_pause(rounds);       /* late: its garbage costs all that allocate */
    figures_getpid(3 * rounds);
    print_reports();
    return 0;
}
