/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HL_CALL_WORK: the guest asks what there is to do, and one task hands it all
 * items that are to be added, changed, taken out or told, one op after the
 * other.
 */
#include <errno.h>

#include "call.h"
#include "item.h"
#include "task.h"

/* false: there was nothing to tell after all. */
static bool ask(struct hl_task *task, struct hl_item *item)
{
    switch (item->move) {
    case HL_MOVE_ADD:
    case HL_MOVE_CHANGE:
        item->ops->ask_add(task, item);
        return true;
    case HL_MOVE_REMOVE:
        item->ops->ask_remove(task, item);
        return true;
    default:
        item->tells = item->ops->ask_tell(task, item);
        return item->tells;
    }
}

/* Whether the same item has a further question. */
static bool take(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_item *item = task->item;

    return item->move == HL_MOVE_ADD && item->ops->take &&
           task->answer.error == 0 &&
           item->ops->take(engine, item, &task->answer);
}

static enum hl_step step_work(struct hl_engine *engine, struct hl_task *task)
{
    if (task->item && take(engine, task)) {
        task->ask = (struct hl_ask){ 0 };
        task->item->ops->ask_add(task, task->item);
        return HL_STEP_ASK;
    }
    if (task->item) {
        hl_item_moved(engine, task->item, task->answer.error);
    }
    while ((task->item = hl_item_next_work(engine))) {
        task->ask = (struct hl_ask){ 0 };
        if (ask(task, task->item)) {
            return HL_STEP_ASK;
        }
        hl_item_moved(engine, task->item, 0);
    }
    return HL_STEP_DONE;
}

/* With an item in hand, its question was lost on the way. */
static void end_work(struct hl_engine *engine, struct hl_task *task)
{
    if (task->item) {
        hl_item_not_moved(engine, task->item);
    }
}

static const struct hl_task_ops work_ops = {
    .step = step_work,
    .end = end_work,
    .is_work = true,
};

static uint64_t begin(struct hl_engine *engine, struct hl_request *request)
{
    struct hl_task *task;

    if (!engine->greeted) {
        return hl_call_error(EPROTO);
    }
    task = hl_task_begin(engine, &work_ops, request->arg[0], NULL);
    if (!task) {
        return hl_call_error(EBUSY);
    }
    task->item = NULL;
    return hl_task_advance(engine, request, task);
}

uint64_t hl_call_work(struct hl_engine *engine, struct hl_request *request)
{
    if (!g_atomic_int_get(&engine->work_waiting)) {
        return 0;
    }
    return hl_call_with_region(engine, request, begin);
}
