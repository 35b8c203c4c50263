/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs QEMU to its end, with a time limit, and never leaves it behind. */
#ifndef HL_CLI_SPAWN_H
#define HL_CLI_SPAWN_H

#include <glib.h>

/* The descriptor that QEMU gets the console's pipe as. */
enum { HL_SERIAL_FD = 3 };

struct hl_ending {
    int wait_status;        /* QEMU's, as waitpid() gives it */
    gboolean timed_out;
    int signal;             /* that this process was told to stop with */
};

/*
 * timeout in seconds, 0: none. With console the child's HL_SERIAL_FD leads
 * to standard error.
 */
gboolean hl_spawn(char **argv, double timeout, gboolean console,
                  struct hl_ending *ending, GError **error);

#endif
