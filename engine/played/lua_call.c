/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Methods of the played guest for specs: the system calls that its processes
 * make, what its kernel knows of them, and what else happens there.
 */
#include "lua_call.h"

#include <lauxlib.h>

#include "lua_world.h"
#include "state.h"

/* --- system calls --------------------------------------------------------- */

static lua_Integer field_integer(lua_State *L, const char *name,
                                 lua_Integer otherwise)
{
    lua_Integer value;

    lua_getfield(L, 2, name);
    value = luaL_optinteger(L, -1, otherwise);
    lua_pop(L, 1);
    return value;
}

static void take_args(lua_State *L, uint64_t *arg)
{
    if (lua_getfield(L, 2, "args") == LUA_TTABLE) {
        for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
            lua_rawgeti(L, -1, i + 1);
            arg[i] = (uint64_t)lua_tointeger(L, -1);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

/* waits: the task that its process waits for, or nothing */
static void push_result(lua_State *L, const struct hl_played_cpu *cpu,
                        const struct hl_played_syscall *call)
{
    lua_createtable(L, 0, 4);
    if (cpu->waits) {
        lua_pushinteger(L, (lua_Integer)cpu->wait_task);
        lua_setfield(L, -2, "waits");
    }
    lua_pushinteger(L, call->retval);
    lua_setfield(L, -2, "retval");
    lua_pushboolean(L, call->skipped);
    lua_setfield(L, -2, "skipped");
    lua_createtable(L, HL_SYSCALL_ARGS, 0);
    for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
        lua_pushinteger(L, (lua_Integer)call->arg[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "args");
}

/*
 * guest:syscall{ name =, args = {...}, comm =, pid =, number =, compat =,
 * retval = what the kernel would return } -> { retval =, skipped =, args =
 * {...}, waits = }
 */
static int guest_syscall(lua_State *L)
{
    struct hl_played_syscall call = { 0 };

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    take_args(L, call.arg);
    call.pid = (uint32_t)field_integer(L, "pid", 1);
    call.retval = field_integer(L, "retval", 0);
    call.number = (uint32_t)field_integer(L, "number", 0);
    lua_getfield(L, 2, "compat");
    call.compat = lua_toboolean(L, -1);
    lua_getfield(L, 2, "name");
    call.name = luaL_checkstring(L, -1);
    lua_getfield(L, 2, "comm");
    call.comm = luaL_optstring(L, -1, "program");
    hl_played_syscall(hl_played_cpu(hl_lua_played(L), 0), &call);
    push_result(L, hl_played_cpu(hl_lua_played(L), 0), &call);
    return 1;
}

/* --- its kernel's prototypes ---------------------------------------------- */

/* The record at index i of the list at 2. */
static void take_proto(lua_State *L, lua_Integer i)
{
    GString *texts = g_string_new(NULL);
    lua_Integer args;

    lua_rawgeti(L, 2, i);
    args = (lua_Integer)lua_rawlen(L, -1);
    for (lua_Integer at = 1; at <= args; at++) {
        lua_rawgeti(L, -1, at);
        g_string_append(texts, lua_tostring(L, -1));
        g_string_append_c(texts, '\0');
        lua_pop(L, 1);
    }
    hl_played_add_proto(hl_lua_played(L), (uint16_t)((args - 1) / 2),
                        (uint32_t)i, texts->str, texts->len);
    g_string_free(texts, TRUE);
    lua_pop(L, 1);
}

/*
 * guest:protos{ { "openat", "int", "dfd", ... }, ... }: all that it has, before
 * hello.  Or the bytes that it answers, whatever the engine asks for.
 */
static int guest_protos(lua_State *L)
{
    struct hl_played *played = hl_lua_played(L);

    if (lua_type(L, 2) == LUA_TSTRING) {
        size_t size;
        const char *bytes = lua_tolstring(L, 2, &size);

        played->raw_protos = g_string_new_len(bytes, (gssize)size);
        return 0;
    }
    luaL_checktype(L, 2, LUA_TTABLE);
    g_ptr_array_set_size(played->protos, 0);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, 2); i++) {
        take_proto(L, i);
    }
    return 0;
}

/*
 * guest:probe{ kind = its number, symbol =, text =, comm =, pid =, flags =,
 * args = {...}, retval =, pc =, sp =, no_wait = 1 } -> the call's ret, retval
 */
static int guest_probe(lua_State *L)
{
    struct hl_played_probe event = { 0 };

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    take_args(L, event.arg);
    event.kind = (uint32_t)field_integer(L, "kind", 0);
    event.pid = (uint32_t)field_integer(L, "pid", 1);
    event.flags = (uint32_t)field_integer(L, "flags", 0);
    event.retval = field_integer(L, "retval", 0);
    event.pc = (uint64_t)field_integer(L, "pc", 0);
    event.sp = (uint64_t)field_integer(L, "sp", 0);
    event.no_wait = field_integer(L, "no_wait", 0) != 0;
    lua_getfield(L, 2, "symbol");
    event.symbol = luaL_optstring(L, -1, "");
    lua_getfield(L, 2, "text");
    event.text = luaL_optstring(L, -1, "");
    lua_getfield(L, 2, "comm");
    event.comm = luaL_optstring(L, -1, "program");
    lua_pushinteger(L, (lua_Integer)hl_played_probe(
        hl_played_cpu(hl_lua_played(L), 0), &event));
    lua_pushinteger(L, event.retval);
    return 2;
}

/* guest:probes() -> how many the guest has */
static int guest_probes(lua_State *L)
{
    lua_pushinteger(L, hl_played_probes(hl_lua_played(L)));
    return 1;
}

void hl_lua_calls(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "syscall", guest_syscall },
        { "protos", guest_protos },
        { "probe", guest_probe },
        { "probes", guest_probes },
        { NULL, NULL },
    };

    luaL_setfuncs(L, methods, 0);
}
