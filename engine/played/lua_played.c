/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * require "hyperlua.played": the played guest for busted specs.  The spec runs
 * in busted's Lua state; the scripts under test run in the engine's own.
 */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "load.h"
#include "lua_call.h"
#include "lua_console.h"
#include "lua_reload.h"
#include "lua_testing.h"
#include "lua_world.h"
#include "record/record.h"
#include "results/results.h"
#include "script.h"
#include "state.h"

#define TYPE "hyperlua.played"

__attribute__((visibility("default")))
int luaopen_hyperlua_played(lua_State *L);

struct hl_played *hl_lua_played(lua_State *L)
{
    struct hl_played **played = luaL_checkudata(L, 1, TYPE);

    luaL_argcheck(L, *played, 1, "this guest was closed");
    (*played)->lua = L;
    return *played;
}

/* played.new(target): a guest of that target, such as "mipsel" */
static int new_guest(lua_State *L)
{
    const struct hl_target *target = hl_target_find(luaL_checkstring(L, 1));
    struct hl_played **played;

    luaL_argcheck(L, target, 1, "no such target");
    /* Its value: functions that answer for the guest (lua_testing.c). */
    played = lua_newuserdatauv(L, sizeof(*played), 1);
    *played = hl_played_new(target, 1);
    lua_newtable(L);
    lua_setiuservalue(L, -2, 1);
    luaL_setmetatable(L, TYPE);
    return 1;
}

static int guest_close(lua_State *L)
{
    struct hl_played **played = luaL_checkudata(L, 1, TYPE);

    if (*played) {
        hl_played_free(*played);
        *played = NULL;
    }
    return 0;
}

/* load(script, text or file), of the version that is made, or that serves */
static int push_loaded(lua_State *L,
                       int (*load)(struct hl_script *script, const char *what,
                                   size_t size))
{
    struct hl_played *played = hl_lua_played(L);
    struct hl_engine *engine = hl_played_engine(played);
    size_t size;
    const char *what = luaL_checklstring(L, 2, &size);
    int result;

    if (played->loading) {
        result = load(played->loading, what, size);
    } else {
        g_mutex_lock(&engine->lock);
        result = load(engine->script, what, size);
        g_mutex_unlock(&engine->lock);
    }
    lua_pushboolean(L, result == 0);
    return 1;
}

static int load_file(struct hl_script *script, const char *file, size_t size)
{
    return hl_script_load(script, file);
}

static int load_text(struct hl_script *script, const char *text, size_t size)
{
    return hl_script_run(script, "spec.lua", text, size);
}

static int load_yaml(struct hl_script *script, const char *text, size_t size)
{
    return hl_load_config_text(script, "spec.yaml", text, size);
}

static int load_models(struct hl_script *script, const char *folder,
                       size_t size)
{
    return hl_load_models(script, folder);
}

/* guest:load(file) -> true or false; the log says why */
static int guest_load(lua_State *L)
{
    return push_loaded(L, load_file);
}

/* guest:run(text): as guest:load, with the script given; its name is spec */
static int guest_run(lua_State *L)
{
    return push_loaded(L, load_text);
}

/* guest:config(text): as guest:run, with YAML; its name is spec.yaml */
static int guest_config(lua_State *L)
{
    return push_loaded(L, load_yaml);
}

/* guest:models(folder): as guest:load, with each file in it */
static int guest_models(lua_State *L)
{
    return push_loaded(L, load_models);
}

/* guest:record(log file): from now on, and what is missing too */
static int guest_record(lua_State *L)
{
    struct hl_engine *engine = hl_played_engine(hl_lua_played(L));
    char *error = NULL;

    engine->results = hl_results_new(engine->target, luaL_checkstring(L, 2),
                                     &error);
    if (!engine->results) {
        lua_pushnil(L);
        lua_pushstring(L, error);
        g_free(error);
        return 2;
    }
    g_mutex_lock(&engine->lock);
    lua_pushboolean(L, hl_load_recorder(engine->script) == 0);
    g_mutex_unlock(&engine->lock);
    return 1;
}

/* guest:record_to(file [, bytes at most]): all of it; nil: no more */
static int guest_record_to(lua_State *L)
{
    struct hl_engine *engine = hl_played_engine(hl_lua_played(L));
    const char *path = luaL_optstring(L, 2, NULL);
    lua_Integer limit = luaL_optinteger(L, 3, 1 << 30);
    char *error = NULL;

    hl_record_flush(engine);
    hl_record_free(engine->record);
    engine->record = NULL;
    if (path) {
        engine->record = hl_record_new(engine->target, path, (uint64_t)limit,
                                       &error);
    }
    lua_pushboolean(L, !error);
    lua_pushstring(L, error);
    g_free(error);
    return 2;
}

/* guest:hello([abi]) -> 0 or -errno: loads the module, installs all hooks */
static int guest_hello(lua_State *L)
{
    lua_Integer abi = luaL_optinteger(L, 2, HL_ABI_VERSION);

    lua_pushinteger(L, hl_played_hello(hl_played_cpu(hl_lua_played(L), 0),
                                       (uint32_t)abi));
    return 1;
}

/* guest:work(): what the module's thread does every 20 ms */
static int guest_work(lua_State *L)
{
    hl_played_work(hl_played_cpu(hl_lua_played(L), 0));
    return 0;
}

static int guest_goodbye(lua_State *L)
{
    hl_played_goodbye(hl_played_cpu(hl_lua_played(L), 0));
    return 0;
}

/* guest:poke(addr, bytes): maps what is not mapped yet */
static int guest_poke(lua_State *L)
{
    struct hl_played *played = hl_lua_played(L);
    uint64_t addr = (uint64_t)luaL_checkinteger(L, 2);
    size_t size;
    const char *bytes = luaL_checklstring(L, 3, &size);

    hl_played_map(played, addr, size);
    hl_played_poke(played, addr, bytes, size);
    return 0;
}

/* guest:peek(addr, size) -> bytes, or nil when a page is missing */
static int guest_peek(lua_State *L)
{
    uint64_t addr = (uint64_t)luaL_checkinteger(L, 2);
    size_t size = (size_t)luaL_checkinteger(L, 3);
    luaL_Buffer buffer;
    char *to = luaL_buffinitsize(L, &buffer, size);

    if (!hl_played_peek(hl_lua_played(L), addr, to, size)) {
        return 0;
    }
    luaL_pushresultsize(&buffer, size);
    return 1;
}

/* guest:set_reg(index, value): index as in abi/regs.h, from 0 */
static int guest_set_reg(lua_State *L)
{
    hl_played_set_reg(hl_lua_played(L), (unsigned)luaL_checkinteger(L, 2),
                      (uint64_t)luaL_checkinteger(L, 3));
    return 0;
}

/* --- the calls themselves, byte for byte ---------------------------------- */

int hl_lua_push_ret(lua_State *L, uint64_t ret)
{
    const struct hl_played_cpu *cpu = hl_played_cpu(hl_lua_played(L), 0);

    if (!cpu->waits) {
        lua_pushinteger(L, (lua_Integer)ret);
        return 1;
    }
    lua_pushnil(L);
    lua_pushliteral(L, "waits");
    lua_pushinteger(L, (lua_Integer)cpu->wait_ms);
    lua_pushinteger(L, (lua_Integer)cpu->wait_task);
    return 4;
}

/* guest:ring(number, arg0, ...): serves whatever the engine asks */
static int guest_ring(lua_State *L)
{
    uint64_t arg[4];

    for (int i = 0; i < 4; i++) {
        arg[i] = (uint64_t)luaL_optinteger(L, 3 + i, 0);
    }
    return hl_lua_push_ret(
        L, hl_played_ring(hl_played_cpu(hl_lua_played(L), 0),
                          (uint32_t)luaL_checkinteger(L, 2), arg));
}

/* guest:resume(task [, region]): as guest:ring */
static int guest_resume(lua_State *L)
{
    struct hl_played_cpu *cpu = hl_played_cpu(hl_lua_played(L), 0);
    uint64_t region = cpu->region;
    uint64_t ret;

    cpu->region = (uint64_t)luaL_optinteger(L, 3, (lua_Integer)region);
    ret = hl_played_resume(cpu, (uint64_t)luaL_checkinteger(L, 2));
    cpu->region = region;
    return hl_lua_push_ret(L, ret);
}

/* guest:cancel(task) -> ret: a signal ended its wait */
static int guest_cancel(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)hl_played_cancel(
        hl_played_cpu(hl_lua_played(L), 0), (uint64_t)luaL_checkinteger(L, 2)));
    return 1;
}

/* guest:kernel() -> an address of kernel memory (1 MiB), and the region's */
static int guest_kernel(lua_State *L)
{
    const struct hl_played_cpu *cpu = hl_played_cpu(hl_lua_played(L), 0);

    lua_pushinteger(L, (lua_Integer)cpu->own);
    lua_pushinteger(L, (lua_Integer)cpu->region);
    return 2;
}

/* guest:kernel_poke(addr, bytes) */
static int guest_kernel_poke(lua_State *L)
{
    size_t size;
    const char *bytes = luaL_checklstring(L, 3, &size);
    void *to = hl_played_kernel(hl_lua_played(L),
                                (uint64_t)luaL_checkinteger(L, 2), size);

    luaL_argcheck(L, to, 2, "that is not the guest's kernel memory");
    memcpy(to, bytes, size);
    return 0;
}

/* guest:kernel_peek(addr, size) -> bytes */
static int guest_kernel_peek(lua_State *L)
{
    size_t size = (size_t)luaL_checkinteger(L, 3);
    void *from = hl_played_kernel(hl_lua_played(L),
                                  (uint64_t)luaL_checkinteger(L, 2), size);

    luaL_argcheck(L, from, 2, "that is not the guest's kernel memory");
    lua_pushlstring(L, from, size);
    return 1;
}

/* --- what the guest was given --------------------------------------------- */

static void set_field(lua_State *L, const char *name, uint64_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, name);
}

void hl_lua_push_node(lua_State *L, const struct hl_played_node *node)
{
    lua_createtable(L, 0, 9);
    set_field(L, "id", GUINT32_FROM_LE(node->spec.id));
    set_field(L, "flags", GUINT32_FROM_LE(node->spec.flags));
    set_field(L, "mode", GUINT32_FROM_LE(node->spec.mode));
    set_field(L, "seek", GUINT32_FROM_LE(node->spec.seek));
    set_field(L, "size", GUINT64_FROM_LE(node->spec.size));
    set_field(L, "wakes", node->wakes);
}

static void push_map(lua_State *L, const struct hl_played_node *node)
{
    lua_pushlstring(L, (const char *)node->map->data, node->map->len);
    lua_setfield(L, -2, "map");
}

/* guest:nodes() -> by path, what the guest has */
static int guest_nodes(lua_State *L)
{
    GHashTableIter iter;
    gpointer node;

    lua_newtable(L);
    g_hash_table_iter_init(&iter, hl_lua_played(L)->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &node)) {
        hl_lua_push_node(L, node);
        push_map(L, node);
        lua_setfield(L, -2, ((struct hl_played_node *)node)->path);
    }
    return 1;
}

/* guest:woken() -> list of the tasks that the guest was told to wake */
static int guest_woken(lua_State *L)
{
    GArray *woken = hl_lua_played(L)->woken;

    lua_newtable(L);
    for (guint i = 0; i < woken->len; i++) {
        lua_pushinteger(L, (lua_Integer)g_array_index(woken, uint64_t, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    g_array_set_size(woken, 0);
    return 1;
}

/* --- the rest ------------------------------------------------------------- */

/* guest:rings() -> how many doorbells rang so far */
static int guest_rings(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)hl_played_cpu(hl_lua_played(L), 0)->rings);
    return 1;
}

/* guest:log() -> list of "level: text" */
static int guest_log(lua_State *L)
{
    const GPtrArray *log = hl_played_log(hl_lua_played(L));

    lua_createtable(L, (int)log->len, 0);
    for (guint i = 0; i < log->len; i++) {
        lua_pushstring(L, log->pdata[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static const luaL_Reg methods[] = {
    { "load", guest_load },
    { "run", guest_run },
    { "hello", guest_hello },
    { "work", guest_work },
    { "goodbye", guest_goodbye },
    { "poke", guest_poke },
    { "peek", guest_peek },
    { "set_reg", guest_set_reg },
    { "ring", guest_ring },
    { "resume", guest_resume },
    { "cancel", guest_cancel },
    { "kernel", guest_kernel },
    { "kernel_poke", guest_kernel_poke },
    { "kernel_peek", guest_kernel_peek },
    { "nodes", guest_nodes },
    { "woken", guest_woken },
    { "config", guest_config },
    { "models", guest_models },
    { "record", guest_record },
    { "record_to", guest_record_to },
    { "rings", guest_rings },
    { "log", guest_log },
    { "close", guest_close },
    { "__gc", guest_close },
    { "__close", guest_close },
    { NULL, NULL },
};

int luaopen_hyperlua_played(lua_State *L)
{
    luaL_newmetatable(L, TYPE);
    luaL_setfuncs(L, methods, 0);
    hl_lua_calls(L);
    hl_lua_consoles(L);
    hl_lua_world(L);
    hl_lua_reload(L);
    hl_lua_testing(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_newtable(L);
    lua_pushcfunction(L, new_guest);
    lua_setfield(L, -2, "new");
    hl_lua_testing_functions(L);
    hl_lua_connect(L);
    return 1;
}
