/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file.path, .pid, .comm, .state, ...: what a file's handler gets first, a
 * view of the task's operation.  It ends with the operation: kept longer, it
 * raises.
 */
#include "lua_file.h"

#include <lauxlib.h>
#include <string.h>

#include "coroutine.h"
#include "file.h"
#include "log.h"
#include "plain.h"
#include "script.h"
#include "task.h"

#define TYPE "hyperlua.file"

/* Open files at once that have a file.state, of one node. */
#define STATES_MAX 65536

struct view {
    struct hl_task *task;       /* its place; lives as long as the engine */
    uint64_t id;                /* of the task when it was pushed */
};

static struct hl_fileop *check_view(lua_State *L)
{
    struct view *view = luaL_checkudata(L, 1, TYPE);

    if (view->task->id != view->id) {
        luaL_error(L, "this operation is over: keep what you need of the file "
                   "in variables of your own, or in file.state");
    }
    return &view->task->file;
}

/* --- fields --------------------------------------------------------------- */

static int get_path(lua_State *L, struct hl_fileop *op)
{
    lua_pushstring(L, hl_fileop_path(op));
    return 1;
}

static int get_pid(lua_State *L, struct hl_fileop *op)
{
    lua_pushinteger(L, op->request.pid);
    return 1;
}

static int get_tid(lua_State *L, struct hl_fileop *op)
{
    lua_pushinteger(L, op->request.tid);
    return 1;
}

static int get_comm(lua_State *L, struct hl_fileop *op)
{
    lua_pushstring(L, op->request.comm);
    return 1;
}

static int get_handle(lua_State *L, struct hl_fileop *op)
{
    lua_pushinteger(L, (lua_Integer)op->request.handle);
    return 1;
}

static int get_flags(lua_State *L, struct hl_fileop *op)
{
    lua_pushinteger(L, op->request.open_flags);
    return 1;
}

/* O_NONBLOCK has a number of its own on MIPS. */
static int get_nonblock(lua_State *L, struct hl_fileop *op)
{
    bool mips = hl_script_of(L)->engine->target->machine == 8;

    lua_pushboolean(L, op->request.open_flags & (mips ? 0200 : 04000));
    return 1;
}

static int get_compat(lua_State *L, struct hl_fileop *op)
{
    lua_pushboolean(L, op->request.compat);
    return 1;
}

static int get_size(lua_State *L, struct hl_fileop *op)
{
    if (op->how->size < 0) {
        return 0;
    }
    lua_pushinteger(L, op->how->size);
    return 1;
}

static int get_node(lua_State *L, struct hl_fileop *op)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, op->how->object_ref);
    return 1;
}

/* All of a node's are in one table, by handle, which goes with its models. */
static void push_states(lua_State *L, struct hl_behaviour *behaviour)
{
    if (behaviour->states_ref == LUA_NOREF) {
        lua_newtable(L);
        behaviour->states_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, behaviour->states_ref);
}

/* Without an open file (the seed's calls have none), one for the node. */
static int get_state(lua_State *L, struct hl_fileop *op)
{
    lua_Integer key = (lua_Integer)op->request.handle;

    push_states(L, op->how);
    if (lua_rawgeti(L, -1, key) == LUA_TNIL) {
        if (op->how->states == STATES_MAX) {
            return luaL_error(L, "file.state: %d open files of this node have "
                              "one already", STATES_MAX);
        }
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -4, key);
        op->how->states++;
    }
    return 1;
}

/* Setting nil to what is there needs no memory, so it cannot raise. */
void hl_file_forget_handle(struct hl_behaviour *behaviour, uint64_t handle)
{
    lua_Integer key = (lua_Integer)handle;
    lua_State *L;

    if (handle == 0 || behaviour->states == 0) {
        return;
    }
    L = behaviour->script->L;
    if (!lua_checkstack(L, 3)) {
        return;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, behaviour->states_ref);
    if (lua_rawgeti(L, -1, key) != LUA_TNIL) {
        lua_pushnil(L);
        lua_rawseti(L, -3, key);
        behaviour->states--;
    }
    lua_pop(L, 2);
}

void hl_file_forget_states(struct hl_behaviour *behaviour)
{
    if (behaviour->states_ref != LUA_NOREF) {
        luaL_unref(behaviour->script->L, LUA_REGISTRYINDEX,
                   behaviour->states_ref);
        behaviour->states_ref = LUA_NOREF;
        behaviour->states = 0;
    }
}

/* (from's state, behaviour, behaviour) */
static int copy_states(lua_State *L)
{
    const struct hl_behaviour *from = lua_touserdata(L, 1);
    struct hl_behaviour *to = lua_touserdata(L, 2);

    lua_rawgeti(from->script->L, LUA_REGISTRYINDEX, from->states_ref);
    hl_plain_copy(from->script->L, -1, L, HL_PLAIN_SKIP);
    to->states_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    to->states = from->states;
    return 0;
}

void hl_file_pass_states(struct hl_behaviour *from, struct hl_behaviour *to)
{
    lua_State *L = to->script->L;
    int top = lua_gettop(from->script->L);

    if (from->states == 0) {
        return;
    }
    lua_pushcfunction(L, copy_states);
    lua_pushlightuserdata(L, from);
    lua_pushlightuserdata(L, to);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
        hl_log(to->script->engine, HL_ERROR, "%s: file.state of open files is "
               "lost with the new version: %s", to->path, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    lua_settop(from->script->L, top);
}

/* --- the buffer that mmap gives ------------------------------------------- */

static uint32_t check_range(lua_State *L, const struct hl_behaviour *how,
                            lua_Integer offset, lua_Unsigned length)
{
    luaL_argcheck(L, how->map_size > 0, 1, "this file has no mmap");
    luaL_argcheck(L, offset >= 0 && offset <= how->map_size, 2,
                  "the offset lies outside of what mmap gives");
    luaL_argcheck(L, length <= how->map_size - (lua_Unsigned)offset, 3,
                  "it reaches beyond what mmap gives");
    return (uint32_t)offset;
}

static void ask_map(lua_State *L, struct hl_task *task, enum hl_op op,
                    const struct hl_file *file, lua_Integer offset,
                    const char *bytes, size_t size)
{
    struct hl_map_args args = {
        .node = GUINT32_TO_LE(file->id),
        .size = GUINT32_TO_LE((uint32_t)size),
        .offset = GUINT64_TO_LE((uint64_t)offset),
    };
    size_t sent;

    lua_pushlstring(L, (const char *)&args, sizeof(args));
    if (op == HL_OP_MAP_WRITE) {
        lua_pushlstring(L, bytes, size);
        lua_concat(L, 2);
    } else {
        task->ask.want = (uint32_t)size;
    }
    task->ask.op = op;
    task->ask.data = lua_tolstring(L, -1, &sent);
    task->ask.size = task->ask.data_size = (uint32_t)sent;
}

static int push_failure(lua_State *L, const struct hl_answer *answer)
{
    lua_pushnil(L);
    lua_pushstring(L, answer->error == ENODEV ? "ENODEV" : "EINVAL");
    return 2;
}

#define MAP_PIECE (HL_CHUNK - sizeof(struct hl_map_args))

static int map_read_done(lua_State *L, int status, lua_KContext done)
{
    const struct hl_answer *answer = hl_coroutine_answer(L);

    if (answer->resp != HL_RESP_OK) {
        return push_failure(L, answer);
    }
    lua_pushlstring(L, (const char *)answer->data, answer->size);
    return 1;
}

/*
 * file:map_read(offset, length) -> bytes of what the guest has mapped, at most
 * 4056 at a time; nil, "ENODEV" when the node is gone.  Waits.
 */
static int file_map_read(lua_State *L)
{
    struct hl_fileop *op = check_view(L);
    lua_Integer offset = luaL_checkinteger(L, 2);
    lua_Integer length = luaL_checkinteger(L, 3);
    struct hl_task *task;

    luaL_argcheck(L, length >= 0 && length <= (lua_Integer)MAP_PIECE, 3,
                  "from 0 to 4056 bytes at a time");
    check_range(L, op->how, offset, (lua_Unsigned)length);
    task = hl_coroutine_may_wait(L, "file:map_read");
    ask_map(L, task, HL_OP_MAP_READ, op->file, offset, NULL, (size_t)length);
    return hl_coroutine_wait(L, 0, map_read_done);
}

static int map_write_done(lua_State *L, int status, lua_KContext size)
{
    const struct hl_answer *answer = hl_coroutine_answer(L);

    if (answer->resp != HL_RESP_OK) {
        return push_failure(L, answer);
    }
    lua_pushinteger(L, (lua_Integer)size);
    return 1;
}

/* file:map_write(offset, bytes) -> how many were written.  Waits. */
static int file_map_write(lua_State *L)
{
    struct hl_fileop *op = check_view(L);
    lua_Integer offset = luaL_checkinteger(L, 2);
    size_t size;
    const char *bytes = luaL_checklstring(L, 3, &size);
    struct hl_task *task;

    luaL_argcheck(L, size <= MAP_PIECE, 3, "at most 4056 bytes at a time");
    check_range(L, op->how, offset, size);
    task = hl_coroutine_may_wait(L, "file:map_write");
    ask_map(L, task, HL_OP_MAP_WRITE, op->file, offset, bytes, size);
    return hl_coroutine_wait(L, (lua_KContext)size, map_write_done);
}

/* file:wake(): who polls this file is to poll anew.  Does not wait. */
static int file_wake(lua_State *L)
{
    hl_file_wake(hl_script_of(L)->engine, check_view(L)->file);
    return 0;
}

/* --- the type ------------------------------------------------------------- */

struct field {
    const char *name;
    int (*get)(lua_State *L, struct hl_fileop *op);
};

static const struct field fields[] = {
    { "path", get_path },       { "pid", get_pid },
    { "tid", get_tid },         { "comm", get_comm },
    { "handle", get_handle },   { "flags", get_flags },
    { "state", get_state },     { "nonblock", get_nonblock },
    { "compat", get_compat },   { "size", get_size },
    { "node", get_node },
};

static const luaL_Reg methods[] = {
    { "wake", file_wake },
    { "map_read", file_map_read },
    { "map_write", file_map_write },
    { NULL, NULL },
};

void hl_push_file_fields(lua_State *L)
{
    lua_newtable(L);
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        lua_pushliteral(L, "read");
        lua_setfield(L, -2, fields[i].name);
    }
    for (const luaL_Reg *method = methods; method->name; method++) {
        lua_pushliteral(L, "method");
        lua_setfield(L, -2, method->name);
    }
}

/* Upvalue 1: the methods. */
static int index_file(lua_State *L)
{
    struct hl_fileop *op = check_view(L);
    const char *name = luaL_checkstring(L, 2);

    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (!strcmp(fields[i].name, name)) {
            return fields[i].get(L, op);
        }
    }
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL) {
        return luaL_error(L, "a file has no field '%s': there are path, size, "
                          "pid, tid, comm, handle, flags, nonblock, compat, "
                          "state, node", name);
    }
    return 1;
}

static int newindex_file(lua_State *L)
{
    return luaL_error(L, "file.%s cannot be set: file.state is a table of "
                      "your own, one per open file", luaL_checkstring(L, 2));
}

static int tostring_file(lua_State *L)
{
    lua_pushfstring(L, "file: %s", check_view(L)->file->path);
    return 1;
}

void hl_register_file(lua_State *L)
{
    luaL_newmetatable(L, TYPE);
    luaL_newlib(L, methods);
    lua_pushcclosure(L, index_file, 1);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, newindex_file);
    lua_setfield(L, -2, "__newindex");
    lua_pushcfunction(L, tostring_file);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, TYPE);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

void hl_file_push_view(lua_State *co, struct hl_task *task)
{
    struct view *view = lua_newuserdatauv(co, sizeof(*view), 0);

    *view = (struct view){ task, task->id };
    luaL_setmetatable(co, TYPE);
}
