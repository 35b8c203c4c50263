/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a doorbell to the call's function and back to the call block.  On the
 * vCPU's thread, without the lock; what the guest handed over may be anything.
 */
#include <errno.h>

#include "abi/hyperfile.h"
#include "call.h"

typedef uint64_t call_function(struct hl_engine *engine,
                               struct hl_request *request);

static call_function *const calls[] = {
#define HL_CALL_ENTRY(number, NAME, name, text) [number] = hl_call_##name,
    HL_CALLS(HL_CALL_ENTRY)
#undef HL_CALL_ENTRY
};

uint64_t hl_call_null(struct hl_engine *engine, struct hl_request *request)
{
    return 0;
}

uint64_t hl_call_echo(struct hl_engine *engine, struct hl_request *request)
{
    return request->arg[0];
}

/* Returns the call's number. */
static uint64_t take(struct hl_request *request, const struct hl_call *block)
{
    for (int i = 0; i < 4; i++) {
        request->arg[i] = GUINT64_FROM_LE(block->arg[i]);
    }
    request->task = GUINT64_FROM_LE(block->task);
    return GUINT64_FROM_LE(block->number);
}

/* ret, flags and task lie together at the block's end. */
static void reply(struct hl_engine *engine, const struct hl_request *request,
                  uint64_t block, uint64_t ret)
{
    uint64_t flags = request->flags;
    hl_le64 end[3];

    if (g_atomic_int_get(&engine->work_waiting)) {
        flags |= HL_FLAG_WORK;
    }
    end[0] = GUINT64_TO_LE(ret);
    end[1] = GUINT64_TO_LE(flags);
    end[2] = GUINT64_TO_LE(request->task);
    request->guest->ops->write(request->guest,
                               block + offsetof(struct hl_call, ret), end,
                               sizeof(end));
}

/* Not inlined: the null call does without its frame. */
__attribute__((noinline))
static void answer(struct hl_engine *engine, struct hl_guest *guest,
                   uint64_t block)
{
    struct hl_request request = { .guest = guest };
    struct hl_call call;
    uint64_t number;
    uint64_t ret;

    if (!guest->ops->read(guest, block, &call, sizeof(call))) {
        return;
    }
    number = take(&request, &call);
    if (number < HL_CALL_COUNT) {
        ret = calls[number](engine, &request);
    } else if (number == IGLOO_HYPERFS_MAGIC) {
        ret = hl_call_hyperfile(engine, &request);
    } else {
        ret = hl_call_error(ENOSYS);
    }
    reply(engine, &request, block, ret);
}

void hl_doorbell(struct hl_engine *engine, struct hl_guest *guest,
                 uint64_t block)
{
    /* Aligned, a block cannot reach into a page that is not there. */
    if (block % HL_CALL_SIZE == 0) {
        answer(engine, guest, block);
    }
}
