/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The played guest's probes: the ops that place them, and events as a test
 * tells them.  On the test's thread.
 */
#include <errno.h>
#include <string.h>

#include "state.h"

struct probe {
    uint32_t id;
    uint32_t kind;
    const char *path;           /* "" without one; these point into spec */
    const char *symbol;
    struct hl_filter filter;
    struct hl_probe_spec *spec; /* as it came */
};

static void free_probe(gpointer data)
{
    struct probe *probe = data;

    g_free(probe->spec);
    g_free(probe);
}

static guint find(struct hl_played *played, uint64_t id)
{
    guint at = 0;

    while (played->probes && at < played->probes->len &&
           ((struct probe *)played->probes->pdata[at])->id != id) {
        at++;
    }
    return at;
}

static uint64_t word_of(const struct hl_played *played)
{
    return played->engine->target->word_bits == 32 ? UINT32_MAX : UINT64_MAX;
}

static struct probe *take_probe(struct hl_played *played,
                                const struct mem_region *region, size_t size)
{
    struct probe *probe = g_new0(struct probe, 1);
    struct hl_probe_spec *spec = g_memdup2(region->data, size);
    char *text = (char *)(spec + 1);
    uint32_t path_size = GUINT32_FROM_LE(spec->path_size);
    uint32_t symbol_size = GUINT32_FROM_LE(spec->symbol_size);
    uint32_t texts = (path_size + symbol_size + 7) & ~7u;

    g_assert(size == sizeof(*spec) + texts +
                     GUINT32_FROM_LE(spec->tests_size));
    probe->spec = spec;
    probe->id = GUINT32_FROM_LE(spec->id);
    probe->kind = GUINT32_FROM_LE(spec->kind);
    probe->path = path_size ? text : "";
    probe->symbol = symbol_size ? text + path_size : "";
    hl_played_take_filter(&probe->filter, (uint8_t *)text + texts,
                          GUINT32_FROM_LE(spec->tests), word_of(played));
    return probe;
}

/* "no_such..." is not there, "unprobed..." takes no probe. */
void op_probe_add(struct hl_played *played, struct mem_region *region,
                  uint64_t addr, size_t size)
{
    struct probe *probe = take_probe(played, region, size);
    bool is_missing = g_str_has_prefix(probe->symbol, "no_such");

    g_assert(!played->probes ||
             find(played, probe->id) == played->probes->len);
    if (is_missing || g_str_has_prefix(probe->symbol, "unprobed")) {
        free_probe(probe);
        hl_played_answer_error(region, is_missing ? ENOENT : EINVAL);
        return;
    }
    if (!played->probes) {
        played->probes = g_ptr_array_new_with_free_func(free_probe);
    }
    g_ptr_array_add(played->probes, probe);
    hl_played_answer_added(played, region);
}

void op_probe_remove(struct hl_played *played, struct mem_region *region,
                     uint64_t addr, size_t size)
{
    guint at = find(played, addr);

    g_assert(played->probes && at < played->probes->len);
    g_ptr_array_remove_index(played->probes, at);
    hl_played_answer(region, HL_RESP_OK, 0);
}

void hl_played_forget_probes(struct hl_played *played)
{
    g_clear_pointer(&played->probes, g_ptr_array_unref);
}

uint32_t hl_played_probes(const struct hl_played *played)
{
    return played->probes ? played->probes->len : 0;
}

/* --- events --------------------------------------------------------------- */

static const char *event_text(const struct hl_filter_subject *subject,
                              uint32_t arg, size_t *length)
{
    const struct hl_played_probe *event = subject->context;

    *length = strlen(event->text);
    return arg == 0 ? event->text : NULL;
}

static bool matches(const struct probe *probe,
                    const struct hl_played_probe *event)
{
    char comm[HL_COMM_SIZE] = { 0 };
    struct hl_filter_subject subject = {
        .arg = event->arg, .comm = comm, .pid = event->pid,
        .retval = event->retval, .text = event_text,
        .context = (void *)event,
    };

    g_strlcpy(comm, event->comm, sizeof(comm));
    return probe->kind == event->kind &&
           (!event->path || !strcmp(probe->path, event->path)) &&
           !strcmp(probe->symbol, event->symbol) &&
           hl_filter_holds(&probe->filter, &subject,
                           HL_STAGE_TEXTS | HL_STAGE_RETVAL);
}

/* How many ids; descending, as the engine is to sort them. */
static uint32_t matching(struct hl_played *played,
                         const struct hl_played_probe *event, uint8_t *to)
{
    uint32_t count = 0;

    for (guint i = played->probes ? played->probes->len : 0; i > 0; i--) {
        const struct probe *probe = played->probes->pdata[i - 1];

        if (matches(probe, event)) {
            hl_le32 id = GUINT32_TO_LE(probe->id);

            memcpy(to + count++ * sizeof(id), &id, sizeof(id));
        }
    }
    return count;
}

static void fill(struct hl_probe_event *wire,
                 const struct hl_played_probe *event, uint32_t ids,
                 uint32_t added)
{
    memset(wire, 0, sizeof(*wire));
    wire->kind = GUINT32_TO_LE(event->kind);
    wire->hooks = GUINT32_TO_LE(ids);
    wire->pid = wire->tid = GUINT32_TO_LE(event->pid);
    g_strlcpy(wire->comm, event->comm, sizeof(wire->comm));
    wire->flags = GUINT32_TO_LE(event->flags | added << HL_EVENT_ADDED_SHIFT);
    wire->text_size = GUINT32_TO_LE(*event->text
                                    ? (uint32_t)strlen(event->text) + 1 : 0);
    for (int i = 0; i < HL_SYSCALL_ARGS; i++) {
        wire->arg[i] = GUINT64_TO_LE(event->arg[i]);
    }
    wire->retval = GUINT64_TO_LE((uint64_t)event->retval);
    wire->pc = GUINT64_TO_LE(event->pc);
    wire->sp = GUINT64_TO_LE(event->sp);
}

/* What the handlers made of it, unless they are to wait first. */
static void take_retval(struct hl_played_cpu *cpu, uint64_t ret,
                        int64_t *retval)
{
    struct mem_region *region = hl_played_kernel(cpu->played, cpu->region,
                                                 sizeof(*region));
    struct hl_syscall_answer answer;

    memcpy(&answer, region->data, sizeof(answer));
    if (!cpu->waits && (int64_t)ret > 0 && ret & HL_ANSWER_RETVAL) {
        *retval = (int64_t)GUINT64_FROM_LE(answer.retval);
    }
}

uint64_t hl_played_probe(struct hl_played_cpu *cpu,
                         struct hl_played_probe *event)
{
    struct mem_region *region = hl_played_kernel(cpu->played, cpu->region,
                                                 sizeof(*region));
    uint8_t *tail = region->data + sizeof(struct hl_probe_event);
    uint32_t ids = matching(cpu->played, event, tail);
    uint64_t ret;

    cpu->waits = false;
    if (ids == 0) {
        return 0;
    }
    fill((struct hl_probe_event *)region->data, event, ids,
         cpu->played->added);
    memcpy(tail + ids * sizeof(hl_le32), event->text,
           strlen(event->text) + 1);
    ret = hl_played_ring(cpu, HL_CALL_PROBE,
                         (uint64_t[4]){ cpu->region, event->no_wait });
    take_retval(cpu, ret, &event->retval);
    return ret;
}

uint64_t hl_played_probe_resume(struct hl_played_cpu *cpu, uint64_t task,
                                int64_t *retval)
{
    uint64_t ret = hl_played_resume(cpu, task);

    take_retval(cpu, ret, retval);
    return ret;
}
