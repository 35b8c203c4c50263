/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's side of a mem_region: a task's question goes in, the guest's
 * answer comes out.  The guest wrote the answer, so every number is bounded
 * here before a task sees it.
 */
#include <errno.h>
#include <string.h>

#include "call.h"
#include "coroutine.h"
#include "script.h"
#include "task.h"
#include "waker.h"

/* Most answers are short: read this much with the header, the rest if any. */
#define FIRST_READ 104

#define HEADER offsetof(struct mem_region, data)

bool hl_region_is_sane(const struct hl_engine *engine, uint64_t region)
{
    return region % HL_REGION_SIZE == 0 &&
           region >= engine->target->kernel_start;
}

bool hl_region_read(struct hl_guest *guest, uint64_t region, uint32_t offset,
                    void *to, uint32_t size)
{
    return guest->ops->read(guest, region + HEADER + offset, to, size);
}

bool hl_region_write(struct hl_guest *guest, uint64_t region, const void *from,
                     uint32_t size)
{
    return guest->ops->write(guest, region + HEADER, from, size);
}

/* A whole range of kernel memory; nothing else is ever touched. */
static bool is_kernel_range(const struct hl_engine *engine, uint64_t addr,
                            size_t size)
{
    uint64_t last = engine->target->word_bits == 32 ? UINT32_MAX : UINT64_MAX;

    return addr >= engine->target->kernel_start && addr <= last &&
           (size == 0 || size - 1 <= last - addr);
}

bool hl_kernel_read(struct hl_engine *engine, struct hl_request *request,
                    uint64_t addr, void *to, size_t size)
{
    uint64_t offset = addr - (request->block + HL_CALL_SIZE);

    if (offset < request->behind_size &&
        size <= request->behind_size - offset) {
        memcpy(to, request->behind + offset, size);
        return true;
    }
    return is_kernel_range(engine, addr, size) &&
           request->guest->ops->read(request->guest, addr, to, size);
}

bool hl_kernel_write(struct hl_engine *engine, struct hl_request *request,
                     uint64_t addr, const void *from, size_t size)
{
    if (addr == request->block + HL_CALL_SIZE &&
        size <= MIN(sizeof(request->small), request->behind_size)) {
        memcpy(request->small, from, size);
        request->small_size = (uint32_t)size;
        return true;
    }
    return is_kernel_range(engine, addr, size) &&
           request->guest->ops->write(request->guest, addr, from, size);
}

static bool send_question(struct hl_guest *guest, const struct hl_task *task)
{
    const struct hl_ask *ask = &task->ask;
    struct mem_region region;

    region.op = GUINT64_TO_LE((uint64_t)ask->op | (uint64_t)ask->pid << 32);
    region.addr = GUINT64_TO_LE(ask->addr);
    region.size = GUINT64_TO_LE(ask->size);
    if (ask->data_size > 0) {
        memcpy(region.data, ask->data, ask->data_size);
    }
    return guest->ops->write(guest, task->region, &region,
                             HEADER + ask->data_size);
}

static bool send_reply(struct hl_engine *engine, struct hl_request *request,
                       const struct hl_task *task)
{
    if (task->reply_addr != 0) {
        return hl_kernel_write(engine, request, task->reply_addr, task->reply,
                               task->reply_size);
    }
    return hl_region_write(request->guest, task->region, task->reply,
                           task->reply_size);
}

uint64_t hl_task_advance(struct hl_engine *engine, struct hl_request *request,
                         struct hl_task *task)
{
    enum hl_step step;
    uint64_t ret;

    if (task->script) {
        task->script->request = request;
    }
    step = task->ops->step(engine, task);
    if (task->script) {
        task->script->request = NULL;
    }
    if (step == HL_STEP_ASK) {
        request->task = task->id;
        if (task->ask.op == HL_OP_NONE) {
            request->flags |= HL_FLAG_WAIT;
            return task->ask.wait_ms;
        }
        if (send_question(request->guest, task)) {
            request->flags |= HL_FLAG_SERVE;
            return 0;
        }
        task->ret = hl_call_error(EFAULT);
    }
    if (task->reply_size > 0 && !send_reply(engine, request, task)) {
        task->ret = task->lost;
    }
    ret = task->ret;
    hl_task_end(engine, task);
    return ret;
}

uint64_t hl_call_with_region(struct hl_engine *engine,
                             struct hl_request *request,
                             uint64_t (*begin)(struct hl_engine *engine,
                                               struct hl_request *request))
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

static void take_error(struct hl_answer *answer, int error)
{
    answer->resp = HL_RESP_ERROR;
    answer->error = error;
    answer->size = 0;
}

/* What was written may be more than what comes back: nothing. */
static uint64_t most_size(const struct hl_ask *ask)
{
    bool writes = ask->op == HL_OP_WRITE || ask->op == HL_OP_MAP_WRITE ||
                  ask->op == HL_OP_FILE_WRITE;

    return writes ? ask->data_size : ask->want;
}

static void check_answer(struct hl_task *task, const struct mem_region *region)
{
    struct hl_answer *answer = &task->answer;
    uint64_t size = GUINT64_FROM_LE(region->size);
    uint64_t addr = GUINT64_FROM_LE(region->addr);

    answer->resp = (uint32_t)GUINT64_FROM_LE(region->op);
    answer->error = 0;
    answer->size = 0;
    if (answer->resp == HL_RESP_ERROR) {
        take_error(answer, addr >= 1 && addr < 4096 ? (int)addr : EIO);
    } else if (answer->resp < HL_RESP_OK || answer->resp > HL_RESP_CUT ||
               size > most_size(&task->ask)) {
        take_error(answer, EPROTO);
    } else {
        answer->size = (uint32_t)size;
    }
}

static bool receive_answer(struct hl_guest *guest, struct hl_task *task,
                           struct mem_region *region)
{
    uint32_t first = MIN(task->ask.want, FIRST_READ);
    uint32_t size;

    if (!guest->ops->read(guest, task->region, region, HEADER + first)) {
        return false;
    }
    check_answer(task, region);
    size = MIN(task->answer.size, task->ask.want);
    return size <= first || hl_region_read(guest, task->region, first,
                                           region->data + first, size - first);
}

static uint64_t resume(struct hl_engine *engine, struct hl_request *request)
{
    struct hl_task *task = hl_task_find(engine, request->task);
    struct mem_region region;

    if (!task || task->region == 0 || task->region != request->arg[0]) {
        return hl_call_error(ESRCH);
    }
    task->answer.data = region.data;
    if (task->ask.op == HL_OP_NONE) {
        task->listens = false;
        if (task->woken) {
            hl_task_forget_wake(engine, task->id);
        }
    } else if (!receive_answer(request->guest, task, &region)) {
        take_error(&task->answer, EFAULT);
    }
    return hl_task_advance(engine, request, task);
}

/* The process is being killed: what its handler still had to do is dropped. */
uint64_t hl_call_cancel(struct hl_engine *engine, struct hl_request *request)
{
    struct hl_task *task;

    g_mutex_lock(&engine->lock);
    task = hl_task_find(engine, request->task);
    if (task) {
        if (task->script) {
            hl_coroutine_new_budget(task->script);
        }
        engine->stats.dropped++;
        hl_task_end(engine, task);
    }
    g_mutex_unlock(&engine->lock);
    return task ? 0 : hl_call_error(ESRCH);
}

uint64_t hl_call_resume(struct hl_engine *engine, struct hl_request *request)
{
    uint64_t ret;

    g_mutex_lock(&engine->lock);
    ret = resume(engine, request);
    g_mutex_unlock(&engine->lock);
    return ret;
}
