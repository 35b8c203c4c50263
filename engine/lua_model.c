/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A default model is a userdata that begins with struct hl_model, so Lua's
 * collector says when it goes.  Made for hl.models and for YAML alike.
 */
#include "lua_model.h"

#include <lauxlib.h>
#include <string.h>

#include "hyperfile.h"
#include "models/models.h"

#define TYPE "hyperlua.model"

struct hl_model *hl_to_model(lua_State *L, int index)
{
    return luaL_testudata(L, index, TYPE);
}

static int clear_model(lua_State *L)
{
    struct hl_model *model = hl_to_model(L, 1);

    if (model && model->type && model->type->clear) {
        model->type->clear(model);
    }
    return 0;
}

void hl_register_model(lua_State *L)
{
    luaL_newmetatable(L, TYPE);
    lua_pushcfunction(L, clear_model);
    lua_setfield(L, -2, "__gc");
    lua_pushliteral(L, TYPE);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

/* "const_buf, cycle, ...": those of one operation, on the stack. */
static void push_names(lua_State *L, enum hyperfs_file_ops op)
{
    luaL_Buffer names;
    bool first = true;

    luaL_buffinit(L, &names);
    for (size_t i = 0; hl_model_types[i]; i++) {
        if (hl_model_types[i]->op == op) {
            luaL_addstring(&names, first ? "" : ", ");
            luaL_addstring(&names, hl_model_types[i]->name);
            first = false;
        }
    }
    luaL_pushresult(&names);
}

static const struct hl_model_type *check_type(lua_State *L)
{
    const char *operation = luaL_checkstring(L, 1);
    const char *name = luaL_checkstring(L, 2);
    int op = hl_hyper(operation);
    const struct hl_model_type *type;

    luaL_argcheck(L, op >= 0, 1, "no such operation");
    type = hl_model_type_find((enum hyperfs_file_ops)op, name);
    if (!type) {
        push_names(L, (enum hyperfs_file_ops)op);
        hl_model_raise(L, "model: %s has no model '%s': there are %s",
                       operation, name, lua_tostring(L, -1));
    }
    return type;
}

static bool is_key(const struct hl_model_type *type, const char *name)
{
    for (size_t i = 0; type->keys[i]; i++) {
        if (!strcmp(type->keys[i], name)) {
            return true;
        }
    }
    return false;
}

static void refuse_key(lua_State *L, const struct hl_model_type *type,
                       const char *key)
{
    luaL_Buffer keys;

    luaL_buffinit(L, &keys);
    for (size_t i = 0; type->keys[i]; i++) {
        luaL_addstring(&keys, i == 0 ? "it takes " : ", ");
        luaL_addstring(&keys, type->keys[i]);
    }
    if (!type->keys[0]) {
        luaL_addstring(&keys, "it takes nothing");
    }
    luaL_pushresult(&keys);
    hl_model_raise(L, "%s: model %s has no such key: %s", key, type->name,
                   lua_tostring(L, -1));
}

static void check_keys(lua_State *L, const struct hl_model_type *type)
{
    lua_pushnil(L);
    while (lua_next(L, 3)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING) {
            refuse_key(L, type, luaL_tolstring(L, -1, NULL));
        }
        if (!is_key(type, lua_tostring(L, -1))) {
            refuse_key(L, type, lua_tostring(L, -1));
        }
    }
}

/* What is on the stack from 3 on, in the order of the type's keys. */
static void name_arguments(lua_State *L, const struct hl_model_type *type)
{
    int count = lua_gettop(L) - 2;

    lua_createtable(L, 0, count);
    for (int i = 0; i < count; i++) {
        if (!type->keys[i]) {
            hl_model_raise(L, "model %s takes %d arguments, not %d",
                           type->name, i, count);
        }
        lua_pushvalue(L, 3 + i);
        lua_setfield(L, -2, type->keys[i]);
    }
    lua_insert(L, 3);
    lua_settop(L, 3);
}

/* { val = "x" } or { }, but not { "a", "b" } or { [16] = "x" } */
static bool is_named(lua_State *L, int index)
{
    bool named;

    if (lua_type(L, index) != LUA_TTABLE) {
        return false;
    }
    lua_pushnil(L);
    if (!lua_next(L, index)) {
        return true;
    }
    named = lua_type(L, -2) == LUA_TSTRING;
    lua_pop(L, 2);
    return named;
}

/* What Lua's collector cannot see of the model counts for its next round. */
static void account(lua_State *L, const struct hl_model *model)
{
    size_t bytes = model->type->memory ? model->type->memory(model) : 0;

    if (bytes >= 1024) {
        lua_gc(L, LUA_GCSTEP, (int)(bytes / 1024));
    }
}

/*
 * core.model_new(operation, name, ...) -> model.  What follows is a table of
 * arguments by key, or the arguments themselves, the main one first.
 * Raises "KEY: what is expected".
 */
int hl_core_model_new(lua_State *L)
{
    const struct hl_model_type *type = check_type(L);
    struct hl_model *model;

    if (lua_gettop(L) != 3 || !is_named(L, 3)) {
        name_arguments(L, type);
    }
    lua_settop(L, 3);
    check_keys(L, type);
    model = lua_newuserdatauv(L, type->size, 0);
    memset(model, 0, type->size);
    model->type = type;
    luaL_setmetatable(L, TYPE);
    type->init(L, 3, model);
    lua_settop(L, 4);
    account(L, model);
    return 1;
}

static void push_keys(lua_State *L, const struct hl_model_type *type)
{
    lua_newtable(L);
    for (lua_Integer i = 0; type->keys[i]; i++) {
        lua_pushstring(L, type->keys[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

/* core.model_keys() -> { name = { operation = { key, ... } } } */
int hl_core_model_keys(lua_State *L)
{
    lua_settop(L, 0);
    lua_newtable(L);
    for (size_t i = 0; hl_model_types[i]; i++) {
        luaL_getsubtable(L, 1, hl_model_types[i]->name);
        push_keys(L, hl_model_types[i]);
        lua_setfield(L, -2, hl_hyper2name(hl_model_types[i]->op));
        lua_pop(L, 1);
    }
    return 1;
}

/* core.model_op(value) -> the operation that this model is of, or nil */
int hl_core_model_op(lua_State *L)
{
    const struct hl_model *model = hl_to_model(L, 1);

    lua_pushstring(L, model ? hl_hyper2name(model->type->op) : NULL);
    return 1;
}

/* core.model_problem(value) -> what is wrong with this model by now, or nil */
int hl_core_model_problem(lua_State *L)
{
    const struct hl_model *model = hl_to_model(L, 1);

    return model && model->type->problem &&
           model->type->problem(L, model) ? 1 : 0;
}

/* core.model_names() -> { name = true, ... }: of all operations */
int hl_core_model_names(lua_State *L)
{
    lua_newtable(L);
    for (size_t i = 0; hl_model_types[i]; i++) {
        lua_pushboolean(L, true);
        lua_setfield(L, -2, hl_model_types[i]->name);
    }
    return 1;
}
