/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HL_CALL_SYSCALL: a system call whose filters matched in the guest.  Its
 * handlers run one after the other, in the order in which they were
 * registered, and each sees what the one before it left.
 */
#include "event.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "call.h"
#include "coroutine.h"
#include "hook.h"
#include "log.h"
#include "lua_syscall.h"
#include "script.h"
#include "task.h"

static void save(struct hl_event *event)
{
    memcpy(event->before.arg, event->arg, sizeof(event->arg));
    event->before.retval = event->retval;
    event->before.retval_set = event->retval_set;
    event->before.skip = event->skip;
    event->before.args_set = event->args_set;
}

static void restore(struct hl_event *event)
{
    memcpy(event->arg, event->before.arg, sizeof(event->arg));
    event->retval = event->before.retval;
    event->retval_set = event->before.retval_set;
    event->skip = event->before.skip;
    event->args_set = event->before.args_set;
}

/* Puts the next handler on the coroutine; false: there is none left. */
static bool push_next(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_event *event = &task->event;
    lua_State *co = hl_coroutine_open(engine, task);

    while (event->next < event->hooks) {
        struct hl_hook *hook = hl_hook_find(engine, event->hook[event->next]);

        if (hook && !hook->removed && hook->handler_ref != LUA_NOREF) {
            save(event);
            lua_rawgeti(co, LUA_REGISTRYINDEX, hook->handler_ref);
            hl_push_syscall(co, task, hook);
            for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
                lua_pushinteger(co, (lua_Integer)event->arg[i]);
            }
            return true;
        }
        event->next++;
    }
    return false;
}

/* After the handler that ran last. */
static void settle(struct hl_task *task, enum hl_run run)
{
    if (run == HL_RUN_FAILED) {
        restore(&task->event);
    }
    task->event.next++;
}

static char *describe(struct hl_engine *engine, const struct hl_task *task)
{
    const struct hl_event *event = &task->event;
    struct hl_hook *hook = hl_hook_find(engine, event->hook[event->next]);

    return g_strdup_printf("%s, for pid %u (%s)", hook ? hook->title : "?",
                           event->pid, event->comm);
}

static void set_reply(struct hl_task *task)
{
    struct hl_event *event = &task->event;

    event->answer.retval = GUINT64_TO_LE((uint64_t)event->retval);
    for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
        event->answer.arg[i] = GUINT64_TO_LE(event->arg[i]);
    }
    task->ret = (event->retval_set ? HL_ANSWER_RETVAL : 0) |
                (event->skip ? HL_ANSWER_SKIP : 0) |
                (event->args_set ? HL_ANSWER_ARGS : 0);
    task->reply = &event->answer;
    task->reply_size = task->ret ? sizeof(event->answer) : 0;
}

static enum hl_step step_event(struct hl_engine *engine, struct hl_task *task)
{
    bool going_on = lua_status(hl_coroutine_open(engine, task)) == LUA_YIELD;

    while (going_on || push_next(engine, task)) {
        int arguments = going_on ? 0 : 1 + HL_SYSCALL_ARGS;
        enum hl_run run = hl_coroutine_run(engine, task, arguments);

        if (run == HL_RUN_ASK) {
            return HL_STEP_ASK;
        }
        settle(task, run);
        going_on = false;
    }
    set_reply(task);
    return HL_STEP_DONE;
}

/* The event with room for two ids: nearly always there is one. */
struct wire_event {
    struct hl_syscall_event fixed;
    hl_le32 hook[2];
};

static void take_fixed(struct hl_event *event,
                       const struct hl_syscall_event *fixed)
{
    event->phase = (enum hl_phase)GUINT32_FROM_LE(fixed->phase);
    event->hooks = GUINT32_FROM_LE(fixed->hooks);
    event->pid = GUINT32_FROM_LE(fixed->pid);
    event->tid = GUINT32_FROM_LE(fixed->tid);
    memcpy(event->comm, fixed->comm, HL_COMM_SIZE);
    event->comm[HL_COMM_SIZE] = '\0';
    event->retval = (int64_t)GUINT64_FROM_LE(fixed->retval);
    for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
        event->arg[i] = GUINT64_FROM_LE(fixed->arg[i]);
    }
    event->next = 0;
    event->retval_set = event->skip = event->args_set = false;
}

static bool take_hooks(struct hl_event *event, struct hl_request *request,
                       const hl_le32 first[2])
{
    memcpy(event->hook, first, 2 * sizeof(hl_le32));
    if (event->hooks > 2 &&
        !hl_region_read(request->guest, request->arg[0],
                        sizeof(struct wire_event), event->hook + 2,
                        (event->hooks - 2) * sizeof(hl_le32))) {
        return false;
    }
    for (uint32_t i = 0; i < event->hooks; i++) {
        event->hook[i] = GUINT32_FROM_LE(event->hook[i]);
    }
    return true;
}

static int read_event(struct hl_request *request, struct hl_event *event)
{
    struct wire_event wire;

    if (!hl_region_read(request->guest, request->arg[0], 0, &wire,
                        sizeof(wire))) {
        return EFAULT;
    }
    take_fixed(event, &wire.fixed);
    if (event->hooks > HL_EVENT_HOOKS ||
        (event->phase != HL_PHASE_ENTER && event->phase != HL_PHASE_RETURN)) {
        return EINVAL;
    }
    return take_hooks(event, request, wire.hook) ? 0 : EFAULT;
}

static uint64_t begin(struct hl_engine *engine, struct hl_request *request)
{
    struct hl_task *task = hl_task_begin(engine, request->arg[0]);
    int error;

    if (!task) {
        return hl_call_error(EBUSY);
    }
    error = read_event(request, &task->event);
    if (error != 0) {
        hl_task_end(engine, task);
        return hl_call_error(error);
    }
    task->step = step_event;
    task->describe = describe;
    return hl_task_advance(engine, request, task);
}

uint64_t hl_call_syscall(struct hl_engine *engine, struct hl_request *request)
{
    uint64_t ret = hl_call_error(EPROTO);

    if (!hl_region_is_sane(engine, request->arg[0])) {
        return hl_call_error(EFAULT);
    }
    g_mutex_lock(&engine->lock);
    if (engine->session.greeted) {
        ret = begin(engine, request);
    }
    g_mutex_unlock(&engine->lock);
    return ret;
}
