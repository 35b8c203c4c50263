/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The played guest's kernel: what hyperlua.ko does in a real one.  Hooks and
 * filters are evaluated with the module's own code (abi/filter.h).
 */
#include <errno.h>
#include <string.h>

#include "state.h"

/* --- ops, as the engine asks for them ------------------------------------ */

void hl_played_answer(struct mem_region *region, enum hl_resp resp,
                      uint64_t size)
{
    region->op = GUINT64_TO_LE((uint64_t)resp);
    region->size = GUINT64_TO_LE(size);
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
        hl_played_answer(region, done == size ? HL_RESP_OK : HL_RESP_PARTIAL, done);
    }
}

static void op_read(struct hl_played *played, struct mem_region *region,
                    uint64_t addr, size_t size)
{
    answer_done(region, hl_memory_read(&played->memory, addr, region->data,
                                       size), size);
}

static void op_write(struct hl_played *played, struct mem_region *region,
                     uint64_t addr, size_t size)
{
    answer_done(region, hl_memory_write(&played->memory, addr, region->data,
                                        size), size);
}

static void op_read_str(struct hl_played *played, struct mem_region *region,
                        uint64_t addr, size_t size)
{
    size_t got = hl_memory_read(&played->memory, addr, region->data, size);
    uint8_t *nul = memchr(region->data, 0, got);

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

static void take_item(struct hl_filter_item *item,
                      const struct hl_filter_test *test)
{
    item->subject = GUINT16_FROM_LE(test->subject);
    item->test = GUINT16_FROM_LE(test->test);
    item->mask = GUINT64_FROM_LE(test->mask);
    item->value = GUINT64_FROM_LE(test->value[0]);
    memcpy(item->text, test->text, sizeof(item->text));
}

static void op_hook_add(struct hl_played *played, struct mem_region *region,
                        uint64_t addr, size_t size)
{
    const struct hl_hook_spec *spec = (const void *)region->data;
    const struct hl_filter_test *test = (const void *)(spec + 1);
    struct hl_played_hook hook = { 0 };

    hook.id = GUINT32_FROM_LE(spec->id);
    hook.phase = (enum hl_phase)GUINT32_FROM_LE(spec->phase);
    memcpy(hook.name, spec->name, sizeof(hook.name));
    hook.filter.tests = GUINT32_FROM_LE(spec->tests);
    for (uint32_t i = 0; i < hook.filter.tests; i++) {
        take_item(&hook.filter.item[i], &test[i]);
        g_assert(hl_filter_item_known(&hook.filter.item[i]));
    }
    if (!strncmp(hook.name, "no_such", 7)) {
        hl_played_answer_error(region, ENOENT);
        return;
    }
    g_mutex_lock(&played->lock);
    g_array_append_val(played->hooks, hook);
    g_mutex_unlock(&played->lock);
    hl_played_answer(region, HL_RESP_OK, 0);
}

static void op_hook_remove(struct hl_played *played, struct mem_region *region,
                           uint64_t addr, size_t size)
{
    g_mutex_lock(&played->lock);
    for (guint i = 0; i < played->hooks->len; i++) {
        if (g_array_index(played->hooks, struct hl_played_hook, i).id == addr) {
            g_array_remove_index(played->hooks, i);
            break;
        }
    }
    g_mutex_unlock(&played->lock);
    hl_played_answer(region, HL_RESP_OK, 0);
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
    uint64_t op = GUINT64_FROM_LE(region->op);
    uint64_t size = GUINT64_FROM_LE(region->size);

    if (op >= HL_OP_COUNT || !ops[op] || size > HL_CHUNK) {
        hl_played_answer_error(region, ENOSYS);
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

/* --- system calls -------------------------------------------------------- */

static uint32_t matching(struct hl_played *played, enum hl_phase phase,
                         const struct hl_played_syscall *call, hl_le32 *ids)
{
    char comm[HL_COMM_SIZE] = { 0 };
    struct hl_filter_subject subject = {
        call->arg, comm, call->pid, call->retval
    };
    uint32_t count = 0;

    g_strlcpy(comm, call->comm, sizeof(comm));
    g_mutex_lock(&played->lock);
    for (guint i = 0; i < played->hooks->len; i++) {
        const struct hl_played_hook *hook =
            &g_array_index(played->hooks, struct hl_played_hook, i);

        if (hook->phase == phase && !strcmp(hook->name, call->name) &&
            count < HL_EVENT_HOOKS &&
            hl_filter_holds(&hook->filter, &subject,
                            phase == HL_PHASE_RETURN)) {
            ids[count++] = GUINT32_TO_LE(hook->id);
        }
    }
    g_mutex_unlock(&played->lock);
    return count;
}

static void fill_event(struct hl_syscall_event *event, enum hl_phase phase,
                       const struct hl_played_syscall *call)
{
    memset(event, 0, sizeof(*event));
    event->phase = GUINT32_TO_LE(phase);
    event->pid = event->tid = GUINT32_TO_LE(call->pid);
    g_strlcpy(event->comm, call->comm, sizeof(event->comm));
    for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
        event->arg[i] = GUINT64_TO_LE(call->arg[i]);
    }
    if (phase == HL_PHASE_RETURN) {
        event->retval = GUINT64_TO_LE((uint64_t)call->retval);
    }
}

static void take_reply(struct hl_played_cpu *cpu, uint64_t ret,
                       struct hl_played_syscall *call)
{
    struct hl_syscall_answer reply;

    memcpy(&reply, data_of(cpu), sizeof(reply));
    if (ret & (HL_ANSWER_RETVAL | HL_ANSWER_SKIP)) {
        call->retval = (int64_t)GUINT64_FROM_LE(reply.retval);
    }
    if (ret & HL_ANSWER_SKIP) {
        call->skipped = true;
    }
    if (ret & HL_ANSWER_ARGS) {
        for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
            call->arg[i] = GUINT64_FROM_LE(reply.arg[i]);
        }
    }
}

static void run_phase(struct hl_played_cpu *cpu, enum hl_phase phase,
                      struct hl_played_syscall *call)
{
    struct hl_syscall_event *event = data_of(cpu);
    hl_le32 *ids = (hl_le32 *)(event + 1);
    uint32_t count = matching(cpu->played, phase, call, ids);
    uint64_t ret;

    if (count == 0) {
        return;
    }
    fill_event(event, phase, call);
    event->hooks = GUINT32_TO_LE(count);
    ret = ring_region(cpu, HL_CALL_SYSCALL);
    if (ret <= (HL_ANSWER_RETVAL | HL_ANSWER_SKIP | HL_ANSWER_ARGS)) {
        take_reply(cpu, ret, call);
    }
}

void hl_played_syscall(struct hl_played_cpu *cpu,
                       struct hl_played_syscall *call)
{
    int64_t kernels = call->retval;

    call->skipped = false;
    run_phase(cpu, HL_PHASE_ENTER, call);
    if (!call->skipped) {
        call->retval = kernels;
    }
    run_phase(cpu, HL_PHASE_RETURN, call);
}
