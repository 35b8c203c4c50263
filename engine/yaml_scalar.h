/* SPDX-License-Identifier: GPL-2.0-or-later */
/* YAML's scalars as Lua values.  Under engine->lock. */
#ifndef HL_YAML_SCALAR_H
#define HL_YAML_SCALAR_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Null inside of tables, where nil cannot be. */
void hl_yaml_push_null(lua_State *L);

/* Unquoted: null, a boolean, an integer, a float, or else a string. */
void hl_yaml_push_plain(lua_State *L, const char *text, size_t size);

/*
 * As the tag says: "str", "binary", "int", ...  false: there is no such tag,
 * or the text does not fit it.
 */
bool hl_yaml_push_tagged(lua_State *L, const char *tag, const char *text,
                         size_t size);

#endif
