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
#include "coroutine.h"
#include "lua_probe.h"
#include "probe.h"
#include "script.h"
#include "task.h"

/* The next handler's probe, or NULL: none is left. */
static struct hl_probe *next_probe(struct hl_engine *engine,
                                   struct hl_probe_run *run)
{
    for (; run->next < run->ids; run->next++) {
        struct hl_probe *probe = hl_probe_find(engine, run->id[run->next]);

        if (probe && !probe->item.removed &&
            GUINT32_FROM_LE(probe->spec->kind) == run->kind) {
            return probe;
        }
    }
    return NULL;
}

static int push_handler(lua_State *co, struct hl_task *task)
{
    const struct hl_probe *probe = task->probe.running;

    lua_rawgeti(co, LUA_REGISTRYINDEX, probe->handler_ref);
    hl_push_probe_event(co, task, probe);
    return 1;
}

static char *describe(struct hl_engine *engine, const struct hl_task *task)
{
    const struct hl_probe_run *run = &task->probe;

    return g_strdup_printf("%s, for pid %u (%s)", run->running->title,
                           run->pid, run->comm);
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

static void start(struct hl_probe_run *run, struct hl_probe *probe)
{
    hl_probe_use(probe);
    run->running = probe;
    run->before = run->now;
}

static void stop(struct hl_probe_run *run)
{
    if (run->running) {
        hl_probe_unuse(run->running);
        run->running = NULL;
    }
}

static enum hl_step step_probe(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_probe_run *run = &task->probe;
    struct hl_probe *probe = NULL;

    while (task->waiting || (probe = next_probe(engine, run))) {
        enum hl_run how;

        if (!task->waiting) {
            start(run, probe);
        }
        how = hl_coroutine_run(engine, task, push_handler);
        if (how == HL_RUN_ASK) {
            g_assert(!task->no_wait);   /* hl_coroutine_may_wait() raised */
            return HL_STEP_ASK;
        }
        if (how == HL_RUN_FAILED) {
            run->now = run->before;
        }
        stop(run);
        run->next++;
    }
    set_reply(task);
    return HL_STEP_DONE;
}

static void end_probe(struct hl_engine *engine, struct hl_task *task)
{
    hl_coroutine_close(engine, task);
    stop(&task->probe);
}

static const struct hl_task_ops probe_task_ops = {
    .step = step_probe,
    .end = end_probe,
    .describe = describe,
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

/* Ids ascend as probes were registered, and none comes twice. */
static void sort_ids(struct hl_probe_run *run)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < run->ids; i++) {
        uint32_t id = run->id[i];
        uint32_t at = kept;

        while (at > 0 && run->id[at - 1] > id) {
            at--;
        }
        if (at > 0 && run->id[at - 1] == id) {
            continue;
        }
        memmove(run->id + at + 1, run->id + at, (kept - at) * sizeof(id));
        run->id[at] = id;
        kept++;
    }
    run->ids = kept;
}

static int take_event(struct hl_engine *engine, struct hl_request *request,
                      struct hl_task *task)
{
    struct hl_probe_run *run = &task->probe;
    struct hl_probe_event fixed;

    if (!read_event(request, task, &fixed)) {
        return EFAULT;
    }
    if (!is_sane(run)) {
        return EINVAL;
    }
    for (uint32_t i = 0; i < run->ids; i++) {
        run->id[i] = GUINT32_FROM_LE(run->id[i]);
    }
    run->text_at = run->ids * (uint32_t)sizeof(hl_le32);
    sort_ids(run);
    take_context(engine, task, &fixed, request->arg[1] != 0);
    return 0;
}

static uint64_t begin(struct hl_engine *engine, struct hl_request *request)
{
    struct hl_task *task = hl_task_begin(engine, &probe_task_ops,
                                         request->arg[0]);
    int error;

    if (!task) {
        return hl_call_error(EBUSY);
    }
    engine->stats.probes++;
    task->probe.running = NULL;
    error = take_event(engine, request, task);
    if (error != 0) {
        hl_task_end(engine, task);
        return hl_call_error(error);
    }
    return hl_task_advance(engine, request, task);
}

uint64_t hl_call_probe(struct hl_engine *engine, struct hl_request *request)
{
    return hl_call_with_region(engine, request, begin);
}
