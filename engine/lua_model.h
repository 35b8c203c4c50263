/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Default models as Lua values. */
#ifndef HL_LUA_MODEL_H
#define HL_LUA_MODEL_H

#include <lua.h>

#include "model.h"

void hl_register_model(lua_State *L);

/* core.model_new(operation, name, args) */
int hl_core_model_new(lua_State *L);
/* core.model_names(), core.model_keys() */
int hl_core_model_names(lua_State *L);
int hl_core_model_keys(lua_State *L);
/* core.model_op(value), core.model_problem(value) */
int hl_core_model_op(lua_State *L);
int hl_core_model_problem(lua_State *L);

/* The model at that index; NULL when there is none. */
struct hl_model *hl_to_model(lua_State *L, int index);

#endif
