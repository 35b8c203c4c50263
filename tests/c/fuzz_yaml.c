/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer over configurations: any text through libyaml and config.lua's
 * checks, in the state of a real engine.  The models are the real ones; files
 * are not added, and no host file is named but /dev/null.
 */
#include <glib.h>
#include <lauxlib.h>
#include <string.h>

#include "lua_yaml.h"
#include "played.h"
#include "script.h"

static const char prepare[] =
    "local core = require 'hyperlua.core'\n"
    "core.script = function() return { read = print } end\n"
    "core.scripts = function() return { 'fuzz.lua' } end\n"
    "local loaded, models = package.loaded\n"
    "local there, real = pcall(require, 'hyperlua.models')\n"
    "loaded['hyperlua.models'] = { make = function(op, name, args)\n"
    "  if args.filename then args.filename = '/dev/null' end\n"
    "  return there and real.make(op, name, args) or {}\n"
    "end, public = setmetatable({}, { __index = function()\n"
    "  return function() return {} end\n"
    "end }) }\n"
    "loaded['hyperlua.file'] = { add = function() end }\n"
    "loaded['hyperlua.config'] = nil\n"
    "require 'hyperlua.config'\n";

static struct hl_played *played;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    played = hl_played_new(hl_target_find("mipsel"), 1);
    g_assert(hl_played_run(played, "fuzz.lua", prepare,
                           strlen(prepare)) == 0);
    return 0;
}

/* Two values, or nil and one line. */
static void check_load(lua_State *L, const char *text, size_t size)
{
    hl_yaml_load(L, "f.yaml", text, size);
    g_assert(lua_gettop(L) == 2);
    if (lua_isnil(L, 1)) {
        g_assert(g_str_has_prefix(lua_tostring(L, 2), "f.yaml:"));
        g_assert(!strchr(lua_tostring(L, 2), '\n'));
    } else {
        g_assert(lua_istable(L, 2));
    }
    lua_settop(L, 0);
}

/* (text) -> whatever config.load gives; it must not raise. */
static void check_config(lua_State *L, const char *text, size_t size)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, "hyperlua.config");
    lua_getfield(L, -1, "load");
    lua_pushliteral(L, "f.yaml");
    lua_pushlstring(L, text, size);
    if (lua_pcall(L, 2, 2, 0) != LUA_OK) {
        g_error("config.load raised: %s", lua_tostring(L, -1));
    }
    g_assert(lua_isinteger(L, -2) || lua_isstring(L, -1));
    lua_settop(L, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hl_engine *engine = hl_played_engine(played);
    lua_State *L = engine->script->L;

    g_mutex_lock(&engine->lock);
    check_load(L, (const char *)data, size);
    check_config(L, (const char *)data, size);
    g_mutex_unlock(&engine->lock);
    g_ptr_array_set_size((GPtrArray *)hl_played_log(played), 0);
    return 0;
}
