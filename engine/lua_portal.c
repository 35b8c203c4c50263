/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hl.portal: the memory of the process being served, through its own kernel.
 * Every function waits for the guest.  Misuse raises; what the guest refuses
 * is nil, "EFAULT", and then what could be read or how much was written.
 */
#include "lua_portal.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "coroutine.h"
#include "guest_order.h"
#include "script.h"
#include "task.h"

/* The longest read_bytes and read_str; a script's slip, not a need. */
#define LENGTH_MAX (16 << 20)
#define STR_DEFAULT 4096

/* A long read joins its pieces when there are so many. */
#define PIECES_MAX 64

/* Stack slots of the functions that work in chunks. */
enum { ARG_ADDR = 1, ARG_SIZE = 2, ARG_PIECES = 3 };

static uint64_t check_length(lua_State *L, int arg)
{
    lua_Integer length = luaL_checkinteger(L, arg);

    luaL_argcheck(L, length >= 0 && length <= LENGTH_MAX, arg,
                  "length must be from 0 to 16 MiB");
    return (uint64_t)length;
}

static int push_fault(lua_State *L)
{
    lua_pushnil(L);
    lua_pushliteral(L, "EFAULT");
    return 2;
}

static bool big_endian(lua_State *L)
{
    return hl_script_of(L)->engine->target->big_endian;
}

/* --- integers ------------------------------------------------------------ */

/* context: how many bytes the integer has. */
static int read_integer_done(lua_State *L, int status, lua_KContext context)
{
    const struct hl_answer *answer = hl_coroutine_answer(L);

    if (answer->resp != HL_RESP_OK || answer->size != (uint32_t)context) {
        return push_fault(L);
    }
    lua_pushinteger(L, (lua_Integer)hl_order_load(answer->data,
                                                  (size_t)context,
                                                  big_endian(L)));
    return 1;
}

static int read_integer(lua_State *L, const char *function, unsigned size)
{
    uint64_t addr = (uint64_t)luaL_checkinteger(L, 1);
    struct hl_task *task = hl_coroutine_may_wait(L, function);

    task->ask.op = HL_OP_READ;
    task->ask.addr = addr;
    task->ask.size = task->ask.want = size;
    return hl_coroutine_wait(L, size, read_integer_done);
}

static int write_done(lua_State *L, int status, lua_KContext context)
{
    const struct hl_answer *answer = hl_coroutine_answer(L);

    if (answer->resp != HL_RESP_OK || answer->size != (uint32_t)context) {
        push_fault(L);
        lua_pushinteger(L, answer->size);
        return 3;
    }
    lua_pushinteger(L, answer->size);
    return 1;
}

/* What fits the size, signed or unsigned. */
static void check_fits(lua_State *L, lua_Integer value, unsigned size)
{
    luaL_argcheck(L, size > 4 || (value >= INT32_MIN && value <= UINT32_MAX),
                  2, "it does not fit 32 bits");
}

/* The bytes go through a string on the stack: they outlive this call. */
static int write_integer(lua_State *L, const char *function, unsigned size)
{
    uint64_t addr = (uint64_t)luaL_checkinteger(L, 1);
    lua_Integer value = luaL_checkinteger(L, 2);
    struct hl_task *task;
    char bytes[8];

    check_fits(L, value, size);
    task = hl_coroutine_may_wait(L, function);
    hl_order_store(bytes, (uint64_t)value, size, big_endian(L));
    task->ask.op = HL_OP_WRITE;
    task->ask.addr = addr;
    task->ask.data = lua_pushlstring(L, bytes, size);
    task->ask.size = task->ask.data_size = size;
    return hl_coroutine_wait(L, size, write_done);
}

static unsigned word_size(lua_State *L)
{
    return hl_script_of(L)->engine->target->word_bits / 8;
}

static int portal_read_int(lua_State *L)
{
    return read_integer(L, "portal.read_int", 4);
}

static int portal_read_long(lua_State *L)
{
    return read_integer(L, "portal.read_long", 8);
}

static int portal_read_ptr(lua_State *L)
{
    return read_integer(L, "portal.read_ptr", word_size(L));
}

static int portal_write_int(lua_State *L)
{
    return write_integer(L, "portal.write_int", 4);
}

static int portal_write_long(lua_State *L)
{
    return write_integer(L, "portal.write_long", 8);
}

static int portal_write_ptr(lua_State *L)
{
    return write_integer(L, "portal.write_ptr", word_size(L));
}

/* --- bytes and strings, in chunks ---------------------------------------- */

/* The pieces above ARG_SIZE become one string. */
static void join(lua_State *L)
{
    lua_concat(L, lua_gettop(L) - ARG_SIZE);
}

static uint64_t read_so_far(lua_State *L)
{
    uint64_t size = 0;

    for (int i = ARG_PIECES; i <= lua_gettop(L); i++) {
        size += lua_rawlen(L, i);
    }
    return size;
}

static void push_piece(lua_State *L, const struct hl_answer *answer)
{
    luaL_checkstack(L, PIECES_MAX + LUA_MINSTACK, NULL);
    if (lua_gettop(L) - ARG_SIZE >= PIECES_MAX) {
        join(L);
    }
    lua_pushlstring(L, (const char *)answer->data, answer->size);
}

static int read_chunk_done(lua_State *L, int status, lua_KContext op);

static int read_chunk(lua_State *L, enum hl_op op)
{
    uint64_t done = read_so_far(L);
    uint64_t left = (uint64_t)lua_tointeger(L, ARG_SIZE) - done;
    struct hl_task *task = hl_coroutine_may_wait(L, op == HL_OP_READ
                                                     ? "portal.read_bytes"
                                                     : "portal.read_str");

    task->ask.op = op;
    task->ask.addr = (uint64_t)lua_tointeger(L, ARG_ADDR) + done;
    task->ask.size = task->ask.want = (uint32_t)MIN(left, HL_CHUNK);
    return hl_coroutine_wait(L, op, read_chunk_done);
}

static int read_chunk_done(lua_State *L, int status, lua_KContext op)
{
    const struct hl_answer *answer = hl_coroutine_answer(L);
    bool more = op == HL_OP_READ ? answer->resp == HL_RESP_OK
                                 : answer->resp == HL_RESP_CUT;

    push_piece(L, answer);
    if (answer->resp == HL_RESP_ERROR || answer->resp == HL_RESP_PARTIAL ||
        (more && answer->size == 0)) {
        join(L);
        push_fault(L);
        lua_rotate(L, -3, 2);
        return 3;
    }
    if (more && read_so_far(L) < (uint64_t)lua_tointeger(L, ARG_SIZE)) {
        return read_chunk(L, (enum hl_op)op);
    }
    join(L);
    return 1;
}

static int portal_read_bytes(lua_State *L)
{
    luaL_checkinteger(L, ARG_ADDR);
    check_length(L, ARG_SIZE);
    lua_settop(L, ARG_SIZE);
    if (lua_tointeger(L, ARG_SIZE) == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    return read_chunk(L, HL_OP_READ);
}

static int portal_read_str(lua_State *L)
{
    luaL_checkinteger(L, ARG_ADDR);
    if (lua_isnoneornil(L, ARG_SIZE)) {
        lua_settop(L, ARG_ADDR);
        lua_pushinteger(L, STR_DEFAULT);
    }
    check_length(L, ARG_SIZE);
    lua_settop(L, ARG_SIZE);
    if (lua_tointeger(L, ARG_SIZE) == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    return read_chunk(L, HL_OP_READ_STR);
}

static int write_chunk_done(lua_State *L, int status, lua_KContext done);

static int write_chunk(lua_State *L, size_t done, const char *function)
{
    size_t size;
    const char *bytes = lua_tolstring(L, 2, &size);
    struct hl_task *task = hl_coroutine_may_wait(L, function);

    task->ask.op = HL_OP_WRITE;
    task->ask.addr = (uint64_t)lua_tointeger(L, 1) + done;
    task->ask.data = bytes + done;
    task->ask.size = task->ask.data_size = (uint32_t)MIN(size - done, HL_CHUNK);
    return hl_coroutine_wait(L, (lua_KContext)done, write_chunk_done);
}

static int write_chunk_done(lua_State *L, int status, lua_KContext done)
{
    const struct hl_answer *answer = hl_coroutine_answer(L);
    size_t written = (size_t)done + answer->size;

    if (answer->resp != HL_RESP_OK || answer->size == 0) {
        push_fault(L);
        lua_pushinteger(L, (lua_Integer)written);
        return 3;
    }
    if (written < lua_rawlen(L, 2)) {
        return write_chunk(L, written, "portal.write");
    }
    lua_pushinteger(L, (lua_Integer)written);
    return 1;
}

static int write_string(lua_State *L, const char *function)
{
    if (lua_rawlen(L, 2) == 0) {
        lua_pushinteger(L, 0);
        return 1;
    }
    return write_chunk(L, 0, function);
}

static int portal_write_bytes(lua_State *L)
{
    luaL_checkinteger(L, 1);
    luaL_checkstring(L, 2);
    return write_string(L, "portal.write_bytes");
}

/* With its NUL, so that the guest's program sees a string that ends. */
static int portal_write_str(lua_State *L)
{
    luaL_checkinteger(L, 1);
    luaL_checkstring(L, 2);
    lua_settop(L, 2);
    lua_pushlstring(L, "", 1);
    lua_concat(L, 2);
    return write_string(L, "portal.write_str");
}

int hl_open_portal(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "read_bytes", portal_read_bytes },
        { "read_str", portal_read_str },
        { "read_int", portal_read_int },
        { "read_long", portal_read_long },
        { "read_ptr", portal_read_ptr },
        { "write_bytes", portal_write_bytes },
        { "write_str", portal_write_str },
        { "write_int", portal_write_int },
        { "write_long", portal_write_long },
        { "write_ptr", portal_write_ptr },
        { NULL, NULL },
    };

    luaL_newlib(L, functions);
    return 1;
}
