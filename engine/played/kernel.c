/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The played guest's kernel: what hyperlua.ko does in a real one.  Hooks and
 * filters are evaluated with the module's own code (abi/filter.h).
 */
#include <errno.h>
#include <string.h>

#include "state.h"
#include "world.h"

/* --- ops, as the engine asks for them ------------------------------------ */

void hl_played_answer(struct mem_region *region, enum hl_resp resp,
                      uint64_t size)
{
    region->op = GUINT64_TO_LE((uint64_t)resp);
    region->size = GUINT64_TO_LE(size);
}

void hl_played_answer_added(struct hl_played *played,
                            struct mem_region *region)
{
    hl_le32 added = GUINT32_TO_LE(++played->added);

    memcpy(region->data, &added, sizeof(added));
    hl_played_answer(region, HL_RESP_OK, sizeof(added));
}

void hl_played_answer_error(struct mem_region *region, int error)
{
    hl_played_answer(region, HL_RESP_ERROR, 0);
    region->addr = GUINT64_TO_LE((uint64_t)error);
}

static void answer_done(struct mem_region *region, size_t done, size_t size)
{
    if (done == 0 && size > 0) {
        hl_played_answer_error(region, EFAULT);
    } else {
        hl_played_answer(region, done == size ? HL_RESP_OK : HL_RESP_PARTIAL,
                         done);
    }
}

/* NULL: answered ESRCH. */
static struct hl_memory *memory_of(struct hl_played *played,
                                   struct mem_region *region)
{
    struct hl_memory *memory = hl_played_memory(played, region);

    if (!memory) {
        hl_played_answer_error(region, ESRCH);
    }
    return memory;
}

static void op_read(struct hl_played *played, struct mem_region *region,
                    uint64_t addr, size_t size)
{
    struct hl_memory *memory = memory_of(played, region);

    if (memory) {
        answer_done(region, hl_memory_read(memory, addr, region->data, size),
                    size);
    }
}

static void op_write(struct hl_played *played, struct mem_region *region,
                     uint64_t addr, size_t size)
{
    struct hl_memory *memory = memory_of(played, region);

    if (memory) {
        answer_done(region, hl_memory_write(memory, addr, region->data, size),
                    size);
    }
}

static void op_read_str(struct hl_played *played, struct mem_region *region,
                        uint64_t addr, size_t size)
{
    struct hl_memory *memory = memory_of(played, region);
    uint8_t *nul;
    size_t got;

    if (!memory) {
        return;
    }
    got = hl_memory_read(memory, addr, region->data, size);
    nul = memchr(region->data, 0, got);
    if (nul) {
        hl_played_answer(region, HL_RESP_OK, (uint64_t)(nul - region->data));
    } else if (got == size) {
        hl_played_answer(region, HL_RESP_CUT, got);
    } else {
        answer_done(region, got, size);
    }
}

static void op_regs(struct hl_played *played, struct mem_region *region,
                    uint64_t addr, size_t size)
{
    size_t have = MIN(size, sizeof(played->regs));

    for (size_t i = 0; i < have / 8; i++) {
        uint64_t value = GUINT64_TO_LE(played->regs[i]);

        memcpy(region->data + i * 8, &value, 8);
    }
    hl_played_answer(region, HL_RESP_OK, have);
}

static hl_played_op *const ops[] = {
#define HL_OP_ENTRY(number, NAME, name, text) [number] = op_##name,
    HL_OPS(HL_OP_ENTRY)
#undef HL_OP_ENTRY
};

static void serve_one(struct hl_played_cpu *cpu)
{
    struct mem_region *region = hl_played_kernel(cpu->played, cpu->region,
                                                 sizeof(*region));
    uint32_t op = (uint32_t)GUINT64_FROM_LE(region->op);
    uint64_t size = GUINT64_FROM_LE(region->size);

    if (op >= HL_OP_COUNT || !ops[op] || size > HL_CHUNK) {
        hl_played_answer_error(region, ENOSYS);
        return;
    }
    if (hl_played_answer_canned(cpu->played, (enum hl_op)op, region)) {
        return;
    }
    ops[op](cpu->played, region, GUINT64_FROM_LE(region->addr), size);
}

/* --- calls --------------------------------------------------------------- */

static struct hl_call *block_of(struct hl_played_cpu *cpu)
{
    return hl_played_kernel(cpu->played, cpu->block, sizeof(struct hl_call));
}

static void ring(struct hl_played_cpu *cpu, uint32_t number)
{
    block_of(cpu)->number = GUINT64_TO_LE((uint64_t)number);
    cpu->rings++;
    hl_doorbell(cpu->played->engine, &cpu->guest, cpu->block);
}

/* Announces the wait; false: the task was woken already. */
static bool begin_wait(struct hl_played_cpu *cpu)
{
    struct hl_call *block = block_of(cpu);

    cpu->wait_ms = GUINT64_FROM_LE(block->ret);
    cpu->wait_task = GUINT64_FROM_LE(block->task);
    ring(cpu, HL_CALL_WAITS);
    return GUINT64_FROM_LE(block->ret) == 0;
}

/* Until the engine asks nothing more, or has the process wait. */
static uint64_t serve(struct hl_played_cpu *cpu)
{
    struct hl_call *block = block_of(cpu);
    uint64_t flags;

    cpu->waits = false;
    while ((flags = GUINT64_FROM_LE(block->flags)) &
           (HL_FLAG_SERVE | HL_FLAG_WAIT)) {
        if (flags & HL_FLAG_SERVE) {
            serve_one(cpu);
        } else if (begin_wait(cpu)) {
            cpu->waits = true;
            break;
        }
        block->arg[0] = GUINT64_TO_LE(cpu->region);
        ring(cpu, HL_CALL_RESUME);
    }
    return GUINT64_FROM_LE(block->ret);
}

uint64_t hl_played_ring(struct hl_played_cpu *cpu, uint32_t number,
                        const uint64_t arg[4])
{
    struct hl_call *block = block_of(cpu);

    for (int i = 0; i < 4; i++) {
        block->arg[i] = GUINT64_TO_LE(arg[i]);
    }
    block->ret = GUINT64_TO_LE(HL_RET_UNTOUCHED);
    block->flags = 0;
    block->task = 0;
    ring(cpu, number);
    return serve(cpu);
}

uint64_t hl_played_resume(struct hl_played_cpu *cpu, uint64_t task)
{
    struct hl_call *block = block_of(cpu);

    block->task = GUINT64_TO_LE(task);
    block->arg[0] = GUINT64_TO_LE(cpu->region);
    ring(cpu, HL_CALL_RESUME);
    return serve(cpu);
}

uint64_t hl_played_cancel(struct hl_played_cpu *cpu, uint64_t task)
{
    block_of(cpu)->task = GUINT64_TO_LE(task);
    ring(cpu, HL_CALL_CANCEL);
    return GUINT64_FROM_LE(block_of(cpu)->ret);
}

static uint64_t ring_region(struct hl_played_cpu *cpu, uint32_t number)
{
    return hl_played_ring(cpu, number, (uint64_t[4]){ cpu->region });
}

static void *data_of(struct hl_played_cpu *cpu)
{
    struct mem_region *region = hl_played_kernel(cpu->played, cpu->region,
                                                 sizeof(*region));

    return region->data;
}

static void forget(struct hl_played *played)
{
    g_array_set_size(played->hooks, 0);
    played->added = 0;
    hl_played_forget_probes(played);
    g_hash_table_remove_all(played->nodes);
}

int64_t hl_played_hello(struct hl_played_cpu *cpu, uint32_t abi)
{
    const struct hl_target *target = cpu->played->engine->target;
    struct hl_hello hello = {
        .abi = GUINT32_TO_LE(abi),
        .word_bits = GUINT32_TO_LE(target->word_bits),
        .big_endian = GUINT32_TO_LE((uint32_t)target->big_endian),
        .machine = GUINT32_TO_LE(target->machine),
        .page_size = GUINT32_TO_LE(4096),
        .cpus = GUINT32_TO_LE(cpu->played->cpus),
        .user_limit = GUINT64_TO_LE(target->kernel_start),
        .release = "played",
    };
    int64_t result;

    forget(cpu->played);
    memcpy(data_of(cpu), &hello, sizeof(hello));
    result = (int64_t)ring_region(cpu, HL_CALL_HELLO);
    if (result == 0) {
        hl_played_work(cpu);
    }
    return result;
}

void hl_played_work(struct hl_played_cpu *cpu)
{
    uint64_t ret;

    do {
        ret = ring_region(cpu, HL_CALL_WORK);
    } while (ret == 0 && GUINT64_FROM_LE(block_of(cpu)->flags) & HL_FLAG_WORK);
}

void hl_played_goodbye(struct hl_played_cpu *cpu)
{
    ring_region(cpu, HL_CALL_GOODBYE);
    forget(cpu->played);
}
