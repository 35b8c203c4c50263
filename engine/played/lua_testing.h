/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_PLAYED_LUA_TESTING_H
#define HL_PLAYED_LUA_TESTING_H

#include <lua.h>

/* Adds the methods of lua_testing.c to the table on top. */
void hl_lua_testing(lua_State *L);

/* Adds targets() and source() to the table on top. */
void hl_lua_testing_functions(lua_State *L);

#endif
