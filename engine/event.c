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
#include "handlers.h"
#include "log.h"
#include "lua_hook.h"
#include "lua_syscall.h"
#include "proto.h"
#include "record/record.h"
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

static bool accept(const struct hl_task *task, const struct hl_hook *hook)
{
    const struct hl_hook_spec *spec = hook->spec;

    return hook->type == &hl_syscall_hook &&
           GUINT32_FROM_LE(spec->phase) == task->event.phase;
}

static int push_handler(lua_State *co, struct hl_task *task)
{
    const struct hl_engine *engine = hl_script_of(co)->engine;
    const struct hl_event *event = &task->event;
    const struct hl_hook *hook = task->handlers.running;
    const struct hl_sys_proto *proto = hl_event_proto(engine, event);
    int args = hl_event_args(engine, event, proto);

    lua_rawgeti(co, LUA_REGISTRYINDEX, hook->handler_ref);
    hl_push_syscall(co, task, hook);
    for (int i = 0; i < args; i++) {
        lua_pushinteger(co, (lua_Integer)hl_event_arg(engine, event, proto,
                                                      i));
    }
    return 1 + args;
}

static char *describe(struct hl_engine *engine, const struct hl_task *task)
{
    return g_strdup(task->handlers.running->title);
}

static struct hl_served served(const struct hl_task *task)
{
    return (struct hl_served){ task->event.pid, task->event.comm };
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

static void save(struct hl_task *task)
{
    task->event.before = task->event.now;
}

static void back(struct hl_task *task)
{
    task->event.now = task->event.before;
}

static enum hl_step step_event(struct hl_engine *engine, struct hl_task *task)
{
    enum hl_step step = hl_handlers_run(engine, task, &task->handlers,
                                        task->event.hook, push_handler, save,
                                        back);

    if (step == HL_STEP_DONE) {
        set_reply(task);
    }
    return step;
}

static void end_event(struct hl_engine *engine, struct hl_task *task)
{
    if (engine->record && task->seen) {
        hl_record_event_end(engine, task);
    }
    hl_coroutine_close(engine, task);
    hl_handlers_stop(&task->handlers);
}

static const struct hl_task_ops event_ops = {
    .step = step_event,
    .end = end_event,
    .describe = describe,
    .served = served,
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
}

static bool take_hooks(struct hl_engine *engine, struct hl_request *request,
                       struct hl_task *task, uint32_t count,
                       const hl_le32 first[2])
{
    uint32_t *id = task->event.hook;

    memcpy(id, first, 2 * sizeof(hl_le32));
    if (count > 2 &&
        !hl_region_read(request->guest, request->arg[0],
                        sizeof(struct wire_event), id + 2,
                        (count - 2) * sizeof(hl_le32))) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        id[i] = GUINT32_FROM_LE(id[i]);
    }
    task->handlers.count = hl_handlers_choose(engine, task, id, count, accept);
    return true;
}

/* 0, or the call's answer without any handler. */
static uint64_t read_event(struct hl_engine *engine, struct hl_request *request,
                           struct hl_task *task)
{
    struct hl_event *event = &task->event;
    struct wire_event wire;
    uint32_t count;

    if (!hl_region_read(request->guest, request->arg[0], 0, &wire,
                        sizeof(wire))) {
        return hl_call_error(EFAULT);
    }
    take_fixed(event, &wire.fixed);
    count = GUINT32_FROM_LE(wire.fixed.hooks);
    if (count > HL_EVENT_HOOKS ||
        (event->phase != HL_PHASE_ENTER && event->phase != HL_PHASE_RETURN)) {
        return hl_call_error(EINVAL);
    }
    if (hl_handlers_are_stale(engine, wire.fixed.flags)) {
        return HL_ANSWER_STALE;
    }
    return take_hooks(engine, request, task, count, wire.hook)
               ? 0 : hl_call_error(EFAULT);
}

static uint64_t begin(struct hl_engine *engine, struct hl_request *request)
{
    struct hl_task *task = hl_task_begin(engine, &event_ops, request->arg[0],
                                         engine->script);
    uint64_t answer;

    if (!task) {
        return hl_call_error(EBUSY);
    }
    answer = read_event(engine, request, task);
    if (answer != 0) {
        hl_task_end(engine, task);
        return answer;
    }
    task->is_user = true;
    if (task->event.compat) {
        task->word_bytes = 4;
    }
    engine->stats.syscalls++;
    if (engine->record) {
        hl_record_event_begin(engine, task);
    }
    return hl_task_advance(engine, request, task);
}

uint64_t hl_call_syscall(struct hl_engine *engine, struct hl_request *request)
{
    return hl_call_with_region(engine, request, begin);
}
