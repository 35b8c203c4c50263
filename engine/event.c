/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HL_CALL_SYSCALL: a system call whose filters matched in the guest.  Its
 * handlers run one after the other, in the order in which they were
 * registered, and each sees what the one before it left; what one did that
 * raises is undone.
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

/* The next handler's hook, or NULL: none is left. */
static struct hl_hook *next_hook(struct hl_engine *engine,
                                 struct hl_event *event)
{
    for (; event->next < event->hooks; event->next++) {
        struct hl_hook *hook = hl_hook_find(engine, event->hook[event->next]);

        if (hook && !hook->item.removed && hook->handler_ref != LUA_NOREF &&
            GUINT32_FROM_LE(hook->spec.phase) == event->phase) {
            return hook;
        }
    }
    return NULL;
}

static int push_handler(lua_State *co, struct hl_task *task)
{
    const struct hl_event *event = &task->event;
    struct hl_hook *hook = hl_hook_find(hl_script_of(co)->engine,
                                        event->hook[event->next]);

    lua_rawgeti(co, LUA_REGISTRYINDEX, hook->handler_ref);
    hl_push_syscall(co, task, hook);
    for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
        lua_pushinteger(co, (lua_Integer)event->now.arg[i]);
    }
    return 1 + HL_SYSCALL_ARGS;
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
    const struct hl_change *now = &event->now;

    event->answer.retval = GUINT64_TO_LE((uint64_t)now->retval);
    for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
        event->answer.arg[i] = GUINT64_TO_LE(now->arg[i]);
    }
    task->ret = (now->retval_set ? HL_ANSWER_RETVAL : 0) |
                (now->skip ? HL_ANSWER_SKIP : 0) |
                (now->args_set ? HL_ANSWER_ARGS : 0) |
                (now->again ? HL_ANSWER_AGAIN : 0);
    task->reply = &event->answer;
    task->reply_size = task->ret ? sizeof(event->answer) : 0;
}

static enum hl_step step_event(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_event *event = &task->event;

    while (task->waiting || next_hook(engine, event)) {
        enum hl_run run;

        if (!task->waiting) {
            event->before = event->now;
        }
        run = hl_coroutine_run(engine, task, push_handler);
        if (run == HL_RUN_ASK) {
            return HL_STEP_ASK;
        }
        if (run == HL_RUN_FAILED) {
            event->now = event->before;
        }
        event->next++;
    }
    set_reply(task);
    return HL_STEP_DONE;
}

static const struct hl_task_ops event_ops = {
    .step = step_event,
    .end = hl_coroutine_close,
    .describe = describe,
    .after_error = "; the call goes on as if unhooked",
};

/* The event with room for two ids: nearly always there is one. */
struct wire_event {
    struct hl_syscall_event fixed;
    hl_le32 hook[2];
};

/* A process names itself as it likes; its name goes into log lines. */
static void take_comm(struct hl_event *event, const char *comm)
{
    memcpy(event->comm, comm, HL_COMM_SIZE);
    event->comm[HL_COMM_SIZE] = '\0';
}

static void take_fixed(struct hl_event *event,
                       const struct hl_syscall_event *fixed)
{
    event->phase = (enum hl_phase)GUINT32_FROM_LE(fixed->phase);
    event->hooks = GUINT32_FROM_LE(fixed->hooks);
    event->pid = GUINT32_FROM_LE(fixed->pid);
    event->tid = GUINT32_FROM_LE(fixed->tid);
    take_comm(event, fixed->comm);
    event->now = (struct hl_change){
        .retval = (int64_t)GUINT64_FROM_LE(fixed->retval),
    };
    for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
        event->now.arg[i] = GUINT64_FROM_LE(fixed->arg[i]);
    }
    event->next = 0;
}

/* Ids ascend as hooks were registered, and none comes twice. */
static void sort_hooks(struct hl_event *event)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < event->hooks; i++) {
        uint32_t id = event->hook[i];
        uint32_t at = kept;

        while (at > 0 && event->hook[at - 1] > id) {
            at--;
        }
        if (at > 0 && event->hook[at - 1] == id) {
            continue;
        }
        memmove(event->hook + at + 1, event->hook + at,
                (kept - at) * sizeof(id));
        event->hook[at] = id;
        kept++;
    }
    event->hooks = kept;
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
    sort_hooks(event);
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
    struct hl_task *task = hl_task_begin(engine, &event_ops, request->arg[0]);
    int error;

    if (!task) {
        return hl_call_error(EBUSY);
    }
    error = read_event(request, &task->event);
    if (error != 0) {
        hl_task_end(engine, task);
        return hl_call_error(error);
    }
    return hl_task_advance(engine, request, task);
}

uint64_t hl_call_syscall(struct hl_engine *engine, struct hl_request *request)
{
    uint64_t ret = hl_call_error(EPROTO);

    if (!hl_region_is_sane(engine, request->arg[0])) {
        return hl_call_error(EFAULT);
    }
    g_mutex_lock(&engine->lock);
    if (engine->greeted) {
        ret = begin(engine, request);
    }
    g_mutex_unlock(&engine->lock);
    return ret;
}
