/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handlers run as Lua coroutines.  lua_resume and lua_yieldk are called here
 * and nowhere else.  All under engine->lock.
 */
#ifndef HL_COROUTINE_H
#define HL_COROUTINE_H

#include <lua.h>

#include "task.h"

enum hl_run {
    HL_RUN_ASK,                 /* it waits: task->ask is set */
    HL_RUN_DONE,                /* it returned */
    HL_RUN_FAILED,              /* it raised; that was logged */
};

/* A coroutine for the task, its stack empty: push a function and arguments. */
lua_State *hl_coroutine_open(struct hl_engine *engine, struct hl_task *task);

/*
 * Runs until the handler waits, returns or raises.  arguments: how many lie on
 * its stack above the function; 0 when going on.
 */
enum hl_run hl_coroutine_run(struct hl_engine *engine, struct hl_task *task,
                             int arguments);

/* Drops what it still has to do; pending to-be-closed variables are closed. */
void hl_coroutine_close(struct hl_engine *engine, struct hl_task *task);

/*
 * For bindings.  The task that runs now, with its ask cleared; raises where a
 * handler cannot wait, naming the function.
 */
struct hl_task *hl_coroutine_may_wait(lua_State *L, const char *function);

/* Waits until task->ask is answered, then goes on in k. Never returns. */
int hl_coroutine_wait(lua_State *L, lua_KContext context, lua_KFunction k);

#endif
