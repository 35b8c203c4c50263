/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Probes in Lua, and the event that a probe's handler gets. */
#ifndef HL_LUA_PROBE_H
#define HL_LUA_PROBE_H

#include <lua.h>

#include "hook.h"

struct hl_task;

void hl_push_probe_event(lua_State *L, struct hl_task *task,
                         const struct hl_hook *hook);

/* Of events that are no system calls. */
extern const struct hl_hook_type hl_probe_hook;

/* A table by kind of its fields, for core.fields. */
void hl_push_event_fields(lua_State *L);

/* Adds probe_add and its like to the table on top, and makes the metatables. */
void hl_open_probe(lua_State *L);

#endif
