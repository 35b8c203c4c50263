/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a doorbell to the call's function and back to the call block.  On the
 * vCPU's thread, without the lock; what the guest handed over may be anything.
 */
#include <errno.h>
#include <string.h>

#include "abi/hyperfile.h"
#include "call.h"

/* No kernel here has smaller pages: up to its end memory can be read. */
#define PAGE 4096

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

/* ret, flags and task lie at the block's end, right before a small answer. */
static void reply(struct hl_engine *engine, const struct hl_request *request,
                  uint64_t ret)
{
    uint64_t flags = request->flags;
    struct {
        hl_le64 word[3];
        uint8_t small[HL_CALL_SMALL];
    } end;

    if (g_atomic_int_get(&engine->work_waiting)) {
        flags |= HL_FLAG_WORK;
    }
    end.word[0] = GUINT64_TO_LE(ret);
    end.word[1] = GUINT64_TO_LE(flags);
    end.word[2] = GUINT64_TO_LE(request->task);
    memcpy(end.small, request->small, request->small_size);
    request->guest->ops->write(request->guest,
                               request->block + offsetof(struct hl_call, ret),
                               &end, sizeof(end.word) + request->small_size);
}

/* Not inlined: the null call does without its frame. */
__attribute__((noinline))
static void answer(struct hl_engine *engine, struct hl_guest *guest,
                   uint64_t block)
{
    struct {
        struct hl_call call;
        uint8_t behind[HL_CALL_BEHIND];
    } from;
    size_t size = MIN(sizeof(from), PAGE - block % PAGE);
    struct hl_request request;
    uint64_t number;
    uint64_t ret;

    if (!guest->ops->read(guest, block, &from, size)) {
        return;
    }
    request.guest = guest;
    request.block = block;
    request.flags = 0;
    request.behind = from.behind;
    request.behind_size = (uint32_t)(size - sizeof(from.call));
    request.small_size = 0;
    number = take(&request, &from.call);
    if (number < HL_CALL_COUNT) {
        ret = calls[number](engine, &request);
    } else if (number == IGLOO_HYPERFS_MAGIC) {
        ret = hl_call_hyperfile(engine, &request);
    } else {
        ret = hl_call_error(ENOSYS);
    }
    reply(engine, &request, ret);
}

void hl_doorbell(struct hl_engine *engine, struct hl_guest *guest,
                 uint64_t block)
{
    /* Aligned, a block cannot reach into a page that is not there. */
    if (block % HL_CALL_SIZE == 0) {
        answer(engine, guest, block);
    }
}
