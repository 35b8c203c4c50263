/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core.wait, core.wake and core.task: what lua/hyperlua/wait.lua makes
 * hl.sleep and hl.event of.
 */
#include "lua_wait.h"

#include <lauxlib.h>

#include "coroutine.h"
#include "script.h"
#include "task.h"
#include "waker.h"

static int wait_done(lua_State *L, int status, lua_KContext context)
{
    bool woken = hl_script_of(L)->running && hl_script_of(L)->running->woken;

    hl_coroutine_answer(L);     /* raises when it was not the guest */
    lua_pushboolean(L, woken);
    return 1;
}

/* core.wait(function's name [, ms]) -> whether it was woken.  Waits. */
int hl_core_wait(lua_State *L)
{
    const char *function = luaL_checkstring(L, 1);
    uint64_t ms = HL_WAIT_EVER;

    if (!lua_isnoneornil(L, 2)) {
        lua_Number number = luaL_checknumber(L, 2);

        luaL_argcheck(L, number >= 0 && number < 1e12, 2,
                      "milliseconds, from 0 on");
        ms = (uint64_t)number;
    }
    return hl_coroutine_sleep(L, function, ms, wait_done);
}

/* core.wake(task) -> whether that one waited.  Does not wait. */
int hl_core_wake(lua_State *L)
{
    lua_pushboolean(L, hl_task_wake(hl_script_of(L)->engine,
                                    (uint64_t)luaL_checkinteger(L, 1)));
    return 1;
}

/* core.task() -> the one that runs now, or nil */
int hl_core_task(lua_State *L)
{
    struct hl_task *task = hl_script_of(L)->running;

    if (!task) {
        return 0;
    }
    lua_pushinteger(L, (lua_Integer)task->id);
    return 1;
}
