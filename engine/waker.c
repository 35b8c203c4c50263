/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HL_CALL_WAITS, and the list of tasks that the guest is to wake. */
#include "waker.h"

#include <errno.h>
#include <string.h>

#include "call.h"
#include "task.h"

struct hl_waker {
    struct hl_item item;        /* first: it only tells */
    GArray *ids;                /* of hl_le64, to be told */
    hl_le64 message[HL_CHUNK / sizeof(hl_le64)];
    guint sent;                 /* of message */
};

/* The ids that go with one op; those that have ended do no harm. */
static bool ask_tell(struct hl_task *task, struct hl_item *item)
{
    struct hl_waker *waker = (struct hl_waker *)item;
    guint count = MIN(waker->ids->len, G_N_ELEMENTS(waker->message));

    if (count == 0) {
        return false;
    }
    memcpy(waker->message, waker->ids->data, count * sizeof(hl_le64));
    g_array_remove_range(waker->ids, 0, count);
    waker->sent = count;
    task->ask.op = HL_OP_TASK_WAKE;
    task->ask.data = waker->message;
    task->ask.size = task->ask.data_size = count * sizeof(hl_le64);
    return true;
}

static void untold(struct hl_item *item)
{
    struct hl_waker *waker = (struct hl_waker *)item;

    g_array_append_vals(waker->ids, waker->message, waker->sent);
}

static const struct hl_item_ops waker_ops = {
    .ask_tell = ask_tell,
    .untold = untold,
};

struct hl_waker *hl_waker_new(struct hl_engine *engine)
{
    struct hl_waker *waker = g_new0(struct hl_waker, 1);

    waker->ids = g_array_new(FALSE, FALSE, sizeof(hl_le64));
    hl_item_add_teller(engine, &waker->item, &waker_ops);
    return waker;
}

void hl_waker_free(struct hl_waker *waker)
{
    g_array_free(waker->ids, TRUE);
    g_free(waker);
}

static void tell(struct hl_engine *engine, const struct hl_task *task)
{
    hl_le64 id = GUINT64_TO_LE(task->id);

    g_array_append_val(engine->waker->ids, id);
    hl_item_tell(engine, &engine->waker->item);
}

bool hl_task_wake(struct hl_engine *engine, uint64_t id)
{
    struct hl_task *task = hl_task_find(engine, id);

    if (!task || !task->waiting || task->ask.op != HL_OP_NONE) {
        return false;
    }
    if (!task->woken && task->listens) {
        tell(engine, task);
    }
    task->woken = true;
    return true;
}

void hl_task_forget_wake(struct hl_engine *engine, uint64_t id)
{
    GArray *ids = engine->waker->ids;

    for (guint i = 0; i < ids->len; i++) {
        if (GUINT64_FROM_LE(g_array_index(ids, hl_le64, i)) == id) {
            g_array_remove_index(ids, i);
            return;
        }
    }
}

uint64_t hl_call_waits(struct hl_engine *engine, struct hl_request *request)
{
    uint64_t ret = hl_call_error(ESRCH);
    struct hl_task *task;

    g_mutex_lock(&engine->lock);
    task = hl_task_find(engine, request->task);
    if (task) {
        task->listens = true;
        ret = task->woken ? 1 : 0;
    }
    g_mutex_unlock(&engine->lock);
    return ret;
}
