/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hooks of a script, and how the guest is told of one.  Scripts add and
 * change them (lua_hook.c, lua_probe.c), work.c hands them over, handlers.c
 * runs their handlers.
 */
#include "hook.h"

#include <lauxlib.h>
#include <string.h>

#include "script.h"
#include "swap.h"
#include "task.h"

_Static_assert(offsetof(struct hl_hook_spec, id) == 0 &&
               offsetof(struct hl_probe_spec, id) == 0, "a spec's id");

struct hl_sites {
    GHashTable *by_id;          /* of struct hl_site */
    uint32_t last_id;
};

struct hl_sites *hl_sites_new(void)
{
    struct hl_sites *sites = g_new0(struct hl_sites, 1);

    sites->by_id = g_hash_table_new(NULL, NULL);
    return sites;
}

static void free_site(struct hl_site *site)
{
    g_free(site->spec);
    g_free(site);
}

void hl_sites_free(struct hl_sites *sites)
{
    GHashTableIter iter;
    gpointer site;

    g_hash_table_iter_init(&iter, sites->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &site)) {
        free_site(site);
    }
    g_hash_table_unref(sites->by_id);
    g_free(sites);
}

/* --- sites ---------------------------------------------------------------- */

static void ask_add(struct hl_task *task, struct hl_item *item)
{
    struct hl_site *site = (struct hl_site *)item;

    task->ask.op = site->type->add;
    task->ask.data = site->spec;
    task->ask.data_size = site->spec_size;
    task->ask.size = site->spec_size;
    task->ask.want = sizeof(hl_le32);
}

static void ask_remove(struct hl_task *task, struct hl_item *item)
{
    struct hl_site *site = (struct hl_site *)item;

    task->ask.op = site->type->remove;
    task->ask.addr = site->id;
}

static bool added(struct hl_engine *engine, struct hl_item *item,
                  const struct hl_answer *answer)
{
    hl_le32 count;
    uint32_t all = engine->swap_added;

    if (answer->size == sizeof(count)) {
        memcpy(&count, answer->data, sizeof(count));
        all = GUINT32_FROM_LE(count);
        hl_swap_added(engine, all);
    }
    hl_swap_settled(engine, (struct hl_site *)item, all);
    return false;
}

static void refused(struct hl_engine *engine, struct hl_item *item, int error)
{
    struct hl_site *site = (struct hl_site *)item;
    const struct hl_hook *hook = site->hook ? site->hook : site->next;

    if (hook) {
        site->type->refused(engine, hook, error);
    }
    hl_swap_settled(engine, site, engine->swap_added);
}

static void release(struct hl_engine *engine, struct hl_item *item)
{
    struct hl_site *site = (struct hl_site *)item;

    g_hash_table_remove(engine->sites->by_id, GUINT_TO_POINTER(site->id));
    free_site(site);
}

static const struct hl_item_ops site_ops = {
    .ask_add = ask_add,
    .ask_remove = ask_remove,
    .take = added,
    .refused = refused,
    .release = release,
};

struct hl_site *hl_site_new(struct hl_engine *engine, struct hl_hook *next)
{
    struct hl_sites *sites = engine->sites;
    struct hl_site *site = g_new0(struct hl_site, 1);
    hl_le32 id;

    site->id = ++sites->last_id;
    site->type = next->type;
    site->spec = g_memdup2(next->spec, next->spec_size);
    site->spec_size = next->spec_size;
    id = GUINT32_TO_LE(site->id);
    memcpy(site->spec, &id, sizeof(id));
    site->next = next;
    g_hash_table_insert(sites->by_id, GUINT_TO_POINTER(site->id), site);
    hl_item_add(engine, &site->item, &site_ops);
    return site;
}

void hl_site_pass_on(struct hl_site *site)
{
    if (site->hook) {
        site->hook->site = NULL;
    }
    site->hook = site->next;
    site->next = NULL;
    if (site->hook) {
        site->hook->site = site;
        site->hook->last_site = site->id;
    }
}

/* Frees it when the guest has nothing of it. */
void hl_site_remove(struct hl_engine *engine, struct hl_site *site)
{
    site->next = NULL;
    hl_site_pass_on(site);
    hl_item_remove(engine, &site->item);
}

struct hl_site *hl_site_find(const struct hl_engine *engine, uint32_t id)
{
    return g_hash_table_lookup(engine->sites->by_id, GUINT_TO_POINTER(id));
}

void hl_sites_each(struct hl_engine *engine,
                   void (*each)(struct hl_site *site, void *user), void *user)
{
    g_autoptr(GList) sites = g_hash_table_get_values(engine->sites->by_id);

    for (GList *link = sites; link; link = link->next) {
        each(link->data, user);
    }
}

/* --- hooks ---------------------------------------------------------------- */

void hl_hook_use(struct hl_hook *hook)
{
    hook->users++;
}

void hl_hook_unuse(struct hl_hook *hook)
{
    if (--hook->users == 0) {
        g_free(hook->title);
        g_free(hook->spec);
        g_free(hook);
    }
}

bool hl_hook_is_on(const struct hl_hook *hook)
{
    return !hook->removed && !hook->disabled;
}

static int make_ref(lua_State *L, int index)
{
    lua_pushvalue(L, index);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

/* What is still on its way out comes back from there: see hl_item_moved(). */
static struct hl_site *site_that_leaves(const struct hl_hook *hook)
{
    struct hl_site *site = hl_site_find(hook->script->engine, hook->last_site);

    if (!site || site->hook) {
        return NULL;
    }
    site->item.removed = false;
    return site;
}

static void place(struct hl_hook *hook)
{
    struct hl_site *site;

    if (hook->script->stage != HL_LIVE) {
        return;
    }
    site = site_that_leaves(hook);
    if (!site) {
        site = hl_site_new(hook->script->engine, hook);
    }
    site->next = hook;
    hl_site_pass_on(site);
}

static void displace(struct hl_hook *hook)
{
    if (hook->site) {
        hl_site_remove(hook->script->engine, hook->site);
    }
}

struct hl_hook *hl_hook_new(lua_State *L, const struct hl_hook_type *type,
                            const void *spec, uint32_t spec_size,
                            const char *title, int handler, int object)
{
    struct hl_script *script = hl_script_of(L);
    int handler_ref = make_ref(L, handler);
    int object_ref = make_ref(L, object);
    struct hl_hook *hook = g_new0(struct hl_hook, 1);

    hook->type = type;
    hook->script = script;
    hook->id = ++script->last_hook;
    hook->users = 1;
    hook->handler_ref = handler_ref;
    hook->object_ref = object_ref;
    hook->title = g_strdup(title);
    hook->spec = g_memdup2(spec, spec_size);
    hook->spec_size = spec_size;
    g_hash_table_insert(script->hooks, GUINT_TO_POINTER(hook->id), hook);
    place(hook);
    return hook;
}

struct hl_hook *hl_hook_find(const struct hl_script *script, uint32_t id)
{
    return g_hash_table_lookup(script->hooks, GUINT_TO_POINTER(id));
}

void hl_hook_disable(struct hl_hook *hook)
{
    hook->disabled = true;
    displace(hook);
}

void hl_hook_enable(struct hl_hook *hook)
{
    if (hook->disabled) {
        hook->disabled = false;
        place(hook);
    }
}

/* May be the last that is done with it. */
void hl_hook_remove(struct hl_hook *hook)
{
    struct hl_script *script = hook->script;

    hook->removed = true;
    displace(hook);
    luaL_unref(script->L, LUA_REGISTRYINDEX, hook->handler_ref);
    luaL_unref(script->L, LUA_REGISTRYINDEX, hook->object_ref);
    g_hash_table_remove(script->hooks, GUINT_TO_POINTER(hook->id));
    hl_hook_unuse(hook);
}

void hl_hooks_drop(struct hl_script *script)
{
    GHashTableIter iter;
    gpointer hook;

    g_hash_table_iter_init(&iter, script->hooks);
    while (g_hash_table_iter_next(&iter, NULL, &hook)) {
        hl_hook_unuse(hook);
    }
    g_hash_table_remove_all(script->hooks);
}
