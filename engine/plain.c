/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See plain.h. */
#include "plain.h"

#include <lauxlib.h>

#define DEPTH_MAX 100

struct copy {
    lua_State *from;
    lua_State *to;
    enum hl_plain how;
    bool (*stands_for)(lua_State *from, int index, lua_State *to);
    int seen;                   /* index in to: table of from -> its copy */
    int depth;
};

static bool copy_value(struct copy *copy, int index);

static bool refuse(struct copy *copy, const char *what)
{
    if (copy->how == HL_PLAIN_RAISE) {
        luaL_error(copy->to, "only plain data can be kept (nil, booleans, "
                   "numbers, strings, and tables of them), not %s", what);
    }
    return false;
}

/* The pairs of the table on top of from, into that on top of to. */
static void copy_pairs(struct copy *copy)
{
    lua_State *from = copy->from;
    int table = lua_gettop(from);

    lua_pushnil(from);
    while (lua_next(from, table)) {
        if (copy_value(copy, -2)) {
            if (copy_value(copy, -1)) {
                lua_rawset(copy->to, -3);
            } else {
                lua_pop(copy->to, 1);
            }
        }
        lua_pop(from, 1);
    }
}

static bool copy_table(struct copy *copy, int index)
{
    lua_State *from = copy->from;
    lua_State *to = copy->to;

    if (copy->stands_for && copy->stands_for(from, index, to)) {
        return true;
    }
    if (lua_getmetatable(from, index)) {
        lua_pop(from, 1);
        return refuse(copy, "a table with a metatable");
    }
    if (lua_rawgetp(to, copy->seen, lua_topointer(from, index)) != LUA_TNIL) {
        return true;
    }
    lua_pop(to, 1);
    if (copy->depth == DEPTH_MAX || !lua_checkstack(from, 8)) {
        luaL_error(to, "tables of more than %d levels cannot be kept",
                   DEPTH_MAX);
    }
    luaL_checkstack(to, 8, "plain data");
    lua_newtable(to);
    lua_pushvalue(to, -1);
    lua_rawsetp(to, copy->seen, lua_topointer(from, index));
    lua_pushvalue(from, index);
    copy->depth++;
    copy_pairs(copy);
    copy->depth--;
    lua_pop(from, 1);
    return true;
}

static bool copy_value(struct copy *copy, int index)
{
    lua_State *from = copy->from;
    lua_State *to = copy->to;
    const char *text;
    size_t size;

    switch (lua_type(from, index)) {
    case LUA_TNIL:
        lua_pushnil(to);
        return true;
    case LUA_TBOOLEAN:
        lua_pushboolean(to, lua_toboolean(from, index));
        return true;
    case LUA_TNUMBER:
        if (lua_isinteger(from, index)) {
            lua_pushinteger(to, lua_tointeger(from, index));
        } else {
            lua_pushnumber(to, lua_tonumber(from, index));
        }
        return true;
    case LUA_TSTRING:
        text = lua_tolstring(from, index, &size);
        lua_pushlstring(to, text, size);
        return true;
    case LUA_TTABLE:
        return copy_table(copy, lua_absindex(from, index));
    default:
        return refuse(copy, luaL_typename(from, index));
    }
}

void hl_plain_copy_with(lua_State *from, int index, lua_State *to,
                        enum hl_plain how,
                        bool (*stands_for)(lua_State *from, int index,
                                           lua_State *to))
{
    struct copy copy = { from, to, how, stands_for, 0, 0 };

    luaL_checkstack(to, 8, "plain data");
    if (!lua_checkstack(from, 8)) {
        luaL_error(to, "no room for plain data");
    }
    lua_newtable(to);
    copy.seen = lua_gettop(to);
    if (!copy_value(&copy, lua_absindex(from, index))) {
        lua_pushnil(to);
    }
    lua_remove(to, copy.seen);
}

void hl_plain_copy(lua_State *from, int index, lua_State *to,
                   enum hl_plain how)
{
    hl_plain_copy_with(from, index, to, how, NULL);
}
