/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Integers of a process's memory, in its order: byte 1, word 2, int 4, long 8,
 * ptr as many bytes as its program's pointers have.  Read without a sign.
 * Under engine->lock, as all that Lua calls.
 */
#include "lua_portal.h"

#include <lauxlib.h>

#include "coroutine.h"
#include "direct.h"
#include "guest_order.h"
#include "record/seen.h"
#include "script.h"
#include "task.h"

/* The stack slot of the bytes to be written. */
#define ARG_BYTES 3

/* In place of a size: that of the program's pointers. */
#define POINTER 0

struct integer {
    const char *read;           /* the functions' names, for errors */
    const char *write;
    unsigned size;              /* bytes, or POINTER */
};

static const struct integer integers[] = {
    { "portal.read_byte", "portal.write_byte", 1 },
    { "portal.read_word", "portal.write_word", 2 },
    { "portal.read_int", "portal.write_int", 4 },
    { "portal.read_long", "portal.write_long", 8 },
    { "portal.read_ptr", "portal.write_ptr", POINTER },
};

/* The second upvalue: which of them it is. */
static const struct integer *integer_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(2));
}

static unsigned size_for(const struct integer *integer,
                         const struct hl_task *task)
{
    return integer->size == POINTER ? task->word_bytes : integer->size;
}

static int push_integer(lua_State *L, const void *bytes, size_t size)
{
    bool big_endian = hl_script_of(L)->engine->target->big_endian;

    hl_seen_access(L, 'r', hl_portal_pid(L), (uint64_t)lua_tointeger(L, 1),
                   bytes, size);
    lua_pushinteger(L, (lua_Integer)hl_order_load(bytes, size, big_endian));
    return 1;
}

/* context: how many bytes the integer has. */
static int read_done(lua_State *L, int status, lua_KContext context)
{
    const struct hl_answer *answer = hl_coroutine_answer(L);

    if (answer->resp != HL_RESP_OK || answer->size != (uint32_t)context) {
        return hl_portal_push_fault(L, hl_script_of(L)->running);
    }
    return push_integer(L, answer->data, (size_t)context);
}

static int portal_read(lua_State *L)
{
    const struct integer *integer = integer_of(L);
    uint64_t addr = (uint64_t)luaL_checkinteger(L, 1);
    struct hl_script *script = hl_script_of(L);
    uint32_t pid = hl_portal_pid(L);
    struct hl_task *task = hl_portal_task(L, integer->read);
    unsigned size = size_for(integer, task);
    char bytes[8];

    if (pid == 0 && hl_direct_read(script, addr, bytes, size) == size) {
        return push_integer(L, bytes, size);
    }
    task = hl_portal_may_ask(L, integer->read, pid);
    task->ask.op = HL_OP_READ;
    task->ask.addr = addr;
    task->ask.size = task->ask.want = size;
    script->engine->stats.reads_guest++;
    return hl_coroutine_wait(L, (lua_KContext)size, read_done);
}

static int write_done(lua_State *L, int status, lua_KContext context)
{
    const struct hl_answer *answer = hl_coroutine_answer(L);
    int results = 0;

    hl_seen_access(L, 'w', hl_portal_pid(L), (uint64_t)lua_tointeger(L, 1),
                   lua_tostring(L, ARG_BYTES), answer->size);
    if (answer->resp != HL_RESP_OK || answer->size != (uint32_t)context) {
        results = hl_portal_push_fault(L, hl_script_of(L)->running);
    }
    lua_pushinteger(L, answer->size);
    return results + 1;
}

/* What fits the size, signed or unsigned. */
static void check_fits(lua_State *L, lua_Integer value, unsigned size)
{
    unsigned bits = 8 * size;

    if (size < 8 && (value < -(1LL << (bits - 1)) || value >= 1LL << bits)) {
        luaL_argerror(L, 2, lua_pushfstring(L, "it does not fit %d bits",
                                            (int)bits));
    }
}

/* The bytes go through a string on the stack: they outlive this call. */
static int portal_write(lua_State *L)
{
    const struct integer *integer = integer_of(L);
    uint64_t addr = (uint64_t)luaL_checkinteger(L, 1);
    lua_Integer value = luaL_checkinteger(L, 2);
    struct hl_engine *engine = hl_script_of(L)->engine;
    struct hl_task *task = hl_portal_may_ask(L, integer->write,
                                             hl_portal_pid(L));
    unsigned size = size_for(integer, task);
    char bytes[8];

    check_fits(L, value, size);
    lua_settop(L, ARG_BYTES - 1);
    hl_order_store(bytes, (uint64_t)value, size, engine->target->big_endian);
    task->ask.op = HL_OP_WRITE;
    task->ask.addr = addr;
    task->ask.data = lua_pushlstring(L, bytes, size);
    task->ask.size = task->ask.data_size = size;
    engine->stats.writes++;
    return hl_coroutine_wait(L, (lua_KContext)size, write_done);
}

static void set_integer(lua_State *L, uint32_t pid, const char *name,
                        lua_CFunction function, const struct integer *integer)
{
    lua_pushinteger(L, pid);
    lua_pushlightuserdata(L, (void *)integer);
    lua_pushcclosure(L, function, 2);
    lua_setfield(L, -2, name + sizeof("portal.") - 1);
}

void hl_portal_set_integers(lua_State *L, uint32_t pid)
{
    for (size_t i = 0; i < G_N_ELEMENTS(integers); i++) {
        set_integer(L, pid, integers[i].read, portal_read, &integers[i]);
        set_integer(L, pid, integers[i].write, portal_write, &integers[i]);
    }
}
