/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions of the scripts, as a spec has them loaded and watched. */
#include "lua_reload.h"

#include <lauxlib.h>

#include "lua_world.h"
#include "faults.h"
#include "heap.h"
#include "load.h"
#include "script.h"
#include "state.h"
#include "swap.h"
#include "watch.h"

static const char *field(lua_State *L, const char *name)
{
    lua_getfield(L, 2, name);
    return luaL_optstring(L, -1, NULL);
}

/* guest:sources{ script =, models =, config = }: what guest:reload loads */
static int sources(lua_State *L)
{
    struct hl_played *played = hl_lua_played(L);
    struct hl_script_source script = { .file = field(L, "script") };
    struct hl_sources sources = {
        .scripts = &script,
        .count = script.file != NULL,
        .models = field(L, "models"),
        .config = field(L, "config"),
    };

    luaL_argcheck(L, !played->reload, 2, "the sources are known already");
    played->reload = hl_reload_new(played->engine, &sources);
    return 0;
}

static struct hl_reload *check_reload(lua_State *L)
{
    struct hl_played *played = hl_lua_played(L);

    luaL_argcheck(L, played->reload, 1, "guest:sources comes first");
    luaL_argcheck(L, !played->watch, 1, "it is being watched already");
    return played->reload;
}

/* guest:reload() -> true or false; the log says why */
static int reload(lua_State *L)
{
    g_autofree char *failed = NULL;

    lua_pushboolean(L, hl_reload_run(check_reload(L), &failed) == 0);
    return 1;
}

/* guest:make_version(): what is loaded from now on is of another version */
static int make_version(lua_State *L)
{
    struct hl_played *played = hl_lua_played(L);

    luaL_argcheck(L, !played->loading, 1, "a version is being made already");
    played->loading = hl_script_new(played->engine);
    return 0;
}

/* guest:end_version(is it good): which serves from now on, or is dropped */
static int end_version(lua_State *L)
{
    struct hl_played *played = hl_lua_played(L);
    struct hl_script *script = g_steal_pointer(&played->loading);
    bool good;

    luaL_argcheck(L, script, 1, "guest:make_version comes first");
    good = lua_toboolean(L, 2) && hl_load_made(script) == 0;
    if (good) {
        hl_heap_settle(script);
    }
    g_mutex_lock(&played->engine->lock);
    if (good) {
        hl_swap_begin(played->engine, script);
    } else {
        hl_script_unuse(script);
    }
    g_mutex_unlock(&played->engine->lock);
    hl_scripts_bury(played->engine);
    lua_pushboolean(L, good);
    return 1;
}

/* guest:watch(): from now on a change of a file is noticed */
static int watch(lua_State *L)
{
    struct hl_reload *reload = check_reload(L);
    char *error = NULL;

    hl_lua_played(L)->watch = hl_watch_start(reload, &error);
    if (error) {
        lua_pushstring(L, error);
        g_free(error);
        return lua_error(L);
    }
    return 0;
}

/*
 * guest:version([at least, seconds]) -> the one that serves: waits for a
 * version that the watching thread is to load
 */
static int version(lua_State *L)
{
    struct hl_engine *engine = hl_lua_played(L)->engine;
    lua_Integer wanted = luaL_optinteger(L, 2, 0);
    gint64 end = g_get_monotonic_time() +
                 (gint64)(luaL_optnumber(L, 3, 5) * G_USEC_PER_SEC);
    lua_Integer now;

    do {
        g_mutex_lock(&engine->lock);
        now = engine->script->version;
        g_mutex_unlock(&engine->lock);
    } while (now < wanted && g_get_monotonic_time() < end &&
             (g_usleep(100), true));
    lua_pushinteger(L, now);
    return 1;
}

/* guest:versions() -> how many there are in memory */
static int versions(lua_State *L)
{
    struct hl_engine *engine = hl_lua_played(L)->engine;

    hl_scripts_bury(engine);
    g_mutex_lock(&engine->lock);
    lua_pushinteger(L, engine->scripts.length);
    g_mutex_unlock(&engine->lock);
    return 1;
}

/* guest:say_faults(): how often they came again, as at the end */
static int say_faults(lua_State *L)
{
    struct hl_engine *engine = hl_lua_played(L)->engine;

    g_mutex_lock(&engine->lock);
    hl_faults_say(engine->script->faults);
    g_mutex_unlock(&engine->lock);
    return 0;
}

void hl_lua_reload(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "sources", sources }, { "reload", reload },
        { "watch", watch },     { "version", version },
        { "versions", versions }, { "say_faults", say_faults },
        { "make_version", make_version }, { "end_version", end_version },
        { NULL, NULL },
    };

    luaL_setfuncs(L, methods, 0);
}
