/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HL_CALL_PROBE: something happened in the guest that a probe waits for.  On
 * the vCPU's thread.  Handlers run one after the other, in the order in which
 * they were registered; what one did that raises is undone.
 *
 * Where the guest may not sleep (arg[1] is 1) the one ring is all there is: no
 * handler can ask, and the answer is there when the store has retired.
 */
#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "call.h"
#include "handlers.h"
#include "lua_probe.h"
#include "probe.h"
#include "script.h"
#include "task.h"

static bool accept(const struct hl_task *task, const struct hl_hook *hook)
{
    const struct hl_probe_spec *spec = hook->spec;

    return hook->type == &hl_probe_hook &&
           GUINT32_FROM_LE(spec->kind) == task->probe.kind;
}

static int push_handler(lua_State *co, struct hl_task *task)
{
    const struct hl_hook *hook = task->handlers.running;

    lua_rawgeti(co, LUA_REGISTRYINDEX, hook->handler_ref);
    hl_push_probe_event(co, task, hook);
    return 1;
}

static char *describe(struct hl_engine *engine, const struct hl_task *task)
{
    return g_strdup(task->handlers.running->title);
}

static struct hl_served served(const struct hl_task *task)
{
    return (struct hl_served){ task->probe.pid, task->probe.comm };
}

static void set_reply(struct hl_task *task)
{
    struct hl_probe_run *run = &task->probe;

    run->answer = (struct hl_syscall_answer){
        .retval = GUINT64_TO_LE((uint64_t)run->now.retval),
    };
    task->ret = (run->now.retval_set ? HL_ANSWER_RETVAL : 0) |
                (run->now.drop ? HL_ANSWER_DROP : 0);
    task->reply = &run->answer;
    task->reply_size = task->ret ? sizeof(run->answer) : 0;
}

static void save(struct hl_task *task)
{
    task->probe.before = task->probe.now;
}

static void back(struct hl_task *task)
{
    task->probe.now = task->probe.before;
}

static enum hl_step step_probe(struct hl_engine *engine, struct hl_task *task)
{
    enum hl_step step = hl_handlers_run(engine, task, &task->handlers,
                                        task->probe.id, push_handler, save,
                                        back);

    if (step == HL_STEP_DONE) {
        set_reply(task);
    }
    return step;
}

static void end_probe(struct hl_engine *engine, struct hl_task *task)
{
    hl_coroutine_close(engine, task);
    hl_handlers_stop(&task->handlers);
}

static const struct hl_task_ops probe_task_ops = {
    .step = step_probe,
    .end = end_probe,
    .describe = describe,
    .served = served,
    .after_error = "; the guest goes on as without it",
};

/* A process names itself as it likes; its name goes into log lines. */
static void take_fixed(struct hl_probe_run *run,
                       const struct hl_probe_event *fixed)
{
    memset(run, 0, offsetof(struct hl_probe_run, tail));
    run->kind = (enum hl_probe_kind)GUINT32_FROM_LE(fixed->kind);
    run->ids = GUINT32_FROM_LE(fixed->hooks);
    run->pid = GUINT32_FROM_LE(fixed->pid);
    run->tid = GUINT32_FROM_LE(fixed->tid);
    run->compat = GUINT32_FROM_LE(fixed->flags) & HL_EVENT_COMPAT;
    run->text_size = GUINT32_FROM_LE(fixed->text_size);
    run->now.retval = (int64_t)GUINT64_FROM_LE(fixed->retval);
    run->pc = GUINT64_FROM_LE(fixed->pc);
    run->sp = GUINT64_FROM_LE(fixed->sp);
    memcpy(run->comm, fixed->comm, HL_COMM_SIZE);
    for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
        run->arg[i] = GUINT64_FROM_LE(fixed->arg[i]);
    }
}

static void take_context(const struct hl_engine *engine, struct hl_task *task,
                         const struct hl_probe_event *fixed, bool no_wait)
{
    const struct hl_probe_run *run = &task->probe;

    task->no_wait = no_wait ? hl_probe_kind_name(run->kind) : NULL;
    task->is_user = GUINT32_FROM_LE(fixed->flags) & HL_EVENT_USER;
    if (run->compat && engine->target->word_bits == 64) {
        task->word_bytes = 4;
    }
}

static uint32_t tail_size(const struct hl_probe_run *run)
{
    return run->ids * (uint32_t)sizeof(hl_le32) + run->text_size;
}

static bool is_sane(const struct hl_probe_run *run)
{
    return run->kind >= HL_PROBE_EXEC && run->kind < HL_PROBE_KINDS &&
           run->ids <= HL_PROBE_TAIL / sizeof(hl_le32) &&
           run->text_size <= HL_PROBE_TAIL -
                             run->ids * sizeof(hl_le32);
}

/* Nearly always there is one id, and no text. */
static bool read_event(struct hl_request *request, struct hl_task *task,
                       struct hl_probe_event *fixed)
{
    struct hl_probe_run *run = &task->probe;
    struct {
        struct hl_probe_event fixed;
        hl_le32 first[2];
    } wire;

    if (!hl_region_read(request->guest, request->arg[0], 0, &wire,
                        sizeof(wire))) {
        return false;
    }
    *fixed = wire.fixed;
    take_fixed(run, fixed);
    memcpy(run->tail, wire.first, sizeof(wire.first));
    return !is_sane(run) || tail_size(run) <= sizeof(wire.first) ||
           hl_region_read(request->guest, request->arg[0],
                          sizeof(wire.fixed), run->tail, tail_size(run));
}

/* 0, or the call's answer without any handler. */
static uint64_t take_event(struct hl_engine *engine, struct hl_request *request,
                           struct hl_task *task)
{
    struct hl_probe_run *run = &task->probe;
    struct hl_probe_event fixed;

    if (!read_event(request, task, &fixed)) {
        return hl_call_error(EFAULT);
    }
    if (!is_sane(run)) {
        return hl_call_error(EINVAL);
    }
    if (hl_handlers_are_stale(engine, fixed.flags)) {
        return HL_ANSWER_STALE;
    }
    for (uint32_t i = 0; i < run->ids; i++) {
        run->id[i] = GUINT32_FROM_LE(run->id[i]);
    }
    run->text_at = run->ids * (uint32_t)sizeof(hl_le32);
    task->handlers.count = hl_handlers_choose(engine, task, run->id, run->ids,
                                              accept);
    take_context(engine, task, &fixed, request->arg[1] != 0);
    return 0;
}

static uint64_t begin(struct hl_engine *engine, struct hl_request *request)
{
    struct hl_task *task = hl_task_begin(engine, &probe_task_ops,
                                         request->arg[0], engine->script);
    uint64_t answer;

    if (!task) {
        return hl_call_error(EBUSY);
    }
    answer = take_event(engine, request, task);
    if (answer != 0) {
        hl_task_end(engine, task);
        return answer;
    }
    engine->stats.probes++;
    return hl_task_advance(engine, request, task);
}

uint64_t hl_call_probe(struct hl_engine *engine, struct hl_request *request)
{
    return hl_call_with_region(engine, request, begin);
}
