/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of hooks, and how the guest is told of one.  Scripts add and
 * change them (lua_hook.c), work.c hands them over, event.c runs their
 * handlers.
 */
#include "hook.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "log.h"
#include "proto.h"
#include "script.h"
#include "task.h"

struct hl_hooks {
    GHashTable *by_id;          /* of struct hl_hook */
    uint32_t last_id;
};

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

static void unuse(gpointer hook)
{
    hl_hook_unuse(hook);
}

struct hl_hooks *hl_hooks_new(void)
{
    struct hl_hooks *hooks = g_new0(struct hl_hooks, 1);

    hooks->by_id = g_hash_table_new_full(NULL, NULL, NULL, unuse);
    return hooks;
}

void hl_hooks_free(struct hl_hooks *hooks)
{
    g_hash_table_unref(hooks->by_id);
    g_free(hooks);
}

static void ask_add(struct hl_task *task, struct hl_item *item)
{
    struct hl_hook *hook = (struct hl_hook *)item;

    task->ask.op = HL_OP_HOOK_ADD;
    task->ask.data = hook->spec;
    task->ask.data_size = sizeof(*hook->spec) +
                          GUINT32_FROM_LE(hook->spec->tests_size);
    task->ask.size = task->ask.data_size;
}

static void ask_remove(struct hl_task *task, struct hl_item *item)
{
    task->ask.op = HL_OP_HOOK_REMOVE;
    task->ask.addr = ((struct hl_hook *)item)->id;
}

static void say_unknown(struct hl_engine *engine, const struct hl_hook *hook)
{
    g_autofree char *near = hl_protos_near(engine, hook->spec->name);

    hl_log(engine, HL_ERROR, "%s: the guest's kernel has no system call of "
           "that name%s%s%s", hook->title, near ? "; did you mean " : "",
           near ? near : "", near ? "?" : "");
}

static void refused(struct hl_engine *engine, struct hl_item *item, int error)
{
    struct hl_hook *hook = (struct hl_hook *)item;

    if (error != ENOENT) {
        hl_log(engine, HL_ERROR, "%s: the guest could not hook it: %s",
               hook->title,
               g_strerror(hl_errno_to_host(engine->target, error)));
    } else if (!hook->optional) {
        say_unknown(engine, hook);
    }
}

static void forget(struct hl_engine *engine, struct hl_hook *hook)
{
    luaL_unref(engine->script->L, LUA_REGISTRYINDEX, hook->handler_ref);
    luaL_unref(engine->script->L, LUA_REGISTRYINDEX, hook->object_ref);
    g_hash_table_remove(engine->hooks->by_id, GUINT_TO_POINTER(hook->id));
}

static void release(struct hl_engine *engine, struct hl_item *item)
{
    struct hl_hook *hook = (struct hl_hook *)item;

    if (!hook->disabled) {
        forget(engine, hook);
    }
}

static const struct hl_item_ops hook_ops = {
    .ask_add = ask_add,
    .ask_remove = ask_remove,
    .refused = refused,
    .release = release,
};

struct hl_hook *hl_hook_new(struct hl_engine *engine,
                            const struct hl_hook_spec *spec,
                            const void *tests, char *title)
{
    struct hl_hook *hook = g_new0(struct hl_hook, 1);
    uint32_t tests_size = GUINT32_FROM_LE(spec->tests_size);

    hook->id = ++engine->hooks->last_id;
    hook->users = 1;
    g_hash_table_insert(engine->hooks->by_id, GUINT_TO_POINTER(hook->id),
                        hook);
    hook->handler_ref = LUA_NOREF;
    hook->object_ref = LUA_NOREF;
    hook->title = title;
    hook->spec = g_malloc(sizeof(*spec) + tests_size);
    *hook->spec = *spec;
    hook->spec->id = GUINT32_TO_LE(hook->id);
    if (tests_size > 0) {
        memcpy(hook->spec + 1, tests, tests_size);
    }
    hl_protos_want(engine);
    hl_item_add(engine, &hook->item, &hook_ops);
    return hook;
}

static bool was_removed(const struct hl_hook *hook)
{
    return hook->item.removed && !hook->disabled;
}

struct hl_hook *hl_hook_find(struct hl_engine *engine, uint32_t id)
{
    struct hl_hook *hook = g_hash_table_lookup(engine->hooks->by_id,
                                               GUINT_TO_POINTER(id));

    return hook && !was_removed(hook) ? hook : NULL;
}

void hl_hook_disable(struct hl_engine *engine, struct hl_hook *hook)
{
    if (!was_removed(hook)) {
        hook->disabled = true;
        hl_item_remove(engine, &hook->item);
    }
}

/* What is still on its way out comes back from there: see hl_item_moved(). */
void hl_hook_enable(struct hl_engine *engine, struct hl_hook *hook)
{
    if (!hook->disabled) {
        return;
    }
    hook->disabled = false;
    if (hook->item.state == HL_ITEM_GONE) {
        hook->item = (struct hl_item){ 0 };
        hl_item_add(engine, &hook->item, &hook_ops);
    } else {
        hook->item.removed = false;
    }
}

/* May be the last that is done with it. */
void hl_hook_remove(struct hl_engine *engine, struct hl_hook *hook)
{
    if (was_removed(hook)) {
        return;
    }
    hook->disabled = false;
    if (hook->item.state == HL_ITEM_GONE) {
        forget(engine, hook);
    } else {
        hl_item_remove(engine, &hook->item);
    }
}
