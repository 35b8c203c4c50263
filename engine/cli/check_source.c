/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of hyperlua check that reads sources: lua/check, which is compiled
 * into the command with the texts of lua/meta.  One thread.
 */
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "check.h"
#include "cli.h"
#include "embedded.h"

#define TEXT "check.text."

/* A module of lua/check; or a text of lua/meta, which is a value by itself. */
static int load_module(lua_State *L)
{
    const struct hl_embedded *module = lua_touserdata(L, lua_upvalueindex(1));

    if (g_str_has_prefix(module->name, TEXT)) {
        lua_pushlstring(L, module->text, module->size);
        return 1;
    }
    if (luaL_loadbuffer(L, module->text, module->size, module->chunk)) {
        return lua_error(L);
    }
    lua_call(L, 0, 1);
    return 1;
}

static int prepare(lua_State *L)
{
    luaL_openlibs(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (const struct hl_embedded *m = hl_embedded_check; m->name; m++) {
        lua_pushlightuserdata(L, (void *)m);
        lua_pushcclosure(L, load_module, 1);
        lua_setfield(L, -2, m->name);
    }
    return 0;
}

lua_State *hl_check_source_new(void)
{
    lua_State *L = luaL_newstate();

    g_assert(L);
    lua_pushcfunction(L, prepare);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
        g_error("hyperlua: lua/check: %s", lua_tostring(L, -1));
    }
    return L;
}

/* What a call raises is our own mistake: which module, and where. */
static int fail(lua_State *L, const char *file, GError **error)
{
    hl_fail(error, "%s: it could not be read as Lua is: %s", file,
            lua_tostring(L, -1));
    lua_settop(L, 0);
    return -1;
}

int hl_check_source(lua_State *L, const char *file, gboolean is_models,
                    gboolean has_config, GError **error)
{
    g_autofree char *text = NULL;
    gsize size;
    int count;

    if (!g_file_get_contents(file, &text, &size, error)) {
        return -1;
    }
    lua_getglobal(L, "require");
    lua_pushliteral(L, "check");
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
        return fail(L, file, error);
    }
    lua_getfield(L, -1, "report");
    lua_pushstring(L, file);
    lua_pushlstring(L, text, size);
    lua_pushboolean(L, is_models);
    lua_pushboolean(L, has_config);
    if (lua_pcall(L, 4, 2, 0) != LUA_OK) {
        return fail(L, file, error);
    }
    count = (int)lua_tointeger(L, -2);
    fputs(lua_tostring(L, -1), stdout);
    lua_settop(L, 0);
    return count;
}
