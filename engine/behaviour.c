/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a script answers for its paths: the table that lua_files.c fills while
 * the script runs, and from which files (file.c) take who answers.
 */
#include "file.h"

#include <lauxlib.h>

#include "script.h"

struct hl_behaviour *hl_behaviour_new(struct hl_script *script,
                                      const char *path, const char *origin)
{
    struct hl_behaviour *behaviour = g_new0(struct hl_behaviour, 1);

    behaviour->script = script;
    behaviour->holders = 1;
    behaviour->path = g_strdup(path);
    behaviour->origin = g_strdup(origin);
    behaviour->object_ref = LUA_NOREF;
    behaviour->states_ref = LUA_NOREF;
    for (int op = 0; op < HYP_FILE_OPS_COUNT; op++) {
        behaviour->op[op].ref = LUA_NOREF;
    }
    behaviour->size = -1;
    return behaviour;
}

static void free_behaviour(struct hl_behaviour *behaviour)
{
    g_clear_pointer(&behaviour->ioctls, g_hash_table_unref);
    g_clear_pointer(&behaviour->map_bytes, g_bytes_unref);
    g_free(behaviour->origin);
    g_free(behaviour->path);
    g_free(behaviour);
}

static void unref(struct hl_behaviour *behaviour, int *ref)
{
    luaL_unref(behaviour->script->L, LUA_REGISTRYINDEX, *ref);
    *ref = LUA_NOREF;
}

static void unref_all(struct hl_behaviour *behaviour)
{
    GHashTableIter iter;
    gpointer who;

    for (int op = 0; op < HYP_FILE_OPS_COUNT; op++) {
        unref(behaviour, &behaviour->op[op].ref);
    }
    if (behaviour->ioctls) {
        g_hash_table_iter_init(&iter, behaviour->ioctls);
        while (g_hash_table_iter_next(&iter, NULL, &who)) {
            unref(behaviour, &((struct hl_answerer *)who)->ref);
        }
    }
    unref(behaviour, &behaviour->object_ref);
    unref(behaviour, &behaviour->states_ref);
}

void hl_behaviour_hold(struct hl_behaviour *behaviour)
{
    behaviour->holders++;
}

void hl_behaviour_let_go(struct hl_behaviour *behaviour)
{
    if (--behaviour->holders == 0) {
        unref_all(behaviour);
        free_behaviour(behaviour);
    }
}

static void take_from_paths(struct hl_behaviour *behaviour)
{
    GHashTable *by_path = behaviour->script->by_path;

    if (g_hash_table_lookup(by_path, behaviour->path) == behaviour) {
        g_hash_table_remove(by_path, behaviour->path);
    }
}

void hl_behaviour_forget(struct hl_behaviour *behaviour)
{
    struct hl_script *script = behaviour->script;

    take_from_paths(behaviour);
    if (g_hash_table_remove(script->behaviours,
                            GUINT_TO_POINTER(behaviour->id))) {
        hl_behaviour_let_go(behaviour);
    }
}

void hl_behaviour_add(struct hl_behaviour *behaviour)
{
    struct hl_script *script = behaviour->script;
    struct hl_behaviour *before = hl_behaviour_find_path(script,
                                                         behaviour->path);

    if (before) {
        hl_behaviour_forget(before);
    }
    behaviour->id = ++script->last_behaviour;
    g_hash_table_insert(script->behaviours, GUINT_TO_POINTER(behaviour->id),
                        behaviour);
    g_hash_table_insert(script->by_path, behaviour->path, behaviour);
    if (script->stage == HL_LIVE) {
        hl_file_adopt(script->engine, behaviour);
    }
}

struct hl_behaviour *hl_behaviour_find(const struct hl_script *script,
                                       uint32_t id)
{
    return g_hash_table_lookup(script->behaviours, GUINT_TO_POINTER(id));
}

struct hl_behaviour *hl_behaviour_find_path(const struct hl_script *script,
                                            const char *path)
{
    return g_hash_table_lookup(script->by_path, path);
}

/* It keeps its id for as long as the guest has the file. */
void hl_behaviour_remove(struct hl_behaviour *behaviour)
{
    if (behaviour->script->stage == HL_REPLACED) {
        return;
    }
    take_from_paths(behaviour);
    if (behaviour->file) {
        hl_file_remove(behaviour->script->engine, behaviour->file);
    } else {
        hl_behaviour_forget(behaviour);
    }
}

void hl_behaviours_drop(struct hl_script *script)
{
    GHashTableIter iter;
    gpointer behaviour;

    g_hash_table_iter_init(&iter, script->behaviours);
    while (g_hash_table_iter_next(&iter, NULL, &behaviour)) {
        free_behaviour(behaviour);
    }
    g_hash_table_remove_all(script->by_path);
    g_hash_table_remove_all(script->behaviours);
}

const struct hl_answerer *
hl_behaviour_ioctl(const struct hl_behaviour *behaviour, uint32_t cmd)
{
    const struct hl_answerer *own = NULL;

    if (behaviour->ioctls) {
        own = g_hash_table_lookup(behaviour->ioctls, GUINT_TO_POINTER(cmd));
    }
    return own ? own : &behaviour->op[HYP_IOCTL];
}
