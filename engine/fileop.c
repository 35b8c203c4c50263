/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has an operation on a file answered: by a default model at once, by a Lua
 * handler as a task, or by the defaults when nobody models it.
 */
#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "call.h"
#include "coroutine.h"
#include "file.h"
#include "guest_order.h"
#include "hyperfile.h"
#include "log.h"
#include "lua_file.h"
#include "record/record.h"
#include "record/seen.h"
#include "results/results.h"
#include "script.h"
#include "task.h"

/* --- what nobody models --------------------------------------------------- */

static void use_default(struct hl_fileop *op)
{
    struct hl_file_request *request = &op->request;

    op->by = "default";
    request->reply_size = 0;
    request->size = MAX(op->how->size, 0);
    switch (request->op) {
    case HYP_IOCTL:
        /* Of a table of commands: as a driver would say it. */
        request->retval = op->how->ioctls ? -ENOTTY : 0;
        break;
    case HYP_READ:
    case HYP_WRITE:
        request->retval = -EINVAL;
        break;
    case HYP_LSEEK:
        request->retval = -ESPIPE;
        break;
    case HYP_POLL:
        request->retval = HL_POLL_READ | HL_POLL_WRITE;
        break;
    default:
        request->retval = 0;
        break;
    }
}

static void warn_once(struct hl_engine *engine, struct hl_fileop *op)
{
    uint32_t bit = 1u << op->request.op;

    if (op->file->warned & bit) {
        return;
    }
    op->file->warned |= bit;
    if (op->request.op == HYP_GETATTR) {
        if (op->how->size >= 0) {
            return;
        }
    } else if (op->request.op >= HYP_OPEN) {
        return;
    }
    hl_log(engine, HL_WARN, "Detected %s event on device '%s' but this event "
           "is not modeled in config. Using default.",
           hl_hyper2name(op->request.op), op->file->path);
}

/*
 * Every program's standard library asks that: a file that nobody made a
 * terminal is none.  MIPS has these commands in two groups.
 */
static bool asks_terminal(uint32_t cmd)
{
    return (cmd >> 8 & 0xff) == 'T' || (cmd >> 8 & 0xff) == 't';
}

static void answer_unmodelled(struct hl_engine *engine, struct hl_fileop *op)
{
    if (op->request.op == HYP_IOCTL && asks_terminal(op->request.cmd)) {
        op->request.retval = -ENOTTY;
        return;
    }
    use_default(op);
    if (op->request.op != HYP_IOCTL || !op->how->ioctls) {
        warn_once(engine, op);
    }
    op->request.unhandled = op->request.op == HYP_IOCTL;
}

/* --- the answer ----------------------------------------------------------- */

/* No kernel takes what is below for an error; some take it for a pointer. */
#define ERRNO_MAX 4095

/* Whoever answered: what goes to the guest is bounded here. */
static void bound_answer(struct hl_engine *engine, struct hl_fileop *op)
{
    struct hl_file_request *request = &op->request;

    if (request->op == HYP_IOCTL) {
        /* An int, as programs see it; so none of them is HYP_RETRY. */
        request->retval = (int32_t)request->retval;
    } else if (request->retval < -ERRNO_MAX) {
        hl_log(engine, HL_ERROR, "%s of %s (%s): %" G_GINT64_FORMAT " is no "
               "errno", hl_hyper2name(request->op), hl_fileop_path(op),
               op->how->origin, request->retval);
        request->retval = -EINVAL;
    }

    if (request->op == HYP_READ) {
        if (request->reply_size > request->length) {
            request->reply_size = request->length;
        }
        /* The guest's buffer holds no more of ours. */
        if (request->retval > (int64_t)request->reply_size) {
            request->retval = (int64_t)request->reply_size;
        }
    } else if (request->op == HYP_WRITE &&
               request->retval > (int64_t)request->length) {
        request->retval = (int64_t)request->length;
    }
}

static void record(struct hl_engine *engine, struct hl_fileop *op,
                   const struct hl_seen *seen, bool dropped)
{
    op->recorded = true;
    if (engine->record) {
        hl_record_file(engine, op, seen, dropped);
    }
    if (!engine->results) {
        return;
    }
    hl_results_add(engine->results, hl_fileop_path(op), &op->request);
    if (op->request.op == HYP_IOCTL) {
        bool hooked = op->request.retval == -ENOTTY ||
                      op->request.retval == -ENODEV;

        /* The system call's hook (missing.lua) is not to list it again. */
        engine->failed_ioctl.tid = hooked ? op->request.tid : 0;
        engine->failed_ioctl.cmd = op->request.cmd;
    }
    if (op->request.unhandled && op->request.op == HYP_IOCTL &&
        !asks_terminal(op->request.cmd)) {
        hl_results_missing_ioctl(engine->results, hl_fileop_path(op),
                                 op->request.cmd, op->request.retval,
                                 op->request.pid, op->request.comm);
    }
}

/* What is to be written to the guest's kernel, if anything. */
static const void *reply_of(struct hl_engine *engine, struct hl_fileop *op,
                            size_t *size)
{
    if (op->request.op == HYP_READ) {
        *size = op->request.reply_size;
        return op->request.reply;
    }
    if (op->request.op == HYP_GETATTR) {
        hl_order_store(op->size_wire, (uint64_t)op->request.size,
                       sizeof(op->size_wire), engine->target->big_endian);
        *size = sizeof(op->size_wire);
        return op->size_wire;
    }
    *size = 0;
    return NULL;
}

/* Of a call that no task works on. */
static uint64_t finish(struct hl_engine *engine, struct hl_request *request,
                       struct hl_fileop *op)
{
    uint64_t ret = HYP_RETRY;
    size_t size;
    const void *reply;

    bound_answer(engine, op);
    reply = reply_of(engine, op, &size);
    if (size == 0 ||
        hl_kernel_write(engine, request, op->buffer, reply, size)) {
        record(engine, op, NULL, false);
        ret = (uint64_t)op->request.retval;
    }
    g_free(op->path);
    return ret;
}

/* --- as a task ------------------------------------------------------------ */

static char *describe(struct hl_engine *engine, const struct hl_task *task)
{
    const struct hl_fileop *op = &task->file;

    return g_strdup_printf("%s of %s (%s)", hl_hyper2name(op->request.op),
                           hl_fileop_path(op), op->how->origin);
}

static struct hl_served served(const struct hl_task *task)
{
    return (struct hl_served){ task->file.request.pid,
                               task->file.request.comm };
}

static void report_bad(struct hl_engine *engine, struct hl_task *task)
{
    g_autofree char *message = g_strdup_printf("the handler returned %s",
                                               task->file.bad);

    hl_task_fault(engine, task, message, task->ops->after_error, NULL);
}

/* The next piece of what a model writes to the caller's memory. */
static enum hl_step write_user(struct hl_task *task)
{
    struct hl_fileop *op = &task->file;
    struct hl_file_request *request = &op->request;
    uint32_t piece = (uint32_t)MIN(request->user_size - op->user_done,
                                   HL_CHUNK);

    task->ask = (struct hl_ask){
        .op = HL_OP_WRITE,
        .addr = request->arg + op->user_done,
        .size = piece,
        .data = request->user + op->user_done,
        .data_size = piece,
    };
    op->user_done += piece;
    return HL_STEP_ASK;
}

static enum hl_step step_user(struct hl_task *task)
{
    struct hl_fileop *op = &task->file;

    if (op->user_done > 0 && task->answer.resp != HL_RESP_OK) {
        op->request.retval = -EFAULT;
    } else if (op->user_done < op->request.user_size) {
        return write_user(task);
    } else if (task->seen) {
        hl_seen_memory(task->seen, 'w', 0, op->request.arg, op->request.user,
                       op->request.user_size);
    }
    return HL_STEP_DONE;
}

static enum hl_step step_lua(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_fileop *op = &task->file;

    switch (hl_coroutine_run(engine, task, hl_file_push_handler)) {
    case HL_RUN_ASK:
        return HL_STEP_ASK;
    case HL_RUN_FAILED:
        op->how->errors++;
        use_default(op);
        return HL_STEP_DONE;
    default:
        break;
    }
    if (op->bad) {
        op->how->errors++;
        report_bad(engine, task);
        use_default(op);
    }
    return HL_STEP_DONE;
}

static enum hl_step step(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_fileop *op = &task->file;
    enum hl_step step = op->request.user ? step_user(task)
                                         : step_lua(engine, task);
    size_t size;

    if (step == HL_STEP_ASK) {
        return step;
    }
    bound_answer(engine, op);
    task->reply = reply_of(engine, op, &size);
    task->reply_size = (uint32_t)size;
    task->reply_addr = op->buffer;
    task->ret = (uint64_t)op->request.retval;
    record(engine, op, task->seen, false);
    /* At no address the region is meant (task.h): not here. */
    if (size > 0 && op->buffer == 0) {
        task->reply_size = 0;
        task->ret = task->lost;
    }
    return HL_STEP_DONE;
}

static void end(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_fileop *op = &task->file;

    hl_coroutine_close(engine, task);
    if (!op->recorded) {
        op->request.retval = -EINTR;
        record(engine, op, task->seen, true);
    }
    g_free(op->data);
    g_free(op->path);
    if (op->request.op == HYP_RELEASE) {
        hl_file_forget_handle(op->file->now, op->request.handle);
    }
    hl_behaviour_let_go(op->how);
    hl_file_let_go(engine, op->file);
}

static const struct hl_task_ops ops = {
    .step = step,
    .end = end,
    .describe = describe,
    .served = served,
    .returned = hl_file_take_results,
    .after_error = "; the default answers",
};

/* Of what the request points to, that which is needed after this call. */
static void keep_data(struct hl_engine *engine, struct hl_fileop *op)
{
    struct hl_file_request *request = &op->request;

    if (request->user) {
        request->user = op->data = g_memdup2(request->user,
                                             request->user_size);
    } else if (request->op == HYP_WRITE &&
               (engine->results || engine->record)) {
        request->data = op->data = g_memdup2(request->data, request->length);
    }
}

static uint64_t begin_task(struct hl_engine *engine,
                           struct hl_request *request, struct hl_fileop *op)
{
    struct hl_task *task = hl_task_begin(engine, &ops, op->region,
                                         op->how->script);

    if (!task) {
        g_free(op->path);
        return hl_call_error(EBUSY);
    }
    hl_file_hold(op->file);
    hl_behaviour_hold(op->how);
    task->file = *op;
    task->lost = HYP_RETRY;
    task->may_sleep = op->request.op != HYP_POLL;
    /* The others a thread of the kernel may do, too. */
    task->is_user = op->request.op == HYP_IOCTL;
    if (op->request.compat) {
        task->word_bytes = 4;
    }
    keep_data(engine, &task->file);
    task->seen = engine->record ? hl_seen_new() : NULL;
    return hl_task_advance(engine, request, task);
}

/* --- who answers ---------------------------------------------------------- */

const char *hl_fileop_path(const struct hl_fileop *op)
{
    return op->path ? op->path : op->file->path;
}

const char *hl_fileop_origin(const struct hl_fileop *op)
{
    return op->how->origin;
}

const struct hl_answerer *hl_fileop_answerer(const struct hl_fileop *op)
{
    const struct hl_answerer *who;

    if (op->request.op == HYP_IOCTL) {
        who = hl_behaviour_ioctl(op->how, op->request.cmd);
    } else {
        who = &op->how->op[op->request.op];
    }
    return who->ref == LUA_NOREF ? NULL : who;
}

uint64_t hl_fileop_begin(struct hl_engine *engine, struct hl_request *request,
                         struct hl_fileop *op)
{
    const struct hl_answerer *who;

    op->how = op->file->now;
    op->how->requests++;
    op->began = engine->record ? hl_seen_now() : 0;
    who = hl_fileop_answerer(op);
    op->by = !who ? "default" : who->model ? who->model->type->name : "lua";
    op->request.size = MAX(op->how->size, 0);
    if (who && !who->model) {
        return begin_task(engine, request, op);
    }
    if (who) {
        op->request.scratch = engine->scratch;
        who->model->type->answer(who->model, &op->request);
        op->request.scratch = NULL;
    } else {
        answer_unmodelled(engine, op);
    }
    if (op->request.user_size > 0 && op->region != 0) {
        return begin_task(engine, request, op);
    }
    if (op->request.user_size > 0) {
        op->request.retval = -EFAULT;
    }
    if (op->request.op == HYP_RELEASE) {
        hl_file_forget_handle(op->how, op->request.handle);
    }
    return finish(engine, request, op);
}
