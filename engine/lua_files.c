/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core.file_set and its like, and the results.  file.lua has checked what
 * scripts passed; what guards C is checked here again.
 */
#include "lua_files.h"

#include <fnmatch.h>
#include <lauxlib.h>
#include <string.h>

#include "file.h"
#include "hyperfile.h"
#include "lua_model.h"
#include "results/results.h"
#include "script.h"

static struct hl_engine *engine_of(lua_State *L)
{
    return hl_script_of(L)->engine;
}

/* --- core.file_set -------------------------------------------------------- */

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

static bool flag(lua_State *L, const char *name)
{
    bool set;

    lua_getfield(L, 1, name);
    set = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return set;
}

/* What a file is made of besides those who answer. */
struct spec {
    const char *path;           /* both on the stack */
    const char *origin;
    bool pattern;
    bool of_pattern;
    bool quiet;                 /* no word of what nobody models */
    int64_t size;
    uint32_t mode;
    uint32_t flags;
    uint32_t major, minor;
    uint32_t map_size;
    enum hl_node_seek seek_sized;
    enum hl_node_seek seek_unsized;
};

/* The answerer on top, which is popped: a function, or a model of op. */
static void check_answerer(lua_State *L, int op)
{
    const struct hl_model *model = hl_to_model(L, -1);

    luaL_argcheck(L, model ? (int)model->type->op == op : lua_isfunction(L, -1),
                  1, hl_hyper2name(op));
    lua_pop(L, 1);
}

static void check_answerers(lua_State *L)
{
    for (int op = 0; op < HYP_FILE_OPS_COUNT; op++) {
        if (lua_getfield(L, 1, hl_hyper2name(op)) == LUA_TNIL) {
            lua_pop(L, 1);
        } else {
            check_answerer(L, op);
        }
    }
    if (lua_getfield(L, 1, "ioctls") == LUA_TTABLE) {
        for (lua_pushnil(L); lua_next(L, -2);) {
            check_answerer(L, HYP_IOCTL);
        }
    }
    lua_pop(L, 1);
}

/* All that may raise, before the file that is there loses its models. */
static void check_spec(lua_State *L, struct spec *spec)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "path");
    spec->path = luaL_checkstring(L, 2);
    luaL_argcheck(L, lua_rawlen(L, 2) <= HYPERFILE_PATH_MAX, 1, "path");
    lua_getfield(L, 1, "origin");
    spec->origin = luaL_checkstring(L, 3);
    spec->pattern = flag(L, "pattern");
    spec->of_pattern = flag(L, "of_pattern");
    spec->quiet = flag(L, "quiet");
    spec->size = field(L, "size", -1, INT64_MAX);
    spec->mode = (uint32_t)field(L, "mode", 0, 07777);
    spec->flags = (uint32_t)field(L, "flags", 0, UINT32_MAX);
    spec->major = (uint32_t)field(L, "major", 0, (1 << 12) - 1);
    spec->minor = (uint32_t)field(L, "minor", 0, (1 << 20) - 1);
    spec->map_size = (uint32_t)field(L, "map_size", 0, HL_MAP_MAX);
    spec->seek_sized = (enum hl_node_seek)field(L, "seek_sized", 0,
                                                HL_SEEK_MODEL);
    spec->seek_unsized = (enum hl_node_seek)field(L, "seek_unsized", 0,
                                                  HL_SEEK_MODEL);
    check_answerers(L);
}

/* The function or model on top, which is popped. */
static struct hl_answerer take_answerer(lua_State *L)
{
    struct hl_answerer who = { .model = hl_to_model(L, -1) };

    who.ref = luaL_ref(L, LUA_REGISTRYINDEX);
    return who;
}

static void take_operations(lua_State *L, struct hl_behaviour *how)
{
    for (int op = 0; op < HYP_FILE_OPS_COUNT; op++) {
        if (lua_getfield(L, 1, hl_hyper2name(op)) == LUA_TNIL) {
            lua_pop(L, 1);
            continue;
        }
        how->op[op] = take_answerer(L);
        if (how->op[op].model) {
            how->keeps_writes |= how->op[op].model->type->keeps_writes;
        }
    }
}

static void take_commands(lua_State *L, struct hl_behaviour *how)
{
    if (lua_getfield(L, 1, "ioctls") != LUA_TTABLE) {
        lua_pop(L, 1);
        return;
    }
    how->ioctls = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        uint32_t cmd = (uint32_t)lua_tointeger(L, -2);
        struct hl_answerer who = take_answerer(L);

        g_hash_table_insert(how->ioctls, GUINT_TO_POINTER(cmd),
                            g_memdup2(&who, sizeof(who)));
    }
    lua_pop(L, 1);
}

static void take_map(lua_State *L, struct hl_behaviour *how)
{
    size_t size;
    const char *bytes;

    lua_getfield(L, 1, "map_bytes");
    bytes = lua_tolstring(L, -1, &size);
    if (bytes && size > 0) {
        how->map_bytes = g_bytes_new(bytes, MIN(size, how->map_size));
    }
    lua_pop(L, 1);
}

/* What the read model says of itself, when the script says nothing. */
static int64_t default_size(const struct hl_behaviour *how)
{
    const struct hl_model *read = how->op[HYP_READ].model;

    return read && read->type->file_size ? read->type->file_size(read) : -1;
}

static void fill(lua_State *L, const struct spec *spec,
                 struct hl_behaviour *how)
{
    how->pattern = spec->pattern;
    how->of_pattern = spec->of_pattern;
    how->quiet = spec->quiet;
    how->mode = spec->mode;
    how->flags = spec->flags;
    how->major = spec->major;
    how->minor = spec->minor;
    how->map_size = spec->map_size;
    take_operations(L, how);
    take_commands(L, how);
    take_map(L, how);
    how->size = spec->size >= 0 ? spec->size : default_size(how);
    how->seek = how->size < 0 ? spec->seek_unsized : spec->seek_sized;
    lua_getfield(L, 1, "object");
    how->object_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

/*
 * core.file_set({ path =, origin =, object =, read =, write =, ..., ioctls =,
 * size =, mode =, major =, minor =, flags =, seek_sized =, seek_unsized =,
 * map_size =, map_bytes =, pattern =, of_pattern =, quiet = })
 * -> id, origin of the model that it replaces or nil
 */
static int file_set(lua_State *L)
{
    struct hl_script *script = hl_script_of(L);
    const struct hl_behaviour *before;
    struct hl_behaviour *how;
    struct spec spec;

    hl_script_check_may_add(L, "hl.file");
    check_spec(L, &spec);
    before = hl_behaviour_find_path(script, spec.path);
    lua_pushstring(L, before ? before->origin : NULL);
    how = hl_behaviour_new(script, spec.path, spec.origin);
    fill(L, &spec, how);
    hl_behaviour_add(how);
    lua_pushinteger(L, how->id);
    lua_rotate(L, -2, 1);
    return 2;
}

/* --- others --------------------------------------------------------------- */

/* NULL: it was removed, or a later model has taken its place. */
static struct hl_behaviour *check_file(lua_State *L)
{
    lua_Integer id = luaL_checkinteger(L, 1);

    return id == (uint32_t)id ? hl_behaviour_find(hl_script_of(L),
                                                  (uint32_t)id) : NULL;
}

/* core.file_remove(id): of one that is gone already, nothing */
static int file_remove(lua_State *L)
{
    struct hl_behaviour *how = check_file(L);

    if (how) {
        hl_behaviour_remove(how);
    }
    return 0;
}

/* core.file_wake(id) */
static int file_wake(lua_State *L)
{
    struct hl_behaviour *how = check_file(L);

    if (how && how->file) {
        hl_file_wake(engine_of(L), how->file);
    }
    return 0;
}

/*
 * core.file_state(id)
 * -> "wanted", "moving", "present", "refused", "gone" or "pattern"
 */
static int file_state(lua_State *L)
{
    const struct hl_behaviour *how = check_file(L);

    if (how && how->pattern) {
        lua_pushliteral(L, "pattern");
    } else if (how && how->file) {
        lua_pushstring(L, hl_item_state_name(how->file->item.state));
    } else {
        lua_pushstring(L, how && hl_script_of(L)->stage == HL_LOADING
                          ? "wanted" : "gone");
    }
    return 1;
}

/* Of the script's patterns the latest that matches, or NULL. */
static struct hl_behaviour *match(struct hl_script *script, const char *path)
{
    struct hl_behaviour *best = NULL;
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, script->by_path);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct hl_behaviour *how = value;

        if (how->pattern && (!best || how->id > best->id) &&
            fnmatch(how->path, path, FNM_PATHNAME) == 0) {
            best = how;
        }
    }
    return best;
}

/* core.file_match(path) -> the object of the pattern that it matches, or nil */
static int file_match(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    const struct hl_behaviour *how = NULL;

    if (!hl_behaviour_find_path(hl_script_of(L), path)) {
        how = match(hl_script_of(L), path);
    }
    if (how) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, how->object_ref);
    }
    return how != NULL;
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

/* core.missing_ioctl(cmd, retval, pid, comm, tid): not of a file of ours */
static int missing_ioctl(lua_State *L)
{
    struct hl_engine *engine = engine_of(L);
    uint32_t cmd = (uint32_t)luaL_checkinteger(L, 1);
    lua_Integer retval = luaL_checkinteger(L, 2);
    lua_Integer pid = luaL_checkinteger(L, 3);
    uint32_t tid = (uint32_t)luaL_checkinteger(L, 5);

    if (tid == engine->failed_ioctl.tid && cmd == engine->failed_ioctl.cmd) {
        engine->failed_ioctl.tid = 0;
    } else if (engine->results) {
        hl_results_missing_ioctl(engine->results, NULL, cmd, retval,
                                 (uint32_t)pid, luaL_checkstring(L, 4));
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
        { "model_keys", hl_core_model_keys },
        { "model_op", hl_core_model_op },
        { "model_problem", hl_core_model_problem },
        { "results", results },
        { "results_write", results_write },
        { "missing_path", missing_path },
        { "missing_ioctl", missing_ioctl },
        { NULL, NULL },
    };

    hl_register_model(L);
    hl_script_set_functions(L, functions);
    push_numbers(L);
}
