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

/* Puts a handler and its arguments on co; how many arguments. May raise. */
typedef int hl_push_handler(lua_State *co, struct hl_task *task);

/*
 * Runs until the handler waits, returns or raises.  push is called to begin
 * one, not when the task is waiting.  Nothing that Lua raises gets out.
 */
enum hl_run hl_coroutine_run(struct hl_engine *engine, struct hl_task *task,
                             hl_push_handler *push);

/* Ends a handler that waits; its to-be-closed variables are closed. */
void hl_coroutine_close(struct hl_engine *engine, struct hl_task *task);

/* What runs in Lua from here on has a handler's budget, or that time. */
void hl_coroutine_new_budget(struct hl_script *script);
void hl_coroutine_allow(struct hl_script *script, int ms);

/* Counts against that, in L and in the coroutines that it makes. */
void hl_coroutine_watch(lua_State *L);

/* For bindings: an error that blames the script's line, not ours. */
void hl_coroutine_raise(lua_State *L, const char *format, ...);

/*
 * The task that runs now; raises, naming the function, where there is none, or
 * where Lua cannot yield.  May_wait: also where its handler must not wait; its
 * ask is cleared.
 */
struct hl_task *hl_coroutine_task(lua_State *L, const char *function);
struct hl_task *hl_coroutine_may_wait(lua_State *L, const char *function);

/* Raises where the process must not be kept waiting for long. */
void hl_coroutine_check_may_sleep(lua_State *L, const char *function);

/* Waits until task->ask is answered, then goes on in k. Never returns. */
int hl_coroutine_wait(lua_State *L, lua_KContext context, lua_KFunction k);

/*
 * Waits that long, or until hl_task_wake(), then goes on in k, where
 * hl_coroutine_answer() must be called too.  Never returns.
 */
int hl_coroutine_sleep(lua_State *L, const char *function, uint64_t ms,
                       lua_KFunction k);

/* In k: the answer.  Raises when it was not the guest who went on with L. */
const struct hl_answer *hl_coroutine_answer(lua_State *L);

#endif
