/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_LUA_PORTAL_H
#define HL_LUA_PORTAL_H

#include <lua.h>

/* require "hyperlua.portal" */
int hl_open_portal(lua_State *L);

#endif
