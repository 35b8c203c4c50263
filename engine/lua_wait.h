/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_LUA_WAIT_H
#define HL_LUA_WAIT_H

#include <lua.h>

int hl_core_wait(lua_State *L);
int hl_core_wake(lua_State *L);
int hl_core_task(lua_State *L);

#endif
