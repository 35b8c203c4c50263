/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question to the guest, for what lua/hyperlua makes of several. */
#ifndef HL_LUA_ASK_H
#define HL_LUA_ASK_H

#include <lua.h>

/*
 * core.ask(function's name, op, pid, addr [, data [, size]]) -> the bytes that
 * came back, or how many were done; or nil, errno's name.  Waits.
 */
int hl_core_ask(lua_State *L);

/* core.op, the ops' numbers by name, and core.chunk, onto the table on top */
void hl_set_ops(lua_State *L);

/* The guest's name of its errno: "EFAULT". */
void hl_push_errno(lua_State *L, int error);

#endif
