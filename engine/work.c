/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HL_CALL_WORK: the guest asks what there is to do, and one task hands it all
 * hooks that are to be installed or taken out, one op after the other.
 */
#include <errno.h>

#include "call.h"
#include "hook.h"
#include "task.h"

/* hook->spec and hook->test go out as one message. */
_Static_assert(offsetof(struct hl_hook, test) ==
               offsetof(struct hl_hook, spec) + sizeof(struct hl_hook_spec),
               "spec and tests lie together");
_Static_assert(sizeof(struct hl_hook_spec) +
               HL_HOOK_TESTS * sizeof(struct hl_filter_test) <= HL_CHUNK,
               "spec and tests fit a region");

static void ask_add(struct hl_task *task, const struct hl_hook *hook)
{
    uint32_t tests = GUINT32_FROM_LE(hook->spec.tests);

    task->ask.op = HL_OP_HOOK_ADD;
    task->ask.data = &hook->spec;
    task->ask.data_size = sizeof(hook->spec) +
                          tests * sizeof(struct hl_filter_test);
    task->ask.size = task->ask.data_size;
}

static void ask_remove(struct hl_task *task, const struct hl_hook *hook)
{
    task->ask.op = HL_OP_HOOK_REMOVE;
    task->ask.addr = hook->id;
}

static void take_answer(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_hook *hook = hl_hook_find(engine, task->hook);

    task->hook = 0;
    if (hook && hook->state == HL_HOOK_MOVING) {
        hl_hook_moved(engine, hook, task->answer.error);
    }
}

static enum hl_step step_work(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_hook *hook;

    if (task->hook != 0) {
        take_answer(engine, task);
    }
    hook = hl_hook_next_work(engine);
    if (!hook) {
        return HL_STEP_DONE;
    }
    task->ask = (struct hl_ask){ 0 };
    task->hook = hook->id;
    if (hook->leaving) {
        ask_remove(task, hook);
    } else {
        ask_add(task, hook);
    }
    return HL_STEP_ASK;
}

/* With a hook in hand, its question was lost on the way. */
static void end_work(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_hook *hook = hl_hook_find(engine, task->hook);

    if (hook && hook->state == HL_HOOK_MOVING) {
        hl_hook_not_moved(engine, hook);
    }
}

static const struct hl_task_ops work_ops = {
    .step = step_work,
    .end = end_work,
};

static uint64_t begin(struct hl_engine *engine, struct hl_request *request)
{
    struct hl_task *task;

    if (!engine->greeted) {
        return hl_call_error(EPROTO);
    }
    task = hl_task_begin(engine, &work_ops, request->arg[0]);
    if (!task) {
        return hl_call_error(EBUSY);
    }
    task->hook = 0;
    return hl_task_advance(engine, request, task);
}

uint64_t hl_call_work(struct hl_engine *engine, struct hl_request *request)
{
    uint64_t ret;

    if (!g_atomic_int_get(&engine->work_waiting)) {
        return 0;
    }
    if (!hl_region_is_sane(engine, request->arg[0])) {
        return hl_call_error(EFAULT);
    }
    g_mutex_lock(&engine->lock);
    ret = begin(engine, request);
    g_mutex_unlock(&engine->lock);
    return ret;
}
