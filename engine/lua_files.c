/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core.file_set and its like, and the results.  file.lua has checked what
 * scripts passed; what guards C is checked here again.
 */
#include "lua_files.h"

#include <lauxlib.h>
#include <string.h>

#include "file.h"
#include "hyperfile.h"
#include "lua_model.h"
#include "results.h"
#include "script.h"

static struct hl_engine *engine_of(lua_State *L)
{
    return hl_script_of(L)->engine;
}

/* --- core.file_set --------------------------------------------------------- */

/* An integer field of the table at 1. */
static lua_Integer field(lua_State *L, const char *name, lua_Integer otherwise,
                         lua_Integer most)
{
    lua_Integer value;

    lua_getfield(L, 1, name);
    value = luaL_optinteger(L, -1, otherwise);
    luaL_argcheck(L, value >= otherwise && value <= most, 1, name);
    lua_pop(L, 1);
    return value;
}

/* The function or model on top, which is popped. */
static struct hl_answerer take_answerer(lua_State *L)
{
    struct hl_answerer who = { .model = hl_to_model(L, -1) };

    if (!who.model) {
        luaL_checktype(L, -1, LUA_TFUNCTION);
    }
    who.ref = luaL_ref(L, LUA_REGISTRYINDEX);
    return who;
}

static void take_operations(lua_State *L, struct hl_file *file)
{
    for (int op = 0; op < HYP_FILE_OPS_COUNT; op++) {
        if (lua_getfield(L, 1, hl_hyper2name(op)) == LUA_TNIL) {
            lua_pop(L, 1);
            continue;
        }
        file->op[op] = take_answerer(L);
        if (file->op[op].model) {
            file->keeps_writes |= file->op[op].model->type->keeps_writes;
        }
    }
}

static void take_commands(lua_State *L, struct hl_file *file)
{
    if (lua_getfield(L, 1, "ioctls") != LUA_TTABLE) {
        lua_pop(L, 1);
        return;
    }
    file->ioctls = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        uint32_t cmd = (uint32_t)lua_tointeger(L, -2);
        struct hl_answerer who = take_answerer(L);

        g_hash_table_insert(file->ioctls, GUINT_TO_POINTER(cmd),
                            g_memdup2(&who, sizeof(who)));
    }
    lua_pop(L, 1);
}

static void take_map(lua_State *L, struct hl_file *file)
{
    size_t size;
    const char *bytes;

    lua_getfield(L, 1, "map_bytes");
    bytes = lua_tolstring(L, -1, &size);
    if (bytes && size > 0) {
        file->map_bytes = g_bytes_new(bytes, MIN(size, file->map_size));
    }
    lua_pop(L, 1);
}

/* What the read model says of itself, when the script says nothing. */
static int64_t default_size(const struct hl_file *file)
{
    const struct hl_model *read = file->op[HYP_READ].model;

    return read && read->type->file_size ? read->type->file_size(read) : -1;
}

static void fill(lua_State *L, struct hl_file *file)
{
    file->size = field(L, "size", -1, INT64_MAX);
    file->mode = (uint32_t)field(L, "mode", 0, 07777);
    file->flags = (uint32_t)field(L, "flags", 0, UINT32_MAX);
    file->map_size = (uint32_t)field(L, "map_size", 0, HL_MAP_MAX);
    lua_getfield(L, 1, "pattern");
    file->pattern = lua_toboolean(L, -1);
    lua_pop(L, 1);
    take_operations(L, file);
    take_commands(L, file);
    take_map(L, file);
    if (file->size < 0) {
        file->size = default_size(file);
    }
    file->seek = (enum hl_node_seek)field(L, file->size < 0 ? "seek_unsized"
                                                            : "seek_sized",
                                          0, HL_SEEK_MODEL);
}

/*
 * core.file_set({ path =, origin =, object =, read =, write =, ..., ioctls =,
 * size =, mode =, flags =, seek_sized =, seek_unsized =, map_size =,
 * map_bytes =, pattern = })
 * -> id, origin of the model that it replaces or nil
 */
static int file_set(lua_State *L)
{
    struct hl_engine *engine = engine_of(L);
    struct hl_file *file;
    const char *path;
    const char *origin;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "path");
    path = luaL_checkstring(L, -1);
    lua_getfield(L, 1, "origin");
    origin = luaL_checkstring(L, -1);
    luaL_argcheck(L, lua_rawlen(L, 2) <= HYPERFILE_PATH_MAX, 1, "path");

    file = hl_file_find_path(engine, path);
    if (file && (file->placed || file->pattern) && !file->item.removed) {
        lua_pushstring(L, file->origin);
    } else {
        lua_pushnil(L);
    }
    file = hl_file_renew(engine, path, origin);
    fill(L, file);
    lua_getfield(L, 1, "object");
    file->object_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    hl_file_place(engine, file);
    lua_pushinteger(L, file->id);
    lua_insert(L, -2);
    return 2;
}

/* --- others ---------------------------------------------------------------- */

static struct hl_file *check_file(lua_State *L)
{
    lua_Integer id = luaL_checkinteger(L, 1);

    return id == (uint32_t)id ? hl_file_find(engine_of(L), (uint32_t)id) : NULL;
}

/* core.file_remove(id): of one that is gone already, nothing */
static int file_remove(lua_State *L)
{
    struct hl_file *file = check_file(L);

    if (file) {
        hl_file_remove(engine_of(L), file);
    }
    return 0;
}

/* core.file_wake(id) */
static int file_wake(lua_State *L)
{
    struct hl_file *file = check_file(L);

    if (file) {
        hl_file_wake(engine_of(L), file);
    }
    return 0;
}

/* core.file_state(id) -> "wanted", "moving", "present", "refused" or "gone" */
static int file_state(lua_State *L)
{
    static const char *const names[] = {
        [HL_ITEM_WANTED] = "wanted", [HL_ITEM_MOVING] = "moving",
        [HL_ITEM_PRESENT] = "present", [HL_ITEM_REFUSED] = "refused",
        [HL_ITEM_GONE] = "gone",
    };
    struct hl_file *file = check_file(L);

    lua_pushstring(L, names[file ? file->item.state : HL_ITEM_GONE]);
    return 1;
}

/* core.file_match(path) -> the object of the pattern that it matches, or nil */
static int file_match(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    struct hl_file *file = hl_file_match(engine_of(L), path);

    if (!file || hl_file_find_path(engine_of(L), path)) {
        return 0;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, file->object_ref);
    return 1;
}

/* core.hyper(name) -> number; raises when there is no such operation */
static int hyper(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    int op = hl_hyper(name);

    if (op < 0) {
        return luaL_error(L, "Unknown hyperfile operation %s", name);
    }
    lua_pushinteger(L, op);
    return 1;
}

static int hyper2name(lua_State *L)
{
    lua_Integer op = luaL_checkinteger(L, 1);
    const char *name = hl_hyper2name(op);

    if (!name) {
        return luaL_error(L, "Unknown hyperfile operation %I", op);
    }
    lua_pushstring(L, name);
    return 1;
}

/* core.results_write() -> true, or nil and why not */
static int results_write(lua_State *L)
{
    struct hl_results *results = engine_of(L)->results;
    g_autofree char *error = NULL;

    if (!results) {
        lua_pushnil(L);
        lua_pushliteral(L, "this run has no log file: give log_file= or out=");
        return 2;
    }
    if (!hl_results_write(results, &error)) {
        lua_pushnil(L);
        lua_pushstring(L, error);
        return 2;
    }
    lua_pushboolean(L, true);
    return 1;
}

/* core.results() -> whether anything is recorded */
static int results(lua_State *L)
{
    lua_pushboolean(L, engine_of(L)->results != NULL);
    return 1;
}

/* core.missing_path(path, pid, comm) */
static int missing_path(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    lua_Integer pid = luaL_checkinteger(L, 2);

    if (engine_of(L)->results) {
        hl_results_missing_path(engine_of(L)->results, path, (uint32_t)pid,
                                luaL_checkstring(L, 3));
    }
    return 0;
}

/* core.missing_ioctl(cmd, retval, pid, comm) */
static int missing_ioctl(lua_State *L)
{
    lua_Integer cmd = luaL_checkinteger(L, 1);
    lua_Integer retval = luaL_checkinteger(L, 2);
    lua_Integer pid = luaL_checkinteger(L, 3);

    if (engine_of(L)->results) {
        hl_results_missing_ioctl(engine_of(L)->results, NULL, (uint32_t)cmd,
                                 retval, (uint32_t)pid,
                                 luaL_checkstring(L, 4));
    }
    return 0;
}

static void push_numbers(lua_State *L)
{
    const struct {
        const char *name;
        lua_Integer value;
    } numbers[] = {
        { "path_max", HYPERFILE_PATH_MAX },
        { "length_max", HYP_LENGTH_MAX },
        { "map_max", HL_MAP_MAX },
        { "node_open", HL_NODE_OPEN },
        { "node_release", HL_NODE_RELEASE },
        { "node_poll", HL_NODE_POLL },
        { "node_fsync", HL_NODE_FSYNC },
        { "node_existing", HL_NODE_EXISTING },
        { "seek_none", HL_SEEK_NONE },
        { "seek_free", HL_SEEK_FREE },
        { "seek_size", HL_SEEK_SIZE },
        { "seek_model", HL_SEEK_MODEL },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        lua_pushinteger(L, numbers[i].value);
        lua_setfield(L, -2, numbers[i].name);
    }
}

void hl_open_files(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "file_set", file_set },
        { "file_remove", file_remove },
        { "file_wake", file_wake },
        { "file_state", file_state },
        { "file_match", file_match },
        { "hyper", hyper },
        { "hyper2name", hyper2name },
        { "model_new", hl_core_model_new },
        { "model_names", hl_core_model_names },
        { "results", results },
        { "results_write", results_write },
        { "missing_path", missing_path },
        { "missing_ioctl", missing_ioctl },
        { NULL, NULL },
    };

    hl_register_model(L);
    luaL_setfuncs(L, functions, 0);
    push_numbers(L);
}
