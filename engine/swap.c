/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See swap.h.  All under engine->lock. */
#include "swap.h"

#include <string.h>

#include "file.h"
#include "hook.h"
#include "load.h"
#include "log.h"
#include "script.h"
#include "spawn.h"

/* --- the sites that go on ------------------------------------------------- */

static guint hash_hook(gconstpointer key)
{
    const struct hl_hook *hook = key;
    const uint8_t *bytes = hook->spec;
    guint hash = 5381;

    for (uint32_t i = 0; i < hook->spec_size; i++) {
        hash = hash * 33 + bytes[i];
    }
    return hash;
}

/* The specs have no ids. */
static gboolean same_hook(gconstpointer a, gconstpointer b)
{
    const struct hl_hook *one = a;
    const struct hl_hook *other = b;

    return one->type == other->type && one->spec_size == other->spec_size &&
           !memcmp(one->spec, other->spec, one->spec_size);
}

/* hook -> GSList of the sites that have one like it */
static void note_site(struct hl_site *site, void *sites)
{
    GSList *list;

    if (!site->hook || site->item.removed ||
        site->item.state == HL_ITEM_REFUSED) {
        return;
    }
    list = g_hash_table_lookup(sites, site->hook);
    g_hash_table_insert(sites, site->hook, g_slist_prepend(list, site));
}

static void claim_or_add(struct hl_engine *engine, GHashTable *sites,
                         struct hl_hook *hook)
{
    GSList *list = g_hash_table_lookup(sites, hook);

    if (list) {
        struct hl_site *site = list->data;

        g_hash_table_insert(sites, site->hook, g_slist_delete_link(list, list));
        site->next = hook;
    } else {
        hl_site_new(engine, hook);
        engine->swap_waits++;
    }
}

static int compare_hooks(gconstpointer a, gconstpointer b)
{
    const struct hl_hook *one = a;
    const struct hl_hook *other = b;

    return one->id < other->id ? -1 : one->id > other->id;
}

static gboolean free_list(gpointer hook, gpointer list, gpointer unused)
{
    g_slist_free(list);
    return TRUE;
}

static void place_hooks(struct hl_engine *engine, struct hl_script *next)
{
    GHashTable *sites = g_hash_table_new(hash_hook, same_hook);
    GList *hooks = g_list_sort(g_hash_table_get_values(next->hooks),
                               compare_hooks);

    hl_sites_each(engine, note_site, sites);
    for (GList *link = hooks; link; link = link->next) {
        if (hl_hook_is_on(link->data)) {
            claim_or_add(engine, sites, link->data);
        }
    }
    g_list_free(hooks);
    g_hash_table_foreach_remove(sites, free_list, NULL);
    g_hash_table_unref(sites);
}

/* --- the moment ----------------------------------------------------------- */

static void pass_site_on(struct hl_site *site, void *user)
{
    struct hl_engine *engine = user;

    if (site->next) {
        hl_site_pass_on(site);
    } else if (site->hook && site->hook->script != engine->script) {
        hl_site_remove(engine, site);
    }
}

static int compare_behaviours(gconstpointer a, gconstpointer b)
{
    const struct hl_behaviour *one = a;
    const struct hl_behaviour *other = b;

    return one->id < other->id ? -1 : one->id > other->id;
}

static bool note_old_file(struct hl_file *file, void *user)
{
    GPtrArray *old = user;

    if (file->now->script && file->now->script->stage == HL_REPLACED &&
        !file->item.removed) {
        g_ptr_array_add(old, file);
    }
    return true;
}

static void pass_files_on(struct hl_engine *engine)
{
    g_autoptr(GPtrArray) old = g_ptr_array_new();
    GList *all = g_list_sort(
        g_hash_table_get_values(engine->script->behaviours),
        compare_behaviours);

    for (GList *link = all; link; link = link->next) {
        hl_file_adopt(engine, link->data);
    }
    g_list_free(all);
    hl_files_each(engine, note_old_file, old);
    for (guint i = 0; i < old->len; i++) {
        hl_file_remove(engine, old->pdata[i]);
    }
}

static void say(struct hl_engine *engine)
{
    const struct hl_script *now = engine->script;

    if (now->version > 1) {
        hl_log(engine, HL_INFO, "reloaded: version %u, with %u files and %u "
               "hooks", now->version, g_hash_table_size(now->behaviours),
               g_hash_table_size(now->hooks));
    }
}

void hl_swap_finish(struct hl_engine *engine)
{
    struct hl_script *old = engine->script;

    if (!engine->next) {
        return;
    }
    engine->script = g_steal_pointer(&engine->next);
    engine->swap_waits = 0;
    engine->script->stage = HL_LIVE;
    old->stage = HL_REPLACED;
    hl_sites_each(engine, pass_site_on, engine);
    pass_files_on(engine);
    hl_spawns_pass_on(engine, old);
    say(engine);
    hl_load_unload(old);
    hl_script_unuse(old);
}

/* --- before it ------------------------------------------------------------ */

static void unclaim(struct hl_site *site, void *engine)
{
    site->next = NULL;
    if (!site->hook) {
        hl_item_remove(engine, &site->item);
    }
}

static void give_way(struct hl_engine *engine)
{
    struct hl_script *waiting = g_steal_pointer(&engine->next);

    if (waiting) {
        engine->swap_waits = 0;
        hl_sites_each(engine, unclaim, engine);
        hl_script_unuse(waiting);
    }
}

void hl_swap_begin(struct hl_engine *engine, struct hl_script *next)
{
    give_way(engine);
    next->unlocked = false;
    next->version = ++engine->versions;
    engine->next = next;
    place_hooks(engine, next);
    if (engine->swap_waits == 0 || !engine->greeted) {
        hl_swap_finish(engine);
    }
}

/* Of 24 bits half is earlier: no event is as old as a quarter. */
#define EARLIER_MOST (HL_EVENT_ADDED_MASK / 4)

void hl_swap_added(struct hl_engine *engine, uint32_t added)
{
    if ((int32_t)(added - engine->added) > EARLIER_MOST) {
        engine->added = added - EARLIER_MOST;
    }
}

void hl_swap_settled(struct hl_engine *engine, struct hl_site *site,
                     uint32_t added)
{
    if (!site->next || site->hook) {
        return;
    }
    /* Two vCPUs may answer in another order than they added. */
    if ((int32_t)(added - engine->swap_added) > 0) {
        engine->swap_added = added;
    }
    if (--engine->swap_waits == 0) {
        engine->added = engine->swap_added;
        hl_swap_finish(engine);
    }
}
