/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_PLAYED_LUA_RELOAD_H
#define HL_PLAYED_LUA_RELOAD_H

#include <lua.h>

/* Adds the methods about versions of scripts to the table on top. */
void hl_lua_reload(lua_State *L);

#endif
