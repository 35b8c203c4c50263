/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_PLAYED_LUA_CALL_H
#define HL_PLAYED_LUA_CALL_H

#include <lua.h>

/* Adds the methods of lua_call.c to the table on top. */
void hl_lua_calls(lua_State *L);

#endif
