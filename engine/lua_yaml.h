/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * YAML text as Lua values.  Called by lua/hyperlua/config.lua, and by whoever
 * has a text and a Lua state; under engine->lock.
 */
#ifndef HL_LUA_YAML_H
#define HL_LUA_YAML_H

#include <lua.h>
#include <stddef.h>

#define HL_YAML_TEXT_MAX (16 << 20)     /* bytes */
#define HL_YAML_DEPTH_MAX 64
#define HL_YAML_NODES_MAX 1000000       /* an alias counts as what it names */

/*
 * Pushes the document and where its keys stand: positions[table][key] is the
 * line of that key, or of that element of a list.  Or pushes nil and
 * "NAME:LINE: what is wrong".  Raises nothing; needs 4 free stack slots.
 */
int hl_yaml_load(lua_State *L, const char *name, const char *text,
                 size_t size);

/* require "hyperlua.yaml": load(name, text), null, and the metatable list. */
int hl_open_yaml(lua_State *L);

#endif
