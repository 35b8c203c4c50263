/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From core.spawn, called by scripts, to HL_CALL_SPAWNED, on a vCPU's thread.
 * What waits to begin is a list in the order of the calls.  The guest is told
 * of some of it at a time, as each of these costs it a thread.  Parked tasks go
 * first, and beyond that: somebody looks for what keeps all threads.
 *
 * Such work ends with its version of the scripts: what has not begun is
 * dropped, and what has is closed where it sleeps, or would.
 */
#include "spawn.h"

#include <errno.h>
#include <lauxlib.h>

#include "call.h"
#include "coroutine.h"
#include "log.h"
#include "script.h"
#include "task.h"
#include "waker.h"

/* Threads at once: half of what the module allows. */
#define THREADS_MAX 128

struct hl_spawn {
    struct hl_script *script;   /* used, from when it is live; parked: NULL */
    uint64_t id;
    bool told;                  /* a thread is on its way to begin it */
    int ref;                    /* Lua's table of the function and arguments, */
    int count;                  /* so many in all */
    uint64_t task;              /* or the task that is parked; 0: none */
    char *title;                /* "hl.spawn (watch.lua:20)" */
};

struct hl_spawns {
    struct hl_item item;        /* first: it only tells */
    GQueue waiting;             /* of struct hl_spawn: not begun */
    struct hl_spawn *telling;   /* what the guest is being told of, or NULL */
    uint32_t threads;           /* told of and not ended */
    uint64_t last_id;
};

static void free_spawn(gpointer data)
{
    struct hl_spawn *spawn = data;

    g_free(spawn->title);
    g_free(spawn);
}

static void drop(struct hl_spawn *spawn)
{
    struct hl_script *script = spawn->script;

    if (script) {
        luaL_unref(script->L, LUA_REGISTRYINDEX, spawn->ref);
        hl_script_unuse(script);
    }
    free_spawn(spawn);
}

/* It will not begin. */
static void leave_queue(struct hl_spawns *spawns, struct hl_spawn *spawn)
{
    if (spawn == spawns->telling) {
        spawns->telling = NULL;
    }
    spawns->threads -= spawn->told;
    g_queue_remove(&spawns->waiting, spawn);
    drop(spawn);
}

/* --- telling the guest ---------------------------------------------------- */

static struct hl_spawn *next_untold(const struct hl_spawns *spawns)
{
    for (GList *link = spawns->waiting.head; link; link = link->next) {
        struct hl_spawn *spawn = link->data;

        if (!spawn->told && (spawn->task != 0 ||
                             spawns->threads < THREADS_MAX)) {
            return spawn;
        }
    }
    return NULL;
}

static bool ask_tell(struct hl_task *task, struct hl_item *item)
{
    struct hl_spawns *spawns = (struct hl_spawns *)item;
    struct hl_spawn *spawn = next_untold(spawns);

    spawns->telling = NULL;
    if (!spawn) {
        return false;
    }
    spawn->told = true;
    spawns->threads++;
    spawns->telling = spawn;
    task->ask.op = HL_OP_SPAWN;
    task->ask.addr = spawn->id;
    return true;
}

static void untold(struct hl_item *item)
{
    struct hl_spawns *spawns = (struct hl_spawns *)item;

    if (spawns->telling) {
        spawns->telling->told = false;
        spawns->telling = NULL;
        spawns->threads--;
    }
}

/* Whoever asked for it hears of it. */
static void refuse(struct hl_engine *engine, struct hl_spawn *spawn, int error)
{
    struct hl_task *task = hl_task_find(engine, spawn->task);
    g_autofree char *text = g_strdup_printf(
        "%s: the guest gives no thread for it (%s)", spawn->title,
        g_strerror(hl_errno_to_host(engine->target, error)));

    if (task) {
        task->ops->report(engine, task, text);
        hl_task_end(engine, task);
    } else {
        hl_log(engine, HL_ERROR, "%s", text);
        leave_queue(engine->spawns, spawn);
    }
}

static void told(struct hl_engine *engine, struct hl_item *item, int error)
{
    struct hl_spawns *spawns = engine->spawns;
    struct hl_spawn *spawn = spawns->telling;

    spawns->telling = NULL;
    if (spawn && error != 0) {
        refuse(engine, spawn, error);
    }
}

static const struct hl_item_ops item_ops = {
    .ask_tell = ask_tell,
    .untold = untold,
    .told = told,
};

struct hl_spawns *hl_spawns_new(struct hl_engine *engine)
{
    struct hl_spawns *spawns = g_new0(struct hl_spawns, 1);

    hl_item_add_teller(engine, &spawns->item, &item_ops);
    return spawns;
}

void hl_spawns_free(struct hl_spawns *spawns)
{
    g_queue_clear_full(&spawns->waiting, free_spawn);
    g_free(spawns);
}

void hl_spawns_forget_guest(struct hl_engine *engine)
{
    struct hl_spawns *spawns = engine->spawns;

    spawns->telling = NULL;
    spawns->threads = 0;
    for (GList *link = spawns->waiting.head; link; link = link->next) {
        ((struct hl_spawn *)link->data)->told = false;
    }
    if (spawns->waiting.length > 0) {
        hl_item_tell(engine, &spawns->item);
    }
}

/* --- as a task ------------------------------------------------------------ */

static int push_function(lua_State *co, struct hl_task *task)
{
    int count = task->spawn->count;

    lua_rawgeti(co, LUA_REGISTRYINDEX, task->spawn->ref);
    luaL_checkstack(co, count, "too many arguments");
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(co, 1, i);
    }
    lua_remove(co, 1);
    return count - 1;
}

/* A thread ended, or never was: another may be told of. */
static void thread_ended(struct hl_engine *engine)
{
    struct hl_spawns *spawns = engine->spawns;

    if (spawns->threads > 0) {
        spawns->threads--;
    }
    if (next_untold(spawns)) {
        hl_item_tell(engine, &spawns->item);
    }
}

/* It sleeps, for a version that is not there any more. */
static bool is_over(const struct hl_task *task)
{
    return task->script->stage == HL_REPLACED && task->waiting &&
           task->ask.op == HL_OP_NONE;
}

static enum hl_step step(struct hl_engine *engine, struct hl_task *task)
{
    if (!is_over(task) &&
        hl_coroutine_run(engine, task, push_function) == HL_RUN_ASK &&
        !is_over(task)) {
        return HL_STEP_ASK;
    }
    return HL_STEP_DONE;
}

static void end(struct hl_engine *engine, struct hl_task *task)
{
    hl_coroutine_close(engine, task);
    drop(task->spawn);
    thread_ended(engine);
}

static char *describe(struct hl_engine *engine, const struct hl_task *task)
{
    return g_strdup(task->spawn->title);
}

static const struct hl_task_ops ops = {
    .step = step,
    .end = end,
    .describe = describe,
    .after_error = "",
};

/* The thread may be quicker than the answer that it was made. */
static struct hl_spawn *take(struct hl_spawns *spawns, uint64_t id)
{
    for (GList *link = spawns->waiting.head; link; link = link->next) {
        struct hl_spawn *spawn = link->data;

        if (spawn->id == id && spawn->told) {
            if (spawn == spawns->telling) {
                spawns->telling = NULL;
            }
            g_queue_delete_link(&spawns->waiting, link);
            return spawn;
        }
    }
    return NULL;
}

/* The parked task's own step; one that ended is in the queue no more. */
static uint64_t go_on(struct hl_engine *engine, struct hl_request *request,
                      struct hl_spawn *spawn)
{
    struct hl_task *task = hl_task_find(engine, spawn->task);

    g_assert(task);
    drop(spawn);
    task->region = request->arg[0];
    return hl_task_advance(engine, request, task);
}

static uint64_t begin(struct hl_engine *engine, struct hl_request *request)
{
    struct hl_spawn *spawn = take(engine->spawns, request->arg[1]);
    struct hl_task *task;

    if (!spawn) {
        return hl_call_error(ESRCH);
    }
    if (spawn->task != 0) {
        return go_on(engine, request, spawn);
    }
    task = hl_task_begin(engine, &ops, request->arg[0], spawn->script);
    if (!task) {
        hl_log(engine, HL_ERROR, "%s: too many requests at once",
               spawn->title);
        drop(spawn);
        thread_ended(engine);
        return hl_call_error(EBUSY);
    }
    task->serves_nobody = true;
    task->spawn = spawn;
    return hl_task_advance(engine, request, task);
}

uint64_t hl_call_spawned(struct hl_engine *engine, struct hl_request *request)
{
    return hl_call_with_region(engine, request, begin);
}

/* --- from one version to the next ----------------------------------------- */

static void begin_to_wait(struct hl_engine *engine, struct hl_spawn *spawn)
{
    hl_script_use(spawn->script);
    g_queue_push_tail(&engine->spawns->waiting, spawn);
    hl_item_tell(engine, &engine->spawns->item);
}

/* A thread that is on its way already finds nothing to begin. */
static void drop_waiting(struct hl_spawns *spawns,
                         const struct hl_script *script)
{
    GList *link = spawns->waiting.head;

    while (link) {
        GList *next = link->next;
        struct hl_spawn *spawn = link->data;

        if (spawn->script == script) {
            leave_queue(spawns, spawn);
        }
        link = next;
    }
}

static void wake_over(struct hl_task *task, void *engine)
{
    if (task->ops == &ops && is_over(task)) {
        hl_task_wake(engine, task->id);
    }
}

void hl_spawns_pass_on(struct hl_engine *engine, struct hl_script *old)
{
    struct hl_spawn *spawn;

    drop_waiting(engine->spawns, old);
    hl_tasks_each(engine, wake_over, engine);
    while ((spawn = g_queue_pop_head(&engine->script->spawns))) {
        begin_to_wait(engine, spawn);
    }
}

void hl_spawns_drop(struct hl_script *script)
{
    g_queue_clear_full(&script->spawns, free_spawn);
}

void hl_spawns_each(struct hl_engine *engine,
                    void (*each)(const struct hl_script *script,
                                 const char *title, void *user), void *user)
{
    for (GList *link = engine->spawns->waiting.head; link; link = link->next) {
        const struct hl_spawn *spawn = link->data;

        if (spawn->script) {
            each(spawn->script, spawn->title, user);
        }
    }
}

/* --- parked tasks --------------------------------------------------------- */

static struct hl_spawn *new_spawn(struct hl_spawns *spawns, const char *title)
{
    struct hl_spawn *spawn = g_new0(struct hl_spawn, 1);

    spawn->id = ++spawns->last_id;
    spawn->ref = LUA_NOREF;
    spawn->title = g_strdup(title);
    return spawn;
}

void hl_spawn_park(struct hl_engine *engine, struct hl_task *task,
                   const char *title)
{
    struct hl_spawns *spawns = engine->spawns;
    struct hl_spawn *spawn = new_spawn(spawns, title);

    /* What the question sends stays where it is: on the coroutine's stack. */
    task->parked = true;
    spawn->task = task->id;
    g_queue_push_head(&spawns->waiting, spawn);
    hl_item_tell(engine, &spawns->item);
}

static struct hl_spawn *find_parked(struct hl_spawns *spawns, uint64_t task)
{
    for (GList *link = spawns->waiting.head; link; link = link->next) {
        if (((struct hl_spawn *)link->data)->task == task) {
            return link->data;
        }
    }
    return NULL;
}

void hl_spawn_unpark(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_spawn *spawn = find_parked(engine->spawns, task->id);

    if (spawn) {
        leave_queue(engine->spawns, spawn);
    } else if (task->region != 0) {
        thread_ended(engine);
    }
}

/* --- from Lua ------------------------------------------------------------- */

/* core.spawn(title, function, ...): what may raise comes first. */
int hl_core_spawn(lua_State *L)
{
    struct hl_script *script = hl_script_of(L);
    struct hl_spawns *spawns = script->engine->spawns;
    const char *title = luaL_checkstring(L, 1);
    int count = lua_gettop(L) - 1;
    struct hl_spawn *spawn;
    int ref;

    hl_script_check_may_add(L, "hl.spawn");
    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (spawns->waiting.length + script->spawns.length >= HL_SPAWNS_WAITING) {
        hl_coroutine_raise(L, "hl.spawn: %d functions wait to begin already",
                           HL_SPAWNS_WAITING);
    }
    lua_createtable(L, count, 0);
    for (int i = 1; i <= count; i++) {
        lua_pushvalue(L, 1 + i);
        lua_rawseti(L, -2, i);
    }
    ref = luaL_ref(L, LUA_REGISTRYINDEX);

    spawn = new_spawn(spawns, title);
    spawn->script = script;
    spawn->ref = ref;
    spawn->count = count;
    if (script->stage == HL_LIVE) {
        begin_to_wait(script->engine, spawn);
    } else {
        g_queue_push_tail(&script->spawns, spawn);
    }
    return 0;
}
