/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One call of the guest, on its way through the engine. */
#ifndef HL_CALL_H
#define HL_CALL_H

#include "engine.h"

struct hl_task;

/* The call block in the host's order. */
struct hl_request {
    struct hl_guest *guest;
    uint64_t block;
    uint64_t arg[4];
    uint64_t task;              /* in: whom to resume; out: who asks */
    uint64_t flags;             /* out: HL_FLAG_SERVE */
    const uint8_t *behind;      /* the bytes behind the block, */
    uint32_t behind_size;       /* so many of them */
    uint32_t small_size;        /* out: bytes to write there with the reply */
    uint8_t small[HL_CALL_SMALL];
};

/* One per entry of HL_CALLS; returns what goes to the block's ret. */
#define HL_CALL_PROTOTYPE(number, NAME, name, text)                           \
    uint64_t hl_call_##name(struct hl_engine *engine,                         \
                            struct hl_request *request);
HL_CALLS(HL_CALL_PROTOTYPE)
#undef HL_CALL_PROTOTYPE

static inline uint64_t hl_call_error(int error)
{
    return (uint64_t)-(int64_t)error;
}

/* Page-aligned kernel memory, as a mem_region must be. */
bool hl_region_is_sane(const struct hl_engine *engine, uint64_t region);

/* size bytes at offset of the region's data. */
bool hl_region_read(struct hl_guest *guest, uint64_t region, uint32_t offset,
                    void *to, uint32_t size);
bool hl_region_write(struct hl_guest *guest, uint64_t region, const void *from,
                     uint32_t size);

/*
 * Kernel memory anywhere; false: not reachable, or not the kernel's.  What lies
 * behind the block was read with it, or is written with the reply.
 */
bool hl_kernel_read(struct hl_engine *engine, struct hl_request *request,
                    uint64_t addr, void *to, size_t size);
bool hl_kernel_write(struct hl_engine *engine, struct hl_request *request,
                     uint64_t addr, const void *from, size_t size);

/* IGLOO_HYPERFS_MAGIC, the one call that is not of the list. */
uint64_t hl_call_hyperfile(struct hl_engine *engine,
                           struct hl_request *request);

/*
 * For calls that come with a mem_region and begin a task: begin(), under the
 * lock, when the region is sane and a module has said hello.
 */
uint64_t hl_call_with_region(struct hl_engine *engine,
                             struct hl_request *request,
                             uint64_t (*begin)(struct hl_engine *engine,
                                               struct hl_request *request));

/*
 * Steps the task and turns the outcome into the reply: its question goes to
 * the region, or the task ends.  Under the lock.  Returns the block's ret.
 */
uint64_t hl_task_advance(struct hl_engine *engine, struct hl_request *request,
                         struct hl_task *task);

#endif
