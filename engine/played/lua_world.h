/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_PLAYED_LUA_WORLD_H
#define HL_PLAYED_LUA_WORLD_H

#include <lua.h>

struct hl_played;

/* lua_played.c's: the guest at 1, or an error. */
struct hl_played *hl_lua_played(lua_State *L);

/* Adds the methods of lua_world.c to the table on top. */
void hl_lua_world(lua_State *L);

#endif
