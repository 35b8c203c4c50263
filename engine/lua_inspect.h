/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hyperlua.inspect is made of: what is installed, and what waits. */
#ifndef HL_LUA_INSPECT_H
#define HL_LUA_INSPECT_H

#include <lua.h>

int hl_core_files(lua_State *L);
int hl_core_hooks(lua_State *L);
int hl_core_tasks(lua_State *L);

#endif
