/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The played guest's system calls: hooks, filters and their events, as
 * hyperlua.ko does them.  Filters are evaluated with the module's own code
 * (abi/filter.h).  On the thread that plays the vCPU.
 */
#include <errno.h>
#include <string.h>

#include "state.h"
#include "world.h"

/* --- filters -------------------------------------------------------------- */

/* The text stays where it lies: in the hook's spec. */
static void take_item(struct hl_filter_item *item,
                      const struct hl_filter_test *test, uint64_t width)
{
    item->subject = GUINT16_FROM_LE(test->subject);
    item->test = GUINT16_FROM_LE(test->test);
    item->flags = GUINT16_FROM_LE(test->flags);
    item->width = item->subject == HL_SUBJECT_RETVAL ? UINT64_MAX : width;
    item->mask = GUINT64_FROM_LE(test->mask);
    item->value[0] = GUINT64_FROM_LE(test->value[0]);
    item->value[1] = GUINT64_FROM_LE(test->value[1]);
    item->text = (const char *)(test + 1);
}

void hl_played_take_filter(struct hl_filter *filter, const uint8_t *tests,
                           uint32_t count, uint64_t width)
{
    filter->tests = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct hl_filter_test *test = (const void *)tests;

        take_item(&filter->item[i], test, width);
        g_assert(hl_filter_item_known(&filter->item[i]));
        tests += GUINT16_FROM_LE(test->size);
    }
}

static void narrow(struct hl_played *played, struct hl_played_hook *hook)
{
    for (uint32_t i = 0; i < hook->filter.tests; i++) {
        struct hl_filter_item *item = &hook->filter.item[i];

        if (item->subject < HL_SYSCALL_ARGS) {
            item->width = UINT64_MAX >> (64 - hl_played_arg_bits(
                played, hook->spec->name, item->subject));
        }
    }
}

/* What the engine sent is the engine's promise: whole, and within bounds. */
void op_hook_add(struct hl_played *played, struct mem_region *region,
                 uint64_t addr, size_t size)
{
    struct hl_played_hook hook = { 0 };

    hook.spec = g_memdup2(region->data, size);
    hook.id = GUINT32_FROM_LE(hook.spec->id);
    hook.phase = (enum hl_phase)GUINT32_FROM_LE(hook.spec->phase);
    g_assert(size == sizeof(*hook.spec) +
                     GUINT32_FROM_LE(hook.spec->tests_size));
    hl_played_take_filter(&hook.filter, (const uint8_t *)(hook.spec + 1),
                          GUINT32_FROM_LE(hook.spec->tests), UINT32_MAX);
    narrow(played, &hook);
    if (!strncmp(hook.spec->name, "no_such", 7)) {
        g_free(hook.spec);
        hl_played_answer_error(region, ENOENT);
        return;
    }
    g_mutex_lock(&played->lock);
    g_array_append_val(played->hooks, hook);
    hl_played_answer_added(played, region);
    g_mutex_unlock(&played->lock);
}

void op_hook_remove(struct hl_played *played, struct mem_region *region,
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

/* --- which hooks match ---------------------------------------------------- */

struct reader {
    struct hl_played *played;
    char text[HL_FILTER_SUBJECT_MAX];
};

/* As the kernel's strncpy_from_user. */
static const char *read_text(const struct hl_filter_subject *s, uint32_t arg,
                             size_t *length)
{
    struct reader *reader = s->context;
    size_t got = hl_memory_read(hl_played_current(reader->played),
                                s->arg[arg], reader->text,
                                sizeof(reader->text));

    *length = strnlen(reader->text, got);
    return *length < got || got == sizeof(reader->text) ? reader->text : NULL;
}

static bool is_of(const struct hl_played_hook *hook, enum hl_phase phase,
                  const char *name)
{
    return hook->phase == phase && (!strcmp(hook->spec->name, name) ||
                                    !strcmp(hook->spec->name, "*"));
}

/* The ids as they go out, of struct hl_le32. */
static GArray *matching(struct hl_played *played,
                        struct hl_played_syscall *call)
{
    char comm[HL_COMM_SIZE] = { 0 };
    struct reader reader = { .played = played };
    const struct hl_filter_subject subject = {
        .arg = call->arg, .comm = comm, .pid = call->pid,
        .compat = call->compat, .retval = call->retval,
        .text = read_text, .context = &reader,
    };
    unsigned stages = HL_STAGE_TEXTS |
                      (call->phase == HL_PHASE_RETURN ? HL_STAGE_RETVAL : 0);
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(hl_le32));

    g_strlcpy(comm, call->comm, sizeof(comm));
    g_mutex_lock(&played->lock);
    call->added = played->added;
    for (guint i = 0; i < played->hooks->len; i++) {
        const struct hl_played_hook *hook =
            &g_array_index(played->hooks, struct hl_played_hook, i);
        hl_le32 id = GUINT32_TO_LE(hook->id);

        if (is_of(hook, call->phase, call->name) &&
            hl_filter_holds(&hook->filter, &subject, stages)) {
            g_array_append_val(ids, id);
        }
    }
    g_mutex_unlock(&played->lock);
    return ids;
}

/* --- events --------------------------------------------------------------- */

static void *data_of(struct hl_played_cpu *cpu)
{
    struct mem_region *region = hl_played_kernel(cpu->played, cpu->region,
                                                 sizeof(*region));

    return region->data;
}

static void fill_event(struct hl_syscall_event *event,
                       const struct hl_played_syscall *call)
{
    memset(event, 0, sizeof(*event));
    event->phase = GUINT32_TO_LE(call->phase);
    event->pid = event->tid = GUINT32_TO_LE(call->pid);
    g_strlcpy(event->comm, call->comm, sizeof(event->comm));
    g_strlcpy(event->name, call->name, sizeof(event->name));
    event->flags = GUINT32_TO_LE((call->compat ? HL_EVENT_COMPAT : 0) |
                                 call->added << HL_EVENT_ADDED_SHIFT);
    event->number = GUINT32_TO_LE(call->number);
    for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
        event->arg[i] = GUINT64_TO_LE(call->arg[i]);
    }
    if (call->phase == HL_PHASE_RETURN) {
        event->retval = GUINT64_TO_LE((uint64_t)call->retval);
    }
}

static const uint64_t answers = HL_ANSWER_RETVAL | HL_ANSWER_SKIP |
                                HL_ANSWER_ARGS | HL_ANSWER_AGAIN;

/* An error is none of them: the call goes on as if it were not hooked. */
static void take_reply(struct hl_played_cpu *cpu, uint64_t ret,
                       struct hl_played_syscall *call)
{
    struct hl_syscall_answer reply;

    if (ret > answers) {
        return;
    }
    memcpy(&reply, data_of(cpu), sizeof(reply));
    if (ret & (HL_ANSWER_RETVAL | HL_ANSWER_SKIP)) {
        call->retval = (int64_t)GUINT64_FROM_LE(reply.retval);
    }
    call->skipped |= (ret & HL_ANSWER_SKIP) != 0;
    call->again |= (ret & HL_ANSWER_AGAIN) != 0;
    if (ret & HL_ANSWER_ARGS) {
        for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
            call->arg[i] = GUINT64_FROM_LE(reply.arg[i]);
        }
    }
}

static void begin_phase(struct hl_played_cpu *cpu, enum hl_phase phase,
                        struct hl_played_syscall *call)
{
    g_clear_pointer(&call->ids, g_array_unref);
    call->phase = phase;
    call->told = 0;
    call->again = false;
    call->ids = matching(cpu->played, call);
}

/* Those that have not been told yet, as many as one event holds. */
static void tell(struct hl_played_cpu *cpu, struct hl_played_syscall *call)
{
    struct hl_syscall_event *event = data_of(cpu);
    guint count = MIN(call->ids->len - call->told, (guint)HL_EVENT_HOOKS);
    uint64_t ret;

    fill_event(event, call);
    event->hooks = GUINT32_TO_LE(count);
    memcpy(event + 1, &g_array_index(call->ids, hl_le32, call->told),
           count * sizeof(hl_le32));
    call->told += count;
    ret = hl_played_ring(cpu, HL_CALL_SYSCALL, (uint64_t[4]){ cpu->region });
    if (ret == HL_ANSWER_STALE) {
        begin_phase(cpu, call->phase, call);
    } else if (!cpu->waits) {
        take_reply(cpu, ret, call);
    }
}

static void make(struct hl_played_syscall *call)
{
    call->retval = call->kernel ? call->kernel(call, call->user)
                                : call->kernels;
}

static void end_phase(struct hl_played_cpu *cpu,
                      struct hl_played_syscall *call)
{
    if (call->phase == HL_PHASE_ENTER) {
        if (!call->skipped) {
            make(call);
        }
        begin_phase(cpu, HL_PHASE_RETURN, call);
    } else if (call->again && !call->was_again) {
        call->was_again = true;
        make(call);
        begin_phase(cpu, HL_PHASE_RETURN, call);
    } else {
        hl_played_syscall_end(call);
    }
}

static void go_on(struct hl_played_cpu *cpu, struct hl_played_syscall *call)
{
    while (call->ids && !cpu->waits) {
        if (call->told < call->ids->len) {
            tell(cpu, call);
        } else {
            end_phase(cpu, call);
        }
    }
}

void hl_played_syscall(struct hl_played_cpu *cpu,
                       struct hl_played_syscall *call)
{
    call->kernels = call->retval;
    call->skipped = call->was_again = false;
    cpu->waits = false;
    begin_phase(cpu, HL_PHASE_ENTER, call);
    go_on(cpu, call);
}

void hl_played_syscall_resume(struct hl_played_cpu *cpu,
                              struct hl_played_syscall *call, uint64_t task)
{
    uint64_t ret = hl_played_resume(cpu, task);

    if (!cpu->waits) {
        take_reply(cpu, ret, call);
    }
    go_on(cpu, call);
}

void hl_played_syscall_end(struct hl_played_syscall *call)
{
    g_clear_pointer(&call->ids, g_array_unref);
}
