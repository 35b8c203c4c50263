/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The handlers of one event: those of the hooks that matched in the guest, one
 * after the other, in the order in which they were registered.
 * All under engine->lock.
 */
#ifndef HL_HANDLERS_H
#define HL_HANDLERS_H

#include "coroutine.h"
#include "hook.h"

/*
 * By the flags of an event: the guest looked for the hooks that match before it
 * had all those of the version that serves now.
 */
bool hl_handlers_are_stale(const struct hl_engine *engine, hl_le32 flags);

/*
 * The guest's ids in id[] become those of the hooks of the task's script that
 * accept() takes, ascending, none twice; how many.  Others are let go: of what
 * was removed meanwhile, of another version, or of nothing at all.
 */
uint32_t hl_handlers_choose(struct hl_engine *engine,
                            const struct hl_task *task, uint32_t *id,
                            uint32_t count,
                            bool (*accept)(const struct hl_task *task,
                                           const struct hl_hook *hook));

/*
 * Runs until one waits or all are done.  save() comes before each; back() after
 * one that raised, so that what it did is undone.
 */
enum hl_step hl_handlers_run(struct hl_engine *engine, struct hl_task *task,
                             struct hl_handlers *handlers, const uint32_t *id,
                             hl_push_handler *push,
                             void (*save)(struct hl_task *task),
                             void (*back)(struct hl_task *task));

/* However the event ends. */
void hl_handlers_stop(struct hl_handlers *handlers);

#endif
