/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks that wait for a time or for another handler.  The guest's process
 * sleeps; the time it counts itself, of a wake it is told (HL_OP_TASK_WAKE).
 * All under engine->lock.
 */
#ifndef HL_WAKER_H
#define HL_WAKER_H

#include "engine.h"

struct hl_waker *hl_waker_new(struct hl_engine *engine);
void hl_waker_free(struct hl_waker *waker);

/* false: there is no such task, or it does not wait. */
bool hl_task_wake(struct hl_engine *engine, uint64_t id);

/* It goes on by itself: a wake that is not told yet would end its next wait. */
void hl_task_forget_wake(struct hl_engine *engine, uint64_t id);

#endif
