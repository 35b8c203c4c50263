/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See persist.h.  A table that stands for another is empty itself: its
 * metamethods go to the table in the keeping state.  A userdata, in a table by
 * the standing one, holds the kept one for as long as the script has it.
 */
#include "persist.h"

#include <lauxlib.h>
#include <string.h>

#include "coroutine.h"
#include "plain.h"
#include "script.h"

/* Metatables of a standing table, and of what holds the kept one. */
#define TYPE "hyperlua.persist"
#define HOLD "hyperlua.persist.hold"
/* Weak: standing table -> hold; and kept table -> standing table. */
#define HOLDS "hyperlua.persist.holds"
#define STANDING "hyperlua.persist.standing"

struct hold {
    int ref;                    /* the kept table, in the keeper's registry */
};

static lua_State *keeper_of(lua_State *L)
{
    return hl_script_of(L)->engine->persist;
}

lua_State *hl_persist_new(void)
{
    lua_State *keeper = luaL_newstate();

    g_assert(keeper);
    return keeper;
}

/* Collected, be it in the middle of anything. */
static int let_go(lua_State *L)
{
    const struct hold *hold = luaL_checkudata(L, 1, HOLD);
    struct hl_script *script = hl_script_of(L);
    bool alone = script->unlocked;

    if (alone) {
        g_mutex_lock(&script->engine->lock);
    }
    luaL_unref(script->engine->persist, LUA_REGISTRYINDEX, hold->ref);
    if (alone) {
        g_mutex_unlock(&script->engine->lock);
    }
    return 0;
}

/* The table on top of the keeper, as one of L's. */
static void push_standing(lua_State *L, lua_State *keeper)
{
    const void *kept = lua_topointer(keeper, -1);
    struct hold *hold;

    lua_getfield(L, LUA_REGISTRYINDEX, STANDING);
    if (lua_rawgetp(L, -1, kept) == LUA_TTABLE) {
        lua_remove(L, -2);
        return;
    }
    lua_pop(L, 1);
    lua_newtable(L);
    luaL_setmetatable(L, TYPE);
    lua_getfield(L, LUA_REGISTRYINDEX, HOLDS);
    lua_pushvalue(L, -2);
    hold = lua_newuserdatauv(L, sizeof(*hold), 0);
    hold->ref = LUA_NOREF;
    luaL_setmetatable(L, HOLD);
    lua_pushvalue(keeper, -1);
    hold->ref = luaL_ref(keeper, LUA_REGISTRYINDEX);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, -3, kept);
    lua_remove(L, -2);
}

/* Pushes what the standing table at index stands for; false: it is none. */
static bool push_kept(lua_State *L, int index, lua_State *keeper)
{
    const struct hold *hold;

    if (!lua_checkstack(L, 3)) {
        return false;
    }
    lua_getfield(L, LUA_REGISTRYINDEX, HOLDS);
    lua_pushvalue(L, index);
    lua_rawget(L, -2);
    hold = luaL_testudata(L, -1, HOLD);
    lua_pop(L, 2);
    if (hold) {
        lua_rawgeti(keeper, LUA_REGISTRYINDEX, hold->ref);
    }
    return hold != NULL;
}

/* The value on top of the keeper, taken off there. */
static int give(lua_State *L, lua_State *keeper)
{
    if (lua_type(keeper, -1) == LUA_TTABLE) {
        push_standing(L, keeper);
    } else {
        hl_plain_copy(keeper, -1, L, HL_PLAIN_RAISE);
    }
    lua_pop(keeper, 1);
    return 1;
}

/* --- in the keeper's state ------------------------------------------------ */

static void copy_in(lua_State *L, int index, lua_State *keeper)
{
    hl_plain_copy_with(L, index, keeper, HL_PLAIN_RAISE, push_kept);
}

static void kept_table(lua_State *keeper, lua_State *L)
{
    if (!push_kept(L, 1, keeper)) {
        luaL_error(keeper, "this is no table of hl.persist");
    }
}

static int keeper_get(lua_State *keeper)
{
    lua_State *L = lua_touserdata(keeper, 1);

    kept_table(keeper, L);
    copy_in(L, 2, keeper);
    lua_rawget(keeper, -2);
    return 1;
}

/* What Lua's allocator has, and what is to come. */
static void check_room(lua_State *keeper, lua_State *L)
{
    size_t size = lua_type(L, 3) == LUA_TSTRING ? lua_rawlen(L, 3) : 0;

    for (int i = 0; i < 2; i++) {
        if ((size_t)lua_gc(keeper, LUA_GCCOUNT) * 1024 + size <=
            HL_PERSIST_MAX) {
            return;
        }
        lua_gc(keeper, LUA_GCCOLLECT);
    }
    luaL_error(keeper, "it is full: it keeps %d MiB at most",
               HL_PERSIST_MAX >> 20);
}

static int keeper_set(lua_State *keeper)
{
    lua_State *L = lua_touserdata(keeper, 1);

    kept_table(keeper, L);
    if (lua_type(L, 2) == LUA_TTABLE) {
        luaL_error(keeper, "a key is a string, a number or a boolean");
    }
    check_room(keeper, L);
    copy_in(L, 2, keeper);
    copy_in(L, 3, keeper);
    if (lua_isnil(keeper, -2)) {
        luaL_error(keeper, "a key cannot be nil");
    }
    lua_rawset(keeper, -3);
    check_room(keeper, L);
    return 0;
}

static int keeper_len(lua_State *keeper)
{
    kept_table(keeper, lua_touserdata(keeper, 1));
    lua_pushinteger(keeper, (lua_Integer)lua_rawlen(keeper, -1));
    return 1;
}

/* -> the next key and value, or nil and nil */
static int keeper_next(lua_State *keeper)
{
    lua_State *L = lua_touserdata(keeper, 1);

    kept_table(keeper, L);
    copy_in(L, 2, keeper);
    if (!lua_next(keeper, -2)) {
        lua_pushnil(keeper);
        lua_pushnil(keeper);
    }
    return 2;
}

/* (L, the root's name) */
static int keeper_root(lua_State *keeper)
{
    luaL_getsubtable(keeper, LUA_REGISTRYINDEX, lua_tostring(keeper, 2));
    return 1;
}

/* Runs function there, so that nothing raised there gets out. */
static lua_State *call(lua_State *L, lua_CFunction function, const char *name,
                       int results)
{
    lua_State *keeper = keeper_of(L);

    lua_settop(keeper, 0);
    lua_pushcfunction(keeper, function);
    lua_pushlightuserdata(keeper, L);
    lua_pushstring(keeper, name);
    if (lua_pcall(keeper, 2, results, 0) != LUA_OK) {
        lua_pushfstring(L, "hl.persist: %s", lua_tostring(keeper, -1));
        lua_settop(keeper, 0);
        hl_coroutine_raise(L, "%s", lua_tostring(L, -1));
    }
    return keeper;
}

/* --- in the script's ------------------------------------------------------ */

static int get(lua_State *L)
{
    lua_settop(L, 2);
    return give(L, call(L, keeper_get, NULL, 1));
}

static int set(lua_State *L)
{
    lua_settop(L, 3);
    call(L, keeper_set, NULL, 0);
    return 0;
}

static int length(lua_State *L)
{
    lua_settop(L, 1);
    return give(L, call(L, keeper_len, NULL, 1));
}

/* (table, key) -> next key, value */
static int next_pair(lua_State *L)
{
    lua_State *keeper;

    lua_settop(L, 2);
    keeper = call(L, keeper_next, NULL, 2);
    give(L, keeper);
    give(L, keeper);
    lua_insert(L, -2);
    return 2;
}

/* Upvalue 1: next_pair, as it can be called without the lock. */
static int pairs(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

int hl_core_persist(lua_State *L)
{
    return give(L, call(L, keeper_root, luaL_checkstring(L, 1), 1));
}

static void new_weak_table(lua_State *L, const char *mode, const char *name)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushstring(L, mode);
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, name);
}

void hl_register_persist(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "__index", get },
        { "__newindex", set },
        { "__len", length },
        { "next", next_pair },
        { NULL, NULL },
    };

    luaL_newmetatable(L, HOLD);
    lua_pushcfunction(L, let_go);
    lua_setfield(L, -2, "__gc");
    luaL_newmetatable(L, TYPE);
    hl_script_set_functions(L, functions);
    lua_getfield(L, -1, "next");
    lua_pushcclosure(L, pairs, 1);
    lua_setfield(L, -2, "__pairs");
    lua_pushliteral(L, TYPE);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
    new_weak_table(L, "k", HOLDS);
    new_weak_table(L, "v", STANDING);
}
