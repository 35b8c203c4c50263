/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes and strings of a process's memory, in pieces that fit a mem_region.
 * Misuse raises; what the guest refuses is nil, its errno's name, and then what
 * could be read or how much was written.  Under engine->lock, as all that Lua
 * calls.
 */
#include "lua_portal.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "coroutine.h"
#include "direct.h"
#include "record/seen.h"
#include "script.h"
#include "task.h"

/* The longest read_bytes and read_str; a script's slip, not a need. */
#define LENGTH_MAX (16 << 20)
#define STR_DEFAULT 4096

/* What is read at once needs no buffer of Lua's. */
#define SMALL 4096

/* Stack slots of the functions that read in pieces. */
enum { ARG_ADDR = 1, ARG_SIZE = 2, ARG_BUFFER = 3 };

uint32_t hl_portal_pid(lua_State *L)
{
    return (uint32_t)lua_tointeger(L, lua_upvalueindex(1));
}

/* In hl.spawn's thread there is nobody whose memory could be meant. */
static void check_served(lua_State *L, const struct hl_task *task,
                         const char *function, uint32_t pid)
{
    if (pid == 0 && task->serves_nobody) {
        hl_coroutine_raise(L, "%s: no process is served here: say whose, with "
                           "portal.of(pid)", function);
    }
}

struct hl_task *hl_portal_task(lua_State *L, const char *function)
{
    struct hl_task *task = hl_coroutine_task(L, function);

    check_served(L, task, function, hl_portal_pid(L));
    return task;
}

struct hl_task *hl_portal_may_ask(lua_State *L, const char *function,
                                  uint32_t pid)
{
    struct hl_task *task = hl_coroutine_may_wait(L, function);

    check_served(L, task, function, pid);
    task->ask.pid = pid;
    return task;
}

int hl_portal_push_fault(lua_State *L, const struct hl_task *task)
{
    bool is_gone = task->answer.resp == HL_RESP_ERROR &&
                   task->answer.error == ESRCH;

    lua_pushnil(L);
    lua_pushstring(L, is_gone ? "ESRCH" : "EFAULT");
    return 2;
}

/* For the recording: a string that has ended, or bytes. */
static void note_read(lua_State *L, enum hl_op op, const void *bytes,
                      size_t size)
{
    bool ended = op == HL_OP_READ_STR &&
                 size < (size_t)lua_tointeger(L, ARG_SIZE);

    hl_seen_access(L, ended ? 's' : 'r', hl_portal_pid(L),
                   (uint64_t)lua_tointeger(L, ARG_ADDR), bytes, size);
}

static void note_written(lua_State *L, size_t size)
{
    hl_seen_access(L, 'w', hl_portal_pid(L),
                   (uint64_t)lua_tointeger(L, ARG_ADDR), lua_tostring(L, 2),
                   size);
}

/* --- the buffer ----------------------------------------------------------- */

/* A userdata at ARG_BUFFER, nil at first; its first done bytes are kept. */
static uint8_t *reserve(lua_State *L, size_t done, size_t room)
{
    size_t have = lua_rawlen(L, ARG_BUFFER);
    uint8_t *bytes;

    if (have >= done + room) {
        return lua_touserdata(L, ARG_BUFFER);
    }
    bytes = lua_newuserdatauv(L, MAX(2 * have, done + room), 0);
    if (done > 0) {
        memcpy(bytes, lua_touserdata(L, ARG_BUFFER), done);
    }
    lua_replace(L, ARG_BUFFER);
    return bytes;
}

static void append(lua_State *L, size_t done, const void *bytes, size_t size)
{
    if (size > 0) {
        memcpy(reserve(L, done, size) + done, bytes, size);
    }
}

static int push_read(lua_State *L, enum hl_op op, size_t done)
{
    const char *bytes = done > 0 ? lua_touserdata(L, ARG_BUFFER) : "";

    note_read(L, op, bytes, done);
    lua_pushlstring(L, bytes, done);
    return 1;
}

static int push_read_error(lua_State *L, const struct hl_task *task,
                           size_t done)
{
    hl_portal_push_fault(L, task);
    return 2 + push_read(L, HL_OP_READ, done);
}

/* --- reading -------------------------------------------------------------- */

static uint64_t addr_of(lua_State *L, size_t done)
{
    return (uint64_t)lua_tointeger(L, ARG_ADDR) + done;
}

static size_t size_of(lua_State *L)
{
    return (size_t)lua_tointeger(L, ARG_SIZE);
}

static const char *name_of(enum hl_op op)
{
    return op == HL_OP_READ ? "portal.read_bytes" : "portal.read_str";
}

static int piece_done(lua_State *L, int status, lua_KContext context);

static int ask_piece(lua_State *L, enum hl_op op, size_t done)
{
    struct hl_task *task = hl_portal_may_ask(L, name_of(op), hl_portal_pid(L));

    task->ask.op = op;
    task->ask.addr = addr_of(L, done);
    task->ask.size = task->ask.want = (uint32_t)MIN(size_of(L) - done,
                                                    HL_CHUNK);
    hl_script_of(L)->engine->stats.reads_guest++;
    return hl_coroutine_wait(L, (lua_KContext)done, piece_done);
}

/* What can be had without the guest; how many bytes. */
static size_t read_at_once(lua_State *L, enum hl_op op, size_t done,
                           char bytes[SMALL], bool *ended)
{
    size_t size = MIN(SMALL, size_of(L) - done);
    struct hl_script *script = hl_script_of(L);

    if (hl_portal_pid(L) != 0) {
        return 0;
    }
    return op == HL_OP_READ
               ? hl_direct_read(script, addr_of(L, done), bytes, size)
               : hl_direct_read_str(script, addr_of(L, done), bytes, size,
                                    ended);
}

static int read_on(lua_State *L, enum hl_op op, size_t done)
{
    char bytes[SMALL];
    bool ended = false;
    size_t got;

    do {
        got = read_at_once(L, op, done, bytes, &ended);
        if (done == 0 && (ended || got == size_of(L))) {
            note_read(L, op, bytes, got);
            lua_pushlstring(L, bytes, got);
            return 1;
        }
        append(L, done, bytes, got);
        done += got;
    } while (got == sizeof(bytes) && !ended);
    return ended || done == size_of(L) ? push_read(L, op, done)
                                       : ask_piece(L, op, done);
}

static int piece_done(lua_State *L, int status, lua_KContext context)
{
    const struct hl_answer *answer = hl_coroutine_answer(L);
    const struct hl_task *task = hl_script_of(L)->running;
    enum hl_op op = task->ask.op;
    size_t done = (size_t)context;

    append(L, done, answer->data, answer->size);
    done += answer->size;
    if (op == HL_OP_READ_STR && answer->resp == HL_RESP_OK) {
        return push_read(L, op, done);
    }
    if (answer->resp != (op == HL_OP_READ ? HL_RESP_OK : HL_RESP_CUT) ||
        answer->size == 0) {
        return push_read_error(L, task, done);
    }
    return read_on(L, op, done);
}

static int read(lua_State *L, enum hl_op op)
{
    lua_Integer size;

    luaL_checkinteger(L, ARG_ADDR);
    size = luaL_checkinteger(L, ARG_SIZE);
    luaL_argcheck(L, size >= 0 && size <= LENGTH_MAX, ARG_SIZE,
                  "length must be from 0 to 16 MiB");
    if (size == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    hl_portal_task(L, name_of(op));
    lua_settop(L, ARG_SIZE);
    lua_pushnil(L);
    return read_on(L, op, 0);
}

static int portal_read_bytes(lua_State *L)
{
    return read(L, HL_OP_READ);
}

static int portal_read_str(lua_State *L)
{
    if (lua_isnoneornil(L, ARG_SIZE)) {
        lua_settop(L, ARG_ADDR);
        lua_pushinteger(L, STR_DEFAULT);
    }
    return read(L, HL_OP_READ_STR);
}

/* --- writing -------------------------------------------------------------- */

static int write_done(lua_State *L, int status, lua_KContext context);

static int write_on(lua_State *L, size_t done, const char *function)
{
    size_t size;
    const char *bytes = lua_tolstring(L, 2, &size);
    struct hl_task *task = hl_portal_may_ask(L, function, hl_portal_pid(L));

    task->ask.op = HL_OP_WRITE;
    task->ask.addr = addr_of(L, done);
    task->ask.data = bytes + done;
    task->ask.size = task->ask.data_size = (uint32_t)MIN(size - done, HL_CHUNK);
    hl_script_of(L)->engine->stats.writes++;
    return hl_coroutine_wait(L, (lua_KContext)done, write_done);
}

static int write_done(lua_State *L, int status, lua_KContext context)
{
    const struct hl_answer *answer = hl_coroutine_answer(L);
    size_t done = (size_t)context + answer->size;

    if (answer->resp != HL_RESP_OK || answer->size == 0) {
        note_written(L, done);
        hl_portal_push_fault(L, hl_script_of(L)->running);
        lua_pushinteger(L, (lua_Integer)done);
        return 3;
    }
    if (done < lua_rawlen(L, 2)) {
        return write_on(L, done, "portal.write_bytes");
    }
    note_written(L, done);
    lua_pushinteger(L, (lua_Integer)done);
    return 1;
}

static int portal_write_bytes(lua_State *L)
{
    luaL_checkinteger(L, 1);
    luaL_checkstring(L, 2);
    if (lua_rawlen(L, 2) == 0) {
        lua_pushinteger(L, 0);
        return 1;
    }
    return write_on(L, 0, "portal.write_bytes");
}

/* With its NUL, so that the guest's program sees a string that ends. */
static int portal_write_str(lua_State *L)
{
    luaL_checkinteger(L, 1);
    luaL_checkstring(L, 2);
    lua_settop(L, 2);
    lua_pushlstring(L, "", 1);
    lua_concat(L, 2);
    return write_on(L, 0, "portal.write_str");
}

/* --- entry points --------------------------------------------------------- */

int hl_core_portal(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "read_bytes", portal_read_bytes },
        { "read_str", portal_read_str },
        { "write_bytes", portal_write_bytes },
        { "write_str", portal_write_str },
        { NULL, NULL },
    };
    uint32_t pid = (uint32_t)luaL_checkinteger(L, 1);

    lua_createtable(L, 0, 24);
    lua_pushinteger(L, pid);
    luaL_setfuncs(L, functions, 1);
    hl_portal_set_integers(L, pid);
    return 1;
}

int hl_core_word(lua_State *L)
{
    const struct hl_script *script = hl_script_of(L);

    lua_pushinteger(L, script->running ? script->running->word_bytes
                                       : script->engine->target->word_bits / 8);
    return 1;
}

int hl_core_direct(lua_State *L)
{
    struct hl_engine *engine = hl_script_of(L)->engine;
    bool was = engine->direct;

    luaL_checktype(L, 1, LUA_TBOOLEAN);
    engine->direct = lua_toboolean(L, 1) && engine->target->direct_reads;
    lua_pushboolean(L, was);
    return 1;
}
