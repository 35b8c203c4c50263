/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_PLAYED_LUA_CONSOLE_H
#define HL_PLAYED_LUA_CONSOLE_H

#include <lua.h>

/* Adds the methods of lua_console.c to the table on top. */
void hl_lua_consoles(lua_State *L);

/* played.connect and the like, for the module's table on top. */
void hl_lua_connect(lua_State *L);

#endif
