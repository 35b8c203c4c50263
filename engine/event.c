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
#include "proto.h"
#include "script.h"
#include "task.h"

/* --- arguments ------------------------------------------------------------ */

struct hl_sys_proto *hl_event_proto(const struct hl_engine *engine,
                                    const struct hl_event *event)
{
    struct hl_sys_proto *proto = hl_proto_find(engine, event->name);

    return proto && proto->known ? proto : NULL;
}

static unsigned word_bits(const struct hl_engine *engine,
                          const struct hl_event *event)
{
    return event->compat ? 32 : engine->target->word_bits;
}

/* An argument that takes two words shifts what is behind it: give words. */
static bool by_word(const struct hl_engine *engine,
                    const struct hl_event *event,
                    const struct hl_sys_proto *proto)
{
    return !proto || (proto->wide && word_bits(engine, event) == 32);
}

int hl_event_args(const struct hl_engine *engine, const struct hl_event *event,
                  const struct hl_sys_proto *proto)
{
    return by_word(engine, event, proto) ? HL_SYSCALL_ARGS : proto->args;
}

uint64_t hl_event_arg(const struct hl_engine *engine,
                      const struct hl_event *event,
                      const struct hl_sys_proto *proto, int i)
{
    unsigned bits = word_bits(engine, event);

    if (!by_word(engine, event, proto)) {
        bits = MIN(bits, proto->arg[i].bits);
    }
    return event->now.arg[i] & (UINT64_MAX >> (64 - bits));
}

/* --- handlers ------------------------------------------------------------- */

/* The next handler's hook, or NULL: none is left. */
static struct hl_hook *next_hook(struct hl_engine *engine,
                                 struct hl_event *event)
{
    for (; event->next < event->hooks; event->next++) {
        struct hl_hook *hook = hl_hook_find(engine, event->hook[event->next]);

        if (hook && !hook->item.removed &&
            GUINT32_FROM_LE(hook->spec->phase) == event->phase) {
            return hook;
        }
    }
    return NULL;
}

static int push_handler(lua_State *co, struct hl_task *task)
{
    const struct hl_engine *engine = hl_script_of(co)->engine;
    const struct hl_event *event = &task->event;
    const struct hl_sys_proto *proto = hl_event_proto(engine, event);
    int args = hl_event_args(engine, event, proto);

    lua_rawgeti(co, LUA_REGISTRYINDEX, event->running->handler_ref);
    hl_push_syscall(co, task, event->running);
    for (int i = 0; i < args; i++) {
        lua_pushinteger(co, (lua_Integer)hl_event_arg(engine, event, proto,
                                                      i));
    }
    return 1 + args;
}

static char *describe(struct hl_engine *engine, const struct hl_task *task)
{
    const struct hl_event *event = &task->event;

    return g_strdup_printf("%s, for pid %u (%s)", event->running->title,
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

static void start(struct hl_event *event, struct hl_hook *hook)
{
    hl_hook_use(hook);
    event->running = hook;
    event->before = event->now;
}

static void stop(struct hl_event *event)
{
    if (event->running) {
        hl_hook_unuse(event->running);
        event->running = NULL;
    }
}

static enum hl_step step_event(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_event *event = &task->event;
    struct hl_hook *hook = NULL;

    while (task->waiting || (hook = next_hook(engine, event))) {
        enum hl_run run;

        if (!task->waiting) {
            start(event, hook);
        }
        run = hl_coroutine_run(engine, task, push_handler);
        if (run == HL_RUN_ASK) {
            return HL_STEP_ASK;
        }
        if (run == HL_RUN_FAILED) {
            event->now = event->before;
        }
        stop(event);
        event->next++;
    }
    set_reply(task);
    return HL_STEP_DONE;
}

static void end_event(struct hl_engine *engine, struct hl_task *task)
{
    hl_coroutine_close(engine, task);
    stop(&task->event);
}

static const struct hl_task_ops event_ops = {
    .step = step_event,
    .end = end_event,
    .describe = describe,
    .after_error = "; the call goes on as if unhooked",
};

/* The event with room for two ids: nearly always there is one. */
struct wire_event {
    struct hl_syscall_event fixed;
    hl_le32 hook[2];
};

/* The guest may put anything there; they go into log lines. */
static void take_texts(struct hl_event *event,
                       const struct hl_syscall_event *fixed)
{
    memcpy(event->comm, fixed->comm, HL_COMM_SIZE);
    event->comm[HL_COMM_SIZE] = '\0';
    memcpy(event->name, fixed->name, HL_NAME_SIZE);
    event->name[HL_NAME_SIZE] = '\0';
}

static void take_fixed(struct hl_event *event,
                       const struct hl_syscall_event *fixed)
{
    event->phase = (enum hl_phase)GUINT32_FROM_LE(fixed->phase);
    event->hooks = GUINT32_FROM_LE(fixed->hooks);
    event->pid = GUINT32_FROM_LE(fixed->pid);
    event->tid = GUINT32_FROM_LE(fixed->tid);
    event->number = GUINT32_FROM_LE(fixed->number);
    event->compat = GUINT32_FROM_LE(fixed->flags) & HL_EVENT_COMPAT;
    take_texts(event, fixed);
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
    task->event.running = NULL;
    error = read_event(request, &task->event);
    if (error != 0) {
        hl_task_end(engine, task);
        return hl_call_error(error);
    }
    task->is_user = true;
    if (task->event.compat) {
        task->word_bytes = 4;
    }
    engine->stats.syscalls++;
    return hl_task_advance(engine, request, task);
}

uint64_t hl_call_syscall(struct hl_engine *engine, struct hl_request *request)
{
    return hl_call_with_region(engine, request, begin);
}
