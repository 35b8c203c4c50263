/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommand check. */
#ifndef HL_CLI_CHECK_H
#define HL_CLI_CHECK_H

#include <glib.h>
#include <lua.h>

/* The exit status: 0, HL_EXIT_FINDINGS, or with *error HL_EXIT_FAILED. */
enum { HL_EXIT_FINDINGS = 1 };

int hl_check_command(char **args, GError **error);

/* check_source.c: lua/check, in a Lua state without an engine. */
lua_State *hl_check_source_new(void);

/*
 * Reads one source and prints its findings; how many, or -1 with *error when
 * the file cannot be read.
 */
int hl_check_source(lua_State *L, const char *file, gboolean is_models,
                    gboolean has_config, GError **error);

#endif
