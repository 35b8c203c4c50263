/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bridge between tasks and Lua's coroutines.  A binding that needs the
 * guest yields a private token; any other value that a handler yields is a
 * mistake of the script, and said so.  A handler that goes on for ever is
 * stopped by a budget of instructions.
 */
#include "coroutine.h"

#include <lauxlib.h>

#include "log.h"
#include "script.h"

/* Between two answers of the guest: about a second of Lua. */
#define BUDGET_MILLIONS 50
#define MILLION 1000000

static void count_instructions(lua_State *L, lua_Debug *unused)
{
    struct hl_script *script = hl_script_of(L);

    if (++script->millions > BUDGET_MILLIONS) {
        /* Strike again at once where the script catches the error. */
        lua_sethook(L, count_instructions, LUA_MASKCOUNT, 1);
        luaL_where(L, 0);       /* a hook has no level of its own */
        lua_pushfstring(L, "stopped: it ran for more than %d million "
                        "instructions without waiting or returning",
                        BUDGET_MILLIONS);
        lua_concat(L, 2);
        lua_error(L);
    }
}

void hl_coroutine_limit(lua_State *L)
{
    hl_script_of(L)->millions = 0;
    lua_sethook(L, count_instructions, LUA_MASKCOUNT, MILLION);
}

lua_State *hl_coroutine_open(struct hl_engine *engine, struct hl_task *task)
{
    if (!task->co) {
        lua_State *L = engine->script->L;

        task->co = lua_newthread(L);
        task->co_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    return task->co;
}

void hl_coroutine_close(struct hl_engine *engine, struct hl_task *task)
{
    if (task->co && lua_status(task->co) == LUA_YIELD) {
        hl_coroutine_limit(task->co);
        if (lua_resetthread(task->co) != LUA_OK) {
            hl_log(engine, HL_ERROR, "while a handler was closed: %s",
                   luaL_tolstring(task->co, -1, NULL));
        }
        lua_settop(task->co, 0);
    }
}

/* Its error message is on top of co's stack. */
static void report(struct hl_engine *engine, struct hl_task *task)
{
    lua_State *L = engine->script->L;
    g_autofree char *what = task->describe(engine, task);
    const char *message = luaL_tolstring(task->co, -1, NULL);

    luaL_traceback(L, task->co, NULL, 0);
    hl_log(engine, HL_ERROR, "%s, in %s; the call goes on as if unhooked\n%s",
           message, what, lua_tostring(L, -1));
    lua_pop(L, 1);
}

static bool yielded_token(struct hl_engine *engine, lua_State *co, int results)
{
    bool token = results == 1 && lua_touserdata(co, -1) == engine->script;

    lua_pop(co, results);
    return token;
}

enum hl_run hl_coroutine_run(struct hl_engine *engine, struct hl_task *task,
                             int arguments)
{
    struct hl_script *script = engine->script;
    int results;
    int status;

    hl_coroutine_limit(task->co);
    script->running = task;
    status = lua_resume(task->co, script->L, arguments, &results);
    script->running = NULL;

    if (status == LUA_OK) {
        lua_settop(task->co, 0);
        return HL_RUN_DONE;
    }
    if (status == LUA_YIELD) {
        if (yielded_token(engine, task->co, results)) {
            return HL_RUN_ASK;
        }
        lua_pushliteral(task->co, "a handler called coroutine.yield outside "
                        "a coroutine of its own");
    }
    report(engine, task);
    /* Closes what the handler left open; 5.4 gives the same error again. */
    hl_coroutine_limit(task->co);
    lua_resetthread(task->co);
    lua_settop(task->co, 0);
    return HL_RUN_FAILED;
}

struct hl_task *hl_coroutine_may_wait(lua_State *L, const char *function)
{
    struct hl_task *task = hl_script_of(L)->running;

    if (!task) {
        luaL_error(L, "%s asks the guest, and there is no request of a guest "
                   "here: call it in a handler", function);
    }
    if (!lua_isyieldable(L)) {
        luaL_error(L, "%s cannot wait here: inside table.sort, string.gsub, "
                   "or a metamethod called from C", function);
    }
    task->ask = (struct hl_ask){ 0 };
    return task;
}

int hl_coroutine_wait(lua_State *L, lua_KContext context, lua_KFunction k)
{
    lua_pushlightuserdata(L, hl_script_of(L));
    return lua_yieldk(L, 1, context, k);
}
