/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hyperlua.syscall and hyperlua.filter are made of. */
#ifndef HL_LUA_HOOK_H
#define HL_LUA_HOOK_H

#include <lua.h>

#include "hook.h"
#include "proto.h"

/* Adds the functions and numbers to the table on top. */
void hl_open_hook(lua_State *L);

/* { name =, number =, args = { { type =, name =, bits = }, ... } }; kept. */
void hl_push_proto(lua_State *L, const struct hl_sys_proto *proto);

/* Of system calls. */
extern const struct hl_hook_type hl_syscall_hook;

#endif
