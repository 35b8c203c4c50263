/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Process 1 of the boots that are timed: ends them at once, as QEMU runs with
 * -no-reboot.
 */
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
    reboot(RB_AUTOBOOT);
    return 1;
}
