/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The `syscall` that a handler gets as its first argument. */
#ifndef HL_LUA_SYSCALL_H
#define HL_LUA_SYSCALL_H

#include <lua.h>

struct hl_hook;
struct hl_task;

void hl_push_syscall(lua_State *L, struct hl_task *task,
                     const struct hl_hook *hook);

/* A table of its fields, for core.fields. */
void hl_push_syscall_fields(lua_State *L);

/* Makes the metatable; called once for a Lua state. */
void hl_register_syscall(lua_State *L);

#endif
