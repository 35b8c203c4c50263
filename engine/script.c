/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the Lua state: the standard libraries, the modules in lua/ (compiled
 * into the engine, so that the plugin is one file), and the C bindings.
 */
#include "script.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "embedded.h"
#include "log.h"
#include "lua_core.h"
#include "lua_portal.h"

static int load_embedded(lua_State *L)
{
    const struct hl_embedded *module = lua_touserdata(L, lua_upvalueindex(1));

    if (luaL_loadbuffer(L, module->text, module->size, module->chunk)) {
        return lua_error(L);
    }
    lua_pushstring(L, module->name);
    lua_call(L, 1, 1);
    return 1;
}

static void preload(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (const struct hl_embedded *m = hl_embedded; m->name; m++) {
        lua_pushlightuserdata(L, (void *)m);
        lua_pushcclosure(L, load_embedded, 1);
        lua_setfield(L, -2, m->name);
    }
    lua_pushcfunction(L, hl_open_core);
    lua_setfield(L, -2, "hyperlua.core");
    lua_pushcfunction(L, hl_open_portal);
    lua_setfield(L, -2, "hyperlua.portal");
    lua_pop(L, 1);
}

/* Runs with the libraries open: wraps coroutine.* and print. */
static int prepare(lua_State *L)
{
    luaL_openlibs(L);
    preload(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "hyperlua");
    lua_call(L, 1, 0);
    return 0;
}

struct hl_script *hl_script_new(struct hl_engine *engine)
{
    struct hl_script *script = g_new0(struct hl_script, 1);
    lua_State *L = luaL_newstate();

    g_assert(L);
    script->engine = engine;
    script->L = L;
    *(struct hl_script **)lua_getextraspace(L) = script;
    lua_pushcfunction(L, prepare);
    if (lua_pcall(L, 0, 0, 0)) {
        g_error("hyperlua: a built-in module: %s", lua_tostring(L, -1));
    }
    return script;
}

void hl_script_free(struct hl_script *script)
{
    lua_close(script->L);
    g_free(script);
}

/* package.path gets the script's folder, before all that is there. */
static void add_folder(lua_State *L, const char *file)
{
    g_autofree char *folder = g_path_get_dirname(file);

    lua_getglobal(L, "package");
    lua_getfield(L, -1, "path");
    if (!strstr(lua_tostring(L, -1), folder)) {
        lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", folder, folder,
                        lua_tostring(L, -1));
        lua_setfield(L, -3, "path");
    }
    lua_settop(L, 0);
}

static int add_traceback(lua_State *L)
{
    luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
    return 1;
}

static int run(struct hl_engine *engine, const char *file, const char *text,
               size_t size)
{
    lua_State *L = engine->script->L;
    g_autofree char *chunk = g_strconcat("@", file, NULL);
    int status;

    add_folder(L, file);
    lua_pushcfunction(L, add_traceback);
    status = luaL_loadbufferx(L, text, size, chunk, "t");
    if (status == LUA_OK) {
        hl_coroutine_limit(L);
        status = lua_pcall(L, 0, 0, 1);
    }
    if (status != LUA_OK) {
        hl_log(engine, HL_ERROR, "%s", lua_tostring(L, -1));
    }
    lua_settop(L, 0);
    return status == LUA_OK ? 0 : -EINVAL;
}

int hl_script_run(struct hl_engine *engine, const char *name, const char *text,
                  size_t size)
{
    int result;

    g_mutex_lock(&engine->lock);
    result = run(engine, name, text, size);
    g_mutex_unlock(&engine->lock);
    return result;
}

int hl_script_load(struct hl_engine *engine, const char *file)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    gsize size;

    if (!g_file_get_contents(file, &text, &size, &error)) {
        hl_log(engine, HL_ERROR, "script %s", error->message);
        return -ENOENT;
    }
    return hl_script_run(engine, file, text, size);
}
