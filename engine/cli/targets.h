/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_CLI_TARGETS_H
#define HL_CLI_TARGETS_H

#include <glib.h>

/* hyperlua targets: the exit status. */
int hl_targets_command(char **args, GError **error);

#endif
