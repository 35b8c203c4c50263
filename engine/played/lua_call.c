/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Methods of the played guest for specs: the system calls that its processes
 * make, what its kernel knows of them, and what else happens there.
 */
#include "lua_call.h"

#include <lauxlib.h>
#include <string.h>

#include "lua_world.h"
#include "state.h"

#define SYSCALL "hyperlua.played.syscall"

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

/* waits, ms, call: when its process is to wait */
static void push_result(lua_State *L, const struct hl_played_cpu *cpu,
                        const struct hl_played_syscall *call, int at)
{
    lua_createtable(L, 0, 6);
    if (cpu->waits) {
        lua_pushinteger(L, (lua_Integer)cpu->wait_task);
        lua_setfield(L, -2, "waits");
        lua_pushinteger(L, (lua_Integer)cpu->wait_ms);
        lua_setfield(L, -2, "ms");
        lua_pushvalue(L, at);
        lua_setfield(L, -2, "call");
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

/* The spec's function at 3 plays the kernel; the guest is at 1. */
static int64_t call_kernel(struct hl_played_syscall *call, void *user)
{
    lua_State *L = ((struct hl_played *)user)->lua;
    int64_t retval;

    luaL_checkstack(L, HL_SYSCALL_ARGS + 2, "a system call");
    lua_pushvalue(L, 3);
    for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
        lua_pushinteger(L, (lua_Integer)call->arg[i]);
    }
    lua_call(L, HL_SYSCALL_ARGS, 1);
    retval = luaL_checkinteger(L, -1);
    lua_pop(L, 1);
    return retval;
}

static int end_syscall(lua_State *L)
{
    hl_played_syscall_end(luaL_checkudata(L, 1, SYSCALL));
    return 0;
}

/* On the stack; its texts and its kernel live as long as it. */
static struct hl_played_syscall *new_syscall(lua_State *L)
{
    struct hl_played_syscall *call = lua_newuserdatauv(L, sizeof(*call), 2);

    memset(call, 0, sizeof(*call));
    if (luaL_newmetatable(L, SYSCALL)) {
        lua_pushcfunction(L, end_syscall);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, -2, 1);
    lua_getfield(L, 2, "kernel");
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, -3, 2);
    lua_replace(L, 3);
    return call;
}

/*
 * guest:syscall{ name =, args = {...}, comm =, pid =, number =, compat =,
 * retval = what the kernel would return, or kernel = function(args...) that
 * says it } -> { retval =, skipped =, args = {...}, waits =, ms =, call = }
 */
static int guest_syscall(lua_State *L)
{
    struct hl_played *played = hl_lua_played(L);
    struct hl_played_syscall *call;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 3);
    call = new_syscall(L);
    take_args(L, call->arg);
    call->pid = (uint32_t)field_integer(L, "pid", 1);
    call->retval = field_integer(L, "retval", 0);
    call->number = (uint32_t)field_integer(L, "number", 0);
    call->kernel = lua_isnil(L, 3) ? NULL : call_kernel;
    call->user = played;
    lua_getfield(L, 2, "compat");
    call->compat = lua_toboolean(L, -1);
    lua_getfield(L, 2, "name");
    call->name = luaL_checkstring(L, -1);
    lua_getfield(L, 2, "comm");
    call->comm = luaL_optstring(L, -1, "program");
    hl_played_syscall(hl_played_cpu(played, 0), call);
    push_result(L, hl_played_cpu(played, 0), call, 4);
    return 1;
}

/* guest:syscall_resume(result that waits) -> as guest:syscall */
static int syscall_resume(lua_State *L)
{
    struct hl_played *played = hl_lua_played(L);
    struct hl_played_syscall *call;
    lua_Integer task;

    task = field_integer(L, "waits", 0);
    lua_settop(L, 3);
    lua_getfield(L, 2, "call");
    call = luaL_checkudata(L, 4, SYSCALL);
    lua_getiuservalue(L, 4, 2);
    lua_replace(L, 3);
    hl_played_syscall_resume(hl_played_cpu(played, 0), call, (uint64_t)task);
    push_result(L, hl_played_cpu(played, 0), call, 4);
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

/* What the call's answer makes of the retval, as in guest:probe. */
static int push_probed(lua_State *L, uint64_t ret, int64_t retval)
{
    int count = hl_lua_push_ret(L, ret);

    if (count > 1) {
        return count;
    }
    lua_pushinteger(L, retval);
    return 2;
}

/*
 * guest:probe{ kind = its number, path =, symbol =, text =, comm =, pid =,
 * flags =, args = {...}, retval =, pc =, sp =, no_wait = 1 } -> the call's ret,
 * retval; or as guest:ring, when its process is to wait
 */
static int guest_probe(lua_State *L)
{
    struct hl_played_probe event = { 0 };
    uint64_t ret;

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
    lua_getfield(L, 2, "path");
    event.path = luaL_optstring(L, -1, NULL);
    ret = hl_played_probe(hl_played_cpu(hl_lua_played(L), 0), &event);
    return push_probed(L, ret, event.retval);
}

/* guest:probe_resume(task, retval) -> as guest:probe */
static int probe_resume(lua_State *L)
{
    int64_t retval = luaL_checkinteger(L, 3);
    uint64_t ret = hl_played_probe_resume(hl_played_cpu(hl_lua_played(L), 0),
                                          (uint64_t)luaL_checkinteger(L, 2),
                                          &retval);

    return push_probed(L, ret, retval);
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
        { "syscall_resume", syscall_resume },
        { "protos", guest_protos },
        { "probe", guest_probe },
        { "probe_resume", probe_resume },
        { "probes", guest_probes },
        { NULL, NULL },
    };

    luaL_setfuncs(L, methods, 0);
}
