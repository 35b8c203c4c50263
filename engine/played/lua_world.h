/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_PLAYED_LUA_WORLD_H
#define HL_PLAYED_LUA_WORLD_H

#include <lua.h>
#include <stdint.h>

struct hl_played;
struct hl_played_node;

/* lua_played.c's: the guest at 1, or an error; or a table of the node's. */
struct hl_played *hl_lua_played(lua_State *L);
void hl_lua_push_node(lua_State *L, const struct hl_played_node *node);

/* ret; or nil, "waits", milliseconds, task when its process is to wait. */
int hl_lua_push_ret(lua_State *L, uint64_t ret);

/* Adds the methods of lua_world.c to the table on top. */
void hl_lua_world(lua_State *L);

#endif
