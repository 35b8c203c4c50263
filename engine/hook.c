/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of hooks, and how the guest is told of one. */
#include "hook.h"

#include <errno.h>
#include <lauxlib.h>

#include "log.h"
#include "script.h"
#include "task.h"

struct hl_hooks {
    GPtrArray *all;             /* of struct hl_hook; the id is the place + 1 */
};

/* hook->spec and hook->test go out as one message. */
_Static_assert(offsetof(struct hl_hook, test) ==
               offsetof(struct hl_hook, spec) + sizeof(struct hl_hook_spec),
               "spec and tests lie together");
_Static_assert(sizeof(struct hl_hook_spec) +
               HL_HOOK_TESTS * sizeof(struct hl_filter_test) <= HL_CHUNK,
               "spec and tests fit a region");

static void free_hook(gpointer data)
{
    struct hl_hook *hook = data;

    g_free(hook->title);
    g_free(hook);
}

struct hl_hooks *hl_hooks_new(void)
{
    struct hl_hooks *hooks = g_new0(struct hl_hooks, 1);

    hooks->all = g_ptr_array_new_with_free_func(free_hook);
    return hooks;
}

void hl_hooks_free(struct hl_hooks *hooks)
{
    g_ptr_array_free(hooks->all, TRUE);
    g_free(hooks);
}

static void ask_add(struct hl_task *task, struct hl_item *item)
{
    struct hl_hook *hook = (struct hl_hook *)item;
    uint32_t tests = GUINT32_FROM_LE(hook->spec.tests);

    task->ask.op = HL_OP_HOOK_ADD;
    task->ask.data = &hook->spec;
    task->ask.data_size = sizeof(hook->spec) +
                          tests * sizeof(struct hl_filter_test);
    task->ask.size = task->ask.data_size;
}

static void ask_remove(struct hl_task *task, struct hl_item *item)
{
    task->ask.op = HL_OP_HOOK_REMOVE;
    task->ask.addr = ((struct hl_hook *)item)->id;
}

static void refused(struct hl_engine *engine, struct hl_item *item, int error)
{
    struct hl_hook *hook = (struct hl_hook *)item;

    if (error == ENOENT && hook->optional) {
        return;
    }
    if (error == ENOENT) {
        hl_log(engine, HL_ERROR, "%s: the guest's kernel has no system call "
               "of that name", hook->title);
    } else {
        hl_log(engine, HL_ERROR, "%s: the guest could not hook it: %s",
               hook->title,
               g_strerror(hl_errno_to_host(engine->target, error)));
    }
}

/* The place stays: its id is never used again. */
static void release(struct hl_engine *engine, struct hl_item *item)
{
    struct hl_hook *hook = (struct hl_hook *)item;

    luaL_unref(engine->script->L, LUA_REGISTRYINDEX, hook->handler_ref);
    luaL_unref(engine->script->L, LUA_REGISTRYINDEX, hook->object_ref);
    hook->handler_ref = LUA_NOREF;
    hook->object_ref = LUA_NOREF;
}

static const struct hl_item_ops hook_ops = {
    .ask_add = ask_add,
    .ask_remove = ask_remove,
    .refused = refused,
    .release = release,
};

struct hl_hook *hl_hook_new(struct hl_engine *engine)
{
    struct hl_hook *hook = g_new0(struct hl_hook, 1);

    g_ptr_array_add(engine->hooks->all, hook);
    hook->id = engine->hooks->all->len;
    hook->handler_ref = LUA_NOREF;
    hook->object_ref = LUA_NOREF;
    hook->spec.id = GUINT32_TO_LE(hook->id);
    hl_item_add(engine, &hook->item, &hook_ops);
    return hook;
}

struct hl_hook *hl_hook_find(struct hl_engine *engine, uint32_t id)
{
    if (id == 0 || id > engine->hooks->all->len) {
        return NULL;
    }
    return g_ptr_array_index(engine->hooks->all, id - 1);
}
