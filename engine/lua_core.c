/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few functions below lua/hyperlua: log, clock, scripts, and the numbers of
 * the machine; hl_open_*() add the rest.  The Lua modules have checked what
 * scripts passed; what guards C is checked here again.
 */
#include "lua_core.h"

#include <lauxlib.h>
#include <string.h>

#include "console/eval.h"
#include "file.h"
#include "ioctl_decode.h"
#include "log.h"
#include "lua_ask.h"
#include "lua_file.h"
#include "lua_files.h"
#include "lua_hook.h"
#include "lua_inspect.h"
#include "lua_probe.h"
#include "lua_portal.h"
#include "lua_syscall.h"
#include "lua_wait.h"
#include "persist.h"
#include "script.h"
#include "spawn.h"
#include "stats.h"

/* core.log(level, line): level 0 error, 1 warning, 2 info, 3 debug. */
static int core_log(lua_State *L)
{
    lua_Integer level = luaL_checkinteger(L, 1);
    size_t size;
    const char *text = luaL_checklstring(L, 2, &size);

    luaL_argcheck(L, level >= HL_ERROR && level <= HL_DEBUG, 1, "level");
    hl_log_text(hl_script_of(L)->engine, (enum hl_level)level, text, size);
    return 0;
}

/* core.script(name) -> what the script NAME.lua returned, or nil */
static int core_script(lua_State *L)
{
    luaL_checkstring(L, 1);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, HL_SCRIPTS);
    lua_pushvalue(L, 1);
    lua_rawget(L, -2);
    return 1;
}

/* core.scripts() -> list of their names */
static int core_scripts(lua_State *L)
{
    lua_Integer count = 0;

    lua_settop(L, 0);
    lua_newtable(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, HL_SCRIPTS);
    lua_pushnil(L);
    while (lua_next(L, 2)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, 1, ++count);
    }
    lua_settop(L, 1);
    return 1;
}

/* core.ioctl_decode(cmd) -> direction, type, number, size, text */
static int core_ioctl_decode(lua_State *L)
{
    struct hl_ioctl ioctl;

    hl_ioctl_decode(hl_script_of(L)->engine->target,
                    (uint32_t)luaL_checkinteger(L, 1), &ioctl);
    lua_pushstring(L, hl_ioctl_direction(&ioctl));
    lua_pushinteger(L, ioctl.type);
    lua_pushinteger(L, ioctl.number);
    lua_pushinteger(L, ioctl.size);
    lua_pushstring(L, ioctl.text);
    return 5;
}

/*
 * core.fields() -> what a handler's first argument has: { syscall = { name =
 * "read", ... }, file = ..., event = { exec = ..., ... } }; "set": it can be
 * assigned, "method": it is called.
 */
static int core_fields(lua_State *L)
{
    lua_newtable(L);
    hl_push_syscall_fields(L);
    lua_setfield(L, -2, "syscall");
    hl_push_file_fields(L);
    lua_setfield(L, -2, "file");
    hl_push_event_fields(L);
    lua_setfield(L, -2, "event");
    return 1;
}

/* core.clock() -> seconds, with fractions, of the host's monotonic clock */
static int core_clock(lua_State *L)
{
    const struct hl_engine *engine = hl_script_of(L)->engine;
    int64_t now = engine->host_ops->clock(engine->host);

    lua_pushnumber(L, (lua_Number)now / G_USEC_PER_SEC);
    return 1;
}

/* core.budget([ms [, instructions [, MiB of memory]]]) -> those from now on */
static int core_budget(lua_State *L)
{
    struct hl_script *script = hl_script_of(L);
    lua_Integer ms = luaL_optinteger(L, 1, script->budget_ms);
    lua_Integer instructions = luaL_optinteger(L, 2,
                                               script->budget_instructions);
    lua_Integer memory = luaL_optinteger(L, 3, (lua_Integer)
                                         (script->memory_max >> 20));

    luaL_argcheck(L, ms >= 1 && ms <= 60000, 1, "from 1 to 60000");
    luaL_argcheck(L, instructions >= 1000, 2, "1000 at least");
    luaL_argcheck(L, memory >= 16 && memory <= 65536, 3, "from 16 to 65536");
    script->memory_max = (size_t)memory << 20;
    script->budget_ms = (int)ms;
    script->budget_instructions = instructions;
    lua_pushinteger(L, ms);
    lua_pushinteger(L, instructions);
    lua_pushinteger(L, memory);
    return 3;
}

static bool add_made(struct hl_file *file, void *user)
{
    lua_State *L = user;

    if (file->now->of_pattern && !file->item.removed) {
        lua_pushstring(L, file->path);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
    return true;
}

/* core.files_made() -> list of paths that were made for patterns */
static int core_files_made(lua_State *L)
{
    lua_newtable(L);
    hl_files_each(hl_script_of(L)->engine, add_made, L);
    return 1;
}

/* The ABI's numbers, so that no Lua file has them a second time. */
static void push_numbers(lua_State *L)
{
    const struct {
        const char *name;
        lua_Integer value;
    } numbers[] = {
        { "word_bits", hl_script_of(L)->engine->target->word_bits },
        { "machine", hl_script_of(L)->engine->target->machine },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        lua_pushinteger(L, numbers[i].value);
        lua_setfield(L, -2, numbers[i].name);
    }
}

int hl_open_core(lua_State *L)
{
    /* These wait, or use nothing of the engine's that changes. */
    static const luaL_Reg waiting[] = {
        { "wait", hl_core_wait },
        { "task", hl_core_task },
        { "ask", hl_core_ask },
        { "portal", hl_core_portal },
        { "word", hl_core_word },
        { "log", core_log },
        { "clock", core_clock },
        { "fields", core_fields },
        { "ioctl_decode", core_ioctl_decode },
        { "script", core_script },
        { "scripts", core_scripts },
        { NULL, NULL },
    };
    static const luaL_Reg functions[] = {
        { "wake", hl_core_wake },
        { "direct", hl_core_direct },
        { "spawn", hl_core_spawn },
        { "stats", hl_core_stats },
        { "console_print", hl_core_console_print },
        { "persist", hl_core_persist },
        { "budget", core_budget },
        { "files_made", core_files_made },
        { "files", hl_core_files },
        { "hooks", hl_core_hooks },
        { "tasks", hl_core_tasks },
        { NULL, NULL },
    };

    hl_register_syscall(L);
    hl_register_file(L);
    hl_register_persist(L);
    lua_newtable(L);
    luaL_setfuncs(L, waiting, 0);
    hl_script_set_functions(L, functions);
    hl_open_files(L);
    hl_open_hook(L);
    hl_open_probe(L);
    push_numbers(L);
    hl_set_ops(L);
    lua_pushboolean(L, hl_script_of(L)->engine->target->big_endian);
    lua_setfield(L, -2, "big_endian");
    /* What a waiting binding yields; coroutine.lua passes it on. */
    lua_pushlightuserdata(L, hl_script_of(L));
    lua_setfield(L, -2, "wait_token");
    return 1;
}
