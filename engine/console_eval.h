/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What consoles ask of Lua: the engine's side of lua/hyperlua/console.lua.  A
 * client is a number.  All under engine->lock, on the console's thread.
 */
#ifndef HL_CONSOLE_EVAL_H
#define HL_CONSOLE_EVAL_H

#include <lua.h>

#include "engine.h"

/*
 * Evaluates the text.  0: it has been answered; else the task that waits, and
 * that will answer when it ends.
 */
uint64_t hl_console_begin(struct hl_engine *engine, uint64_t client,
                          const char *text, size_t size);

/* Ends that task, if it has not ended; why is a string that stays. */
void hl_console_end(struct hl_engine *engine, uint64_t task, const char *why);

/* Candidates for the end of the text, one a line; to be freed. */
char *hl_console_complete(struct hl_engine *engine, uint64_t client,
                          const char *text, size_t size);

/* The client is gone, and so are its variables. */
void hl_console_forget(struct hl_engine *engine, uint64_t client);

/* core.console_print(client, text) -> whether there is such a console */
int hl_core_console_print(lua_State *L);

#endif
