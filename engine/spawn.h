/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hl.spawn: functions that run as tasks of their own, each in a thread of the
 * guest's kernel, which asks for it with HL_CALL_SPAWNED.  Tasks that began
 * without the guest get such a thread when they first need one.  Under
 * engine->lock.
 */
#ifndef HL_SPAWN_H
#define HL_SPAWN_H

#include <lua.h>

#include "engine.h"

/* Not begun yet; a script that asks for more has made a mistake. */
#define HL_SPAWNS_WAITING 256

struct hl_task;

struct hl_spawns *hl_spawns_new(struct hl_engine *engine);
void hl_spawns_free(struct hl_spawns *spawns);

/* A new guest, or none: what had not begun has to be told again. */
void hl_spawns_forget_guest(struct hl_engine *engine);

/*
 * old gave way: what it had not begun is dropped, and the new version's is told.
 */
void hl_spawns_pass_on(struct hl_engine *engine, struct hl_script *old);

/* Of a script that never came to serve. */
void hl_spawns_drop(struct hl_script *script);

/* What has not begun. */
void hl_spawns_each(struct hl_engine *engine,
                    void (*each)(const struct hl_script *script,
                                 const char *title, void *user), void *user);

/*
 * A task without a region asks: its next step is in the thread that comes for
 * it, and is to give HL_STEP_ASK.  The title is for messages.
 */
void hl_spawn_park(struct hl_engine *engine, struct hl_task *task,
                   const char *title);

/* A task that may have been parked ends: its thread is needed no more. */
void hl_spawn_unpark(struct hl_engine *engine, struct hl_task *task);

/* core.spawn(title, function, ...).  Does not wait. */
int hl_core_spawn(lua_State *L);

#endif
