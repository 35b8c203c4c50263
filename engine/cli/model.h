/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommand model. */
#ifndef HL_CLI_MODEL_H
#define HL_CLI_MODEL_H

#include <glib.h>

/* The exit status: 0, or with *error HL_EXIT_FAILED. */
int hl_model_command(char **args, GError **error);

#endif
