/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See handlers.h.  Called by event.c and probe_event.c, on a vCPU's thread. */
#include "handlers.h"

#include <string.h>

#include "record/seen.h"
#include "script.h"

/* Puts it in its place among the first kept; how many they are then. */
static uint32_t insert(uint32_t *id, uint32_t kept, uint32_t one)
{
    uint32_t at = kept;

    while (at > 0 && id[at - 1] > one) {
        at--;
    }
    if (at > 0 && id[at - 1] == one) {
        return kept;
    }
    memmove(id + at + 1, id + at, (kept - at) * sizeof(*id));
    id[at] = one;
    return kept + 1;
}

bool hl_handlers_are_stale(const struct hl_engine *engine, hl_le32 flags)
{
    uint32_t added = GUINT32_FROM_LE(flags) >> HL_EVENT_ADDED_SHIFT;

    return ((added - engine->added) & HL_EVENT_ADDED_MASK) >
           HL_EVENT_ADDED_MASK / 2;
}

uint32_t hl_handlers_choose(struct hl_engine *engine,
                            const struct hl_task *task, uint32_t *id,
                            uint32_t count,
                            bool (*accept)(const struct hl_task *task,
                                           const struct hl_hook *hook))
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct hl_site *site = hl_site_find(engine, id[i]);

        if (site && site->hook && site->hook->script == task->script &&
            accept(task, site->hook)) {
            kept = insert(id, kept, site->hook->id);
        }
    }
    return kept;
}

/* The next handler's hook, or NULL: none is left. */
static struct hl_hook *next_hook(const struct hl_task *task,
                                 struct hl_handlers *handlers,
                                 const uint32_t *id)
{
    for (; handlers->next < handlers->count; handlers->next++) {
        struct hl_hook *hook = hl_hook_find(task->script, id[handlers->next]);

        if (hook && hl_hook_is_on(hook)) {
            return hook;
        }
    }
    return NULL;
}

void hl_handlers_stop(struct hl_handlers *handlers)
{
    if (handlers->running) {
        hl_hook_unuse(handlers->running);
        handlers->running = NULL;
    }
}

enum hl_step hl_handlers_run(struct hl_engine *engine, struct hl_task *task,
                             struct hl_handlers *handlers, const uint32_t *id,
                             hl_push_handler *push,
                             void (*save)(struct hl_task *task),
                             void (*back)(struct hl_task *task))
{
    struct hl_hook *hook = NULL;

    while (task->waiting || (hook = next_hook(task, handlers, id))) {
        enum hl_run run;

        if (!task->waiting) {
            hl_hook_use(hook);
            handlers->running = hook;
            hook->calls++;
            save(task);
        }
        run = hl_coroutine_run(engine, task, push);
        if (run == HL_RUN_ASK) {
            return HL_STEP_ASK;
        }
        if (run == HL_RUN_FAILED) {
            handlers->running->errors++;
            back(task);
        }
        if (task->seen) {
            hl_seen_hook(task->seen, handlers->running->title,
                         run == HL_RUN_FAILED);
        }
        hl_handlers_stop(handlers);
        handlers->next++;
    }
    return HL_STEP_DONE;
}
