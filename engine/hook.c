/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which hooks there are and which of them the guest has.  The engine only
 * notes what it wants; the guest fetches it with HL_CALL_WORK (work.c).
 */
#include "hook.h"

#include <errno.h>
#include <lauxlib.h>

#include "log.h"
#include "script.h"

struct hl_hooks {
    GPtrArray *all;             /* of struct hl_hook; the id is the place + 1 */
    GQueue work;                /* of those that the guest may have to move */
};

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
    g_queue_clear(&hooks->work);
    g_ptr_array_free(hooks->all, TRUE);
    g_free(hooks);
}

void hl_hooks_say_work(struct hl_engine *engine)
{
    g_atomic_int_set(&engine->work_waiting, engine->greeted &&
                     !g_queue_is_empty(&engine->hooks->work));
}

static void add_work(struct hl_engine *engine, struct hl_hook *hook)
{
    g_queue_push_tail(&engine->hooks->work, hook);
    hl_hooks_say_work(engine);
}

struct hl_hook *hl_hook_new(struct hl_engine *engine)
{
    struct hl_hook *hook = g_new0(struct hl_hook, 1);

    g_ptr_array_add(engine->hooks->all, hook);
    hook->id = engine->hooks->all->len;
    hook->handler_ref = LUA_NOREF;
    hook->object_ref = LUA_NOREF;
    hook->spec.id = GUINT32_TO_LE(hook->id);
    add_work(engine, hook);
    return hook;
}

struct hl_hook *hl_hook_find(struct hl_engine *engine, uint32_t id)
{
    if (id == 0 || id > engine->hooks->all->len) {
        return NULL;
    }
    return g_ptr_array_index(engine->hooks->all, id - 1);
}

static void release(struct hl_engine *engine, struct hl_hook *hook)
{
    luaL_unref(engine->script->L, LUA_REGISTRYINDEX, hook->handler_ref);
    luaL_unref(engine->script->L, LUA_REGISTRYINDEX, hook->object_ref);
    hook->handler_ref = LUA_NOREF;
    hook->object_ref = LUA_NOREF;
    hook->state = HL_HOOK_GONE;
}

void hl_hook_remove(struct hl_engine *engine, struct hl_hook *hook)
{
    if (hook->removed) {
        return;
    }
    hook->removed = true;
    if (hook->state == HL_HOOK_WANTED || hook->state == HL_HOOK_REFUSED) {
        release(engine, hook);
    } else if (hook->state == HL_HOOK_PRESENT) {
        add_work(engine, hook);
    }
}

struct hl_hook *hl_hook_next_work(struct hl_engine *engine)
{
    struct hl_hook *hook;

    while ((hook = g_queue_pop_head(&engine->hooks->work))) {
        hook->leaving = hook->state == HL_HOOK_PRESENT && hook->removed;
        if (hook->leaving || hook->state == HL_HOOK_WANTED) {
            hook->state = HL_HOOK_MOVING;
            break;
        }
    }
    hl_hooks_say_work(engine);
    return hook;
}

void hl_hook_not_moved(struct hl_engine *engine, struct hl_hook *hook)
{
    hook->state = hook->leaving ? HL_HOOK_PRESENT : HL_HOOK_WANTED;
    add_work(engine, hook);
}

static void log_refusal(struct hl_engine *engine, const struct hl_hook *hook,
                        int error)
{
    if (error == ENOENT) {
        hl_log(engine, HL_ERROR, "%s: the guest's kernel has no system call "
               "of that name", hook->title);
    } else {
        hl_log(engine, HL_ERROR, "%s: the guest could not hook it: %s",
               hook->title, g_strerror(error));
    }
}

void hl_hook_moved(struct hl_engine *engine, struct hl_hook *hook, int error)
{
    if (hook->leaving) {
        release(engine, hook);
    } else if (error == 0) {
        hook->state = HL_HOOK_PRESENT;
        if (hook->removed) {
            add_work(engine, hook);
        }
    } else {
        log_refusal(engine, hook, error);
        hook->state = HL_HOOK_REFUSED;
        if (hook->removed) {
            release(engine, hook);
        }
    }
}

void hl_hooks_forget_guest(struct hl_engine *engine)
{
    GPtrArray *all = engine->hooks->all;

    g_queue_clear(&engine->hooks->work);
    for (guint i = 0; i < all->len; i++) {
        struct hl_hook *hook = g_ptr_array_index(all, i);

        if (hook->state == HL_HOOK_GONE) {
            continue;
        }
        if (hook->removed) {
            release(engine, hook);
        } else {
            hook->state = HL_HOOK_WANTED;
            g_queue_push_tail(&engine->hooks->work, hook);
        }
    }
    hl_hooks_say_work(engine);
}
