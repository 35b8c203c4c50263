/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core.ask: any op, asked by the modules of lua/hyperlua, which take its answer
 * apart.  Under engine->lock, as all that Lua calls.
 */
#include "lua_ask.h"

#include <lauxlib.h>

#include "coroutine.h"
#include "lua_portal.h"
#include "script.h"
#include "task.h"

/* hl.errno knows them; without a name the number has to do. */
void hl_push_errno(lua_State *L, int error)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, "hyperlua.errno");
    lua_getfield(L, -1, "name");
    lua_pushinteger(L, error);
    lua_call(L, 1, 1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushfstring(L, "E%d", error);
    }
    lua_replace(L, -3);
    lua_pop(L, 1);
}

/* context: whether bytes are to come back. */
static int ask_done(lua_State *L, int status, lua_KContext context)
{
    const struct hl_answer *answer = hl_coroutine_answer(L);

    if (answer->resp == HL_RESP_ERROR) {
        lua_pushnil(L);
        hl_push_errno(L, answer->error);
        return 2;
    }
    if (context) {
        lua_pushlstring(L, (const char *)answer->data, answer->size);
    } else {
        lua_pushinteger(L, answer->size);
    }
    return 1;
}

int hl_core_ask(lua_State *L)
{
    const char *function = luaL_checkstring(L, 1);
    enum hl_op op = (enum hl_op)luaL_checkinteger(L, 2);
    lua_Integer pid = luaL_checkinteger(L, 3);
    uint64_t addr = (uint64_t)luaL_checkinteger(L, 4);
    size_t data_size = 0;
    const char *data = luaL_optlstring(L, 5, NULL, &data_size);
    lua_Integer size = luaL_optinteger(L, 6, 0);
    struct hl_task *task;

    luaL_argcheck(L, op > HL_OP_NONE && op < HL_OP_COUNT, 2, "no such op");
    luaL_argcheck(L, data_size <= HL_CHUNK, 5, "too long");
    luaL_argcheck(L, size >= 0 && size <= HL_CHUNK, 6, "too many bytes");
    /* -1: it concerns no process. */
    task = hl_portal_may_ask(L, function, (uint32_t)pid);
    if (op == HL_OP_RUN) {
        hl_coroutine_check_may_sleep(L, function);
    }
    task->ask.op = op;
    task->ask.pid = pid < 0 ? 0 : (uint32_t)pid;
    task->ask.addr = addr;
    task->ask.data = data;
    task->ask.data_size = (uint32_t)data_size;
    task->ask.want = (uint32_t)size;
    task->ask.size = data ? data_size : (uint64_t)size;
    return hl_coroutine_wait(L, size > 0, ask_done);
}

void hl_set_ops(lua_State *L)
{
    lua_newtable(L);
#define HL_OP_PUSH(number, NAME, name, text)                                  \
    lua_pushinteger(L, number);                                               \
    lua_setfield(L, -2, #NAME);
    HL_OPS(HL_OP_PUSH)
#undef HL_OP_PUSH
    lua_setfield(L, -2, "op");
    lua_pushinteger(L, HL_CHUNK);
    lua_setfield(L, -2, "chunk");
}
