/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of probes, and how the guest is told of one.  Scripts add and
 * change them (lua_probe.c), work.c hands them over, probe_event.c runs their
 * handlers.
 */
#include "probe.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "log.h"
#include "script.h"
#include "task.h"

struct hl_probes {
    GHashTable *by_id;          /* of struct hl_probe */
    uint32_t last_id;
};

void hl_probe_use(struct hl_probe *probe)
{
    probe->users++;
}

void hl_probe_unuse(struct hl_probe *probe)
{
    if (--probe->users == 0) {
        g_free(probe->title);
        g_free(probe->spec);
        g_free(probe);
    }
}

static void unuse(gpointer probe)
{
    hl_probe_unuse(probe);
}

struct hl_probes *hl_probes_new(void)
{
    struct hl_probes *probes = g_new0(struct hl_probes, 1);

    probes->by_id = g_hash_table_new_full(NULL, NULL, NULL, unuse);
    return probes;
}

void hl_probes_free(struct hl_probes *probes)
{
    g_hash_table_unref(probes->by_id);
    g_free(probes);
}

const char *hl_probe_kind_name(enum hl_probe_kind kind)
{
    static const char *const names[HL_PROBE_KINDS] = {
        [HL_PROBE_EXEC] = "exec", [HL_PROBE_EXIT] = "exit",
        [HL_PROBE_SIGNAL] = "signal", [HL_PROBE_KPROBE] = "kprobe",
        [HL_PROBE_KRETPROBE] = "kretprobe", [HL_PROBE_UPROBE] = "uprobe",
        [HL_PROBE_URETPROBE] = "uretprobe",
    };
    const char *name = (unsigned)kind < HL_PROBE_KINDS ? names[kind] : NULL;

    return name ? name : "?";
}

static void ask_add(struct hl_task *task, struct hl_item *item)
{
    struct hl_probe *probe = (struct hl_probe *)item;

    task->ask.op = HL_OP_PROBE_ADD;
    task->ask.data = probe->spec;
    task->ask.data_size = probe->spec_size;
    task->ask.size = probe->spec_size;
}

static void ask_remove(struct hl_task *task, struct hl_item *item)
{
    task->ask.op = HL_OP_PROBE_REMOVE;
    task->ask.addr = ((struct hl_probe *)item)->id;
}

/* NULL: the error's own text says it. */
static const char *why_refused(const struct hl_probe *probe, int error)
{
    bool in_file = probe->spec->path_size != 0;

    switch (error) {
    case ENOENT:
        return in_file ? "the file has no symbol of that name"
                       : "the guest's kernel has no symbol of that name";
    case EINVAL:
        return in_file ? "no instruction that can be probed is there"
                       : "the guest's kernel lets nobody probe it there";
    case ENOSYS:
    case EOPNOTSUPP:
        return "the guest's kernel was built without what this needs";
    default:
        return NULL;
    }
}

static void refused(struct hl_engine *engine, struct hl_item *item, int error)
{
    struct hl_probe *probe = (struct hl_probe *)item;
    int of_host = hl_errno_to_host(engine->target, error);
    const char *why = why_refused(probe, of_host);

    hl_log(engine, HL_ERROR, "%s: %s%s", probe->title,
           why ? "" : "the guest could not place it: ",
           why ? why : g_strerror(of_host));
}

static void forget(struct hl_engine *engine, struct hl_probe *probe)
{
    luaL_unref(engine->script->L, LUA_REGISTRYINDEX, probe->handler_ref);
    luaL_unref(engine->script->L, LUA_REGISTRYINDEX, probe->object_ref);
    g_hash_table_remove(engine->probes->by_id, GUINT_TO_POINTER(probe->id));
}

static void release(struct hl_engine *engine, struct hl_item *item)
{
    struct hl_probe *probe = (struct hl_probe *)item;

    if (!probe->disabled) {
        forget(engine, probe);
    }
}

static const struct hl_item_ops probe_ops = {
    .ask_add = ask_add,
    .ask_remove = ask_remove,
    .refused = refused,
    .release = release,
};

struct hl_probe *hl_probe_new(struct hl_engine *engine,
                              const struct hl_probe_spec *spec,
                              uint32_t spec_size)
{
    struct hl_probe *probe = g_new0(struct hl_probe, 1);

    probe->id = ++engine->probes->last_id;
    probe->users = 1;
    g_hash_table_insert(engine->probes->by_id, GUINT_TO_POINTER(probe->id),
                        probe);
    probe->handler_ref = LUA_NOREF;
    probe->object_ref = LUA_NOREF;
    probe->spec = g_memdup2(spec, spec_size);
    probe->spec->id = GUINT32_TO_LE(probe->id);
    probe->spec_size = spec_size;
    hl_item_add(engine, &probe->item, &probe_ops);
    return probe;
}

static bool was_removed(const struct hl_probe *probe)
{
    return probe->item.removed && !probe->disabled;
}

struct hl_probe *hl_probe_find(struct hl_engine *engine, uint32_t id)
{
    struct hl_probe *probe = g_hash_table_lookup(engine->probes->by_id,
                                                 GUINT_TO_POINTER(id));

    return probe && !was_removed(probe) ? probe : NULL;
}

void hl_probe_disable(struct hl_engine *engine, struct hl_probe *probe)
{
    if (!was_removed(probe)) {
        probe->disabled = true;
        hl_item_remove(engine, &probe->item);
    }
}

/* What is still on its way out comes back from there: see hl_item_moved(). */
void hl_probe_enable(struct hl_engine *engine, struct hl_probe *probe)
{
    if (!probe->disabled) {
        return;
    }
    probe->disabled = false;
    if (probe->item.state == HL_ITEM_GONE) {
        probe->item = (struct hl_item){ 0 };
        hl_item_add(engine, &probe->item, &probe_ops);
    } else {
        probe->item.removed = false;
    }
}

/* May be the last that is done with it. */
void hl_probe_remove(struct hl_engine *engine, struct hl_probe *probe)
{
    if (was_removed(probe)) {
        return;
    }
    probe->disabled = false;
    if (probe->item.state == HL_ITEM_GONE) {
        forget(engine, probe);
    } else {
        hl_item_remove(engine, &probe->item);
    }
}
