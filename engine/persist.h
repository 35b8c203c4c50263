/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hl.persist: plain data that outlives the versions of the scripts.  It lies in
 * a Lua state of its own; each version reaches it through tables that stand for
 * the tables there, so that all see the same.  Under engine->lock.
 */
#ifndef HL_PERSIST_H
#define HL_PERSIST_H

#include <lua.h>

#include "engine.h"

/* All that is kept, in bytes; a script's slip beyond, not a need. */
#define HL_PERSIST_MAX (64 << 20)

lua_State *hl_persist_new(void);

/* Makes the type of these tables, in a script's state. */
void hl_register_persist(lua_State *L);

/*
 * core.persist(root) -> the table of that name, the same for all versions:
 * "data" is hl.persist, others are ours.
 */
int hl_core_persist(lua_State *L);

#endif
