/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work on hostile input, in a process of its own with bounded time and memory:
 * whatever a library does there, this process goes on and can tell.
 */
#ifndef HL_CLI_APART_H
#define HL_CLI_APART_H

#include <glib.h>

/* Runs there: a number at *result, or an error. */
typedef gboolean (*hl_apart_work)(const void *data, int *result,
                                  GError **error);

/*
 * Only the number and the error come back; memory is not shared. what is at
 * fault when there is neither: the error begins with it.
 */
gboolean hl_apart(hl_apart_work work, const void *data, const char *what,
                  int *result, GError **error);

#endif
