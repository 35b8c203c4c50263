/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommand test. */
#ifndef HL_CLI_TEST_H
#define HL_CLI_TEST_H

#include <glib.h>

/* Becomes busted, which gives the exit status; returns only when it cannot. */
int hl_test_command(char **args, GError **error);

#endif
