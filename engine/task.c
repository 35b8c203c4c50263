/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of tasks.  An id is a place in the table and a generation, so a
 * guest that resumes a task that has ended, or never was, finds nothing.
 */
#include "task.h"

#include <errno.h>

#include "coroutine.h"
#include "faults.h"
#include "record/seen.h"
#include "script.h"

struct hl_tasks {
    GPtrArray *places;          /* of struct hl_task, never freed before all */
    GArray *free;               /* of guint: places to use again */
};

struct hl_tasks *hl_tasks_new(void)
{
    struct hl_tasks *tasks = g_new0(struct hl_tasks, 1);

    tasks->places = g_ptr_array_new_with_free_func(g_free);
    tasks->free = g_array_new(FALSE, FALSE, sizeof(guint));
    return tasks;
}

void hl_tasks_free(struct hl_tasks *tasks)
{
    g_ptr_array_free(tasks->places, TRUE);
    g_array_free(tasks->free, TRUE);
    g_free(tasks);
}

static uint64_t next_generation(uint64_t id)
{
    return id + (1ULL << 32);
}

static struct hl_task *new_place(struct hl_tasks *tasks)
{
    struct hl_task *task;

    task = g_new0(struct hl_task, 1);
    task->id = next_generation(tasks->places->len);
    g_ptr_array_add(tasks->places, task);
    return task;
}

static struct hl_task *take_place(struct hl_tasks *tasks, guint most)
{
    guint place;

    if (tasks->places->len - tasks->free->len >= most) {
        return NULL;
    }
    if (tasks->free->len == 0) {
        return new_place(tasks);
    }
    place = g_array_index(tasks->free, guint, tasks->free->len - 1);
    g_array_set_size(tasks->free, tasks->free->len - 1);
    return g_ptr_array_index(tasks->places, place);
}

struct hl_task *hl_task_begin(struct hl_engine *engine,
                              const struct hl_task_ops *ops, uint64_t region,
                              struct hl_script *script)
{
    struct hl_task *task = take_place(engine->tasks, ops->is_work
                                                         ? HL_TASKS_MAX
                                                         : HL_TASKS_MAX -
                                                           HL_TASKS_KEPT);

    if (task) {
        task->active = true;
        task->ops = ops;
        task->region = region;
        task->script = script;
        if (script) {
            hl_script_use(script);
        }
        task->ret = 0;
        task->reply_size = 0;
        task->reply_addr = 0;
        task->lost = (uint64_t)-EFAULT;
        task->may_sleep = true;
        task->no_wait = NULL;
        task->is_user = false;
        task->serves_nobody = false;
        task->may_park = false;
        task->parked = false;
        task->word_bytes = (uint8_t)(engine->target->word_bits / 8);
        task->listens = false;
        task->woken = false;
        task->seen = NULL;
        task->handlers = (struct hl_handlers){ 0 };
        task->ask = (struct hl_ask){ 0 };
        task->answer = (struct hl_answer){ 0 };
    }
    return task;
}

struct hl_task *hl_task_find(struct hl_engine *engine, uint64_t id)
{
    guint place = (guint)(id & 0xffffffff);
    struct hl_task *task;

    if (place >= engine->tasks->places->len) {
        return NULL;
    }
    task = g_ptr_array_index(engine->tasks->places, place);
    return task->active && task->id == id ? task : NULL;
}

void hl_task_end(struct hl_engine *engine, struct hl_task *task)
{
    guint place = (guint)(task->id & 0xffffffff);

    task->ops->end(engine, task);
    hl_seen_free(task->seen);
    if (task->script) {
        hl_script_unuse(task->script);
        task->script = NULL;
    }
    task->active = false;
    task->id = next_generation(task->id);
    g_array_append_val(engine->tasks->free, place);
}

void hl_tasks_each(struct hl_engine *engine,
                   void (*each)(struct hl_task *task, void *user), void *user)
{
    GPtrArray *places = engine->tasks->places;

    for (guint i = 0; i < places->len; i++) {
        struct hl_task *task = g_ptr_array_index(places, i);

        if (task->active) {
            each(task, user);
        }
    }
}

static void drop(struct hl_task *task, void *user)
{
    struct hl_engine *engine = user;

    engine->stats.dropped++;
    hl_task_end(engine, task);
}

static void allow(struct hl_task *task, void *user)
{
    if (task->script) {
        hl_coroutine_new_budget(task->script);
    }
}

/* What handlers of a script do when they are closed shares one budget. */
void hl_tasks_drop_all(struct hl_engine *engine)
{
    hl_tasks_each(engine, allow, NULL);
    hl_tasks_each(engine, drop, engine);
}

void hl_tasks_forget_script(struct hl_engine *engine,
                            const struct hl_script *script)
{
    GPtrArray *places = engine->tasks->places;

    for (guint i = 0; i < places->len; i++) {
        struct hl_task *task = g_ptr_array_index(places, i);

        if (task->co_script == script) {
            task->co = NULL;
            task->co_script = NULL;
        }
    }
}

void hl_task_fault(struct hl_engine *engine, const struct hl_task *task,
                   const char *message, const char *outcome,
                   const char *traceback)
{
    g_autofree char *title = task->ops->describe(engine, task);
    g_autofree char *what = g_strdup_printf("%s, in %s", message, title);
    g_autoptr(GString) text = g_string_new(task->ops->report ? message : what);

    if (task->ops->served) {
        struct hl_served served = task->ops->served(task);

        g_string_append_printf(text, ", for pid %u (%s)", served.pid,
                               served.comm);
    }
    g_string_append_printf(text, "%s%s%s", outcome, traceback ? "\n" : "",
                           traceback ? traceback : "");
    if (task->ops->report) {
        task->ops->report(engine, task, text->str);
    } else {
        hl_fault(task->script->faults, what, text->str);
    }
}

uint32_t hl_tasks_active(const struct hl_engine *engine)
{
    return engine->tasks->places->len - engine->tasks->free->len;
}
