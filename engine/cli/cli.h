/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the hyperlua command share.
 *
 * Errors travel as GError to main.c, which prints each as one line and exits
 * with HL_EXIT_FAILED. One thread.
 */
#ifndef HL_CLI_H
#define HL_CLI_H

#include <glib.h>

/* Exit statuses of the run itself; anything else is the guest command's. */
enum { HL_EXIT_TIMEOUT = 124, HL_EXIT_FAILED = 125, HL_EXIT_SIGNAL = 128 };

gboolean hl_fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The build folder that this executable lies in, without a final slash. */
const char *hl_build_dir(void);

#endif
