/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_LUA_CORE_H
#define HL_LUA_CORE_H

#include <lua.h>

/* require "hyperlua.core": what the modules in lua/ are built on. */
int hl_open_core(lua_State *L);

#endif
