/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The C functions below lua/hyperlua/portal.lua. */
#ifndef HL_LUA_PORTAL_H
#define HL_LUA_PORTAL_H

#include <lua.h>

struct hl_task;

/*
 * core.portal(pid) -> table of read_bytes, read_str, write_bytes, write_str and
 * read_ and write_ of byte, word, int, long, ptr; 0: of the process that is
 * served
 */
int hl_core_portal(lua_State *L);

/* core.word() -> bytes of a pointer of the program being served */
int hl_core_word(lua_State *L);

/* core.direct(on) -> whether it was on: reads may do without the guest */
int hl_core_direct(lua_State *L);

/* What a binding of core.portal() shares: its pid is the first upvalue. */
uint32_t hl_portal_pid(lua_State *L);

/* As hl_coroutine_task, and its process is there; for what may not ask. */
struct hl_task *hl_portal_task(lua_State *L, const char *function);

/* As hl_coroutine_may_wait, and there is a process that can be meant. */
struct hl_task *hl_portal_may_ask(lua_State *L, const char *function,
                                  uint32_t pid);

/*
 * Of an access that failed: nil, and "ESRCH" for a process that is gone, else
 * "EFAULT", whatever the guest made of it.
 */
int hl_portal_push_fault(lua_State *L, const struct hl_task *task);

/* core.portal's integers, with pid as upvalue; onto the table on top. */
void hl_portal_set_integers(lua_State *L, uint32_t pid);

#endif
