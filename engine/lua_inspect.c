/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core.files, core.hooks and core.tasks.  Lua may raise at any push, for want
 * of memory: nothing that needs freeing is held then.  Under engine->lock.
 */
#include "lua_inspect.h"

#include "file.h"
#include "hook.h"
#include "hyperfile.h"
#include "script.h"
#include "spawn.h"
#include "task.h"

#define TITLE_SIZE (HYPERFILE_PATH_MAX + 256)

struct list {
    lua_State *L;
    int index;
    lua_Integer count;
};

static struct list new_list(lua_State *L)
{
    lua_newtable(L);
    return (struct list){ .L = L, .index = lua_gettop(L) };
}

/* The table on top, which is popped. */
static void append(struct list *list)
{
    lua_rawseti(list->L, list->index, ++list->count);
}

static void set_text(lua_State *L, const char *name, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, uint64_t number)
{
    lua_pushinteger(L, (lua_Integer)number);
    lua_setfield(L, -2, name);
}

static const char *state_name(const struct hl_item *item)
{
    return item->removed ? "leaving" : hl_item_state_name(item->state);
}

/* --- files ---------------------------------------------------------------- */

static void set_operations(lua_State *L, const struct hl_behaviour *how)
{
    struct list names = new_list(L);

    for (int op = 0; op < HYP_FILE_OPS_COUNT; op++) {
        if (how->op[op].ref != LUA_NOREF ||
            (op == HYP_IOCTL && how->ioctls)) {
            lua_pushstring(L, hl_hyper2name(op));
            append(&names);
        }
    }
    lua_setfield(L, -2, "operations");
}

static void push_file(lua_State *L, const struct hl_behaviour *how,
                      const char *path, const char *state)
{
    lua_newtable(L);
    set_text(L, "path", path);
    set_text(L, "state", state);
    set_text(L, "origin", how->origin);
    set_operations(L, how);
    set_number(L, "requests", how->requests);
    set_number(L, "errors", how->errors);
    if (how->script) {
        set_number(L, "version", how->script->version);
    }
}

static bool add_file(struct hl_file *file, void *user)
{
    struct list *files = user;
    const char *state = file->now->pattern ? "pattern"
                        : file->placed     ? state_name(&file->item)
                                           : "not modelled";

    push_file(files->L, file->now, file->path, state);
    append(files);
    return true;
}

/*
 * core.files() -> a list of { path =, state =, origin =, operations = a list,
 * requests =, errors =, version = }, in the order in which they were made.
 */
int hl_core_files(lua_State *L)
{
    struct list files = new_list(L);

    hl_files_each(hl_script_of(L)->engine, add_file, &files);
    return 1;
}

/* --- hooks ---------------------------------------------------------------- */

static const char *hook_state(const struct hl_hook *hook)
{
    if (hook->disabled) {
        return "disabled";
    }
    if (!hook->site) {
        return "wanted";
    }
    return hook->optional && hook->site->item.state == HL_ITEM_REFUSED
               ? "absent" : state_name(&hook->site->item);
}

static void push_hook(lua_State *L, const struct hl_hook *hook)
{
    lua_newtable(L);
    set_text(L, "title", hook->title);
    set_text(L, "state", hook_state(hook));
    set_number(L, "calls", hook->calls);
    set_number(L, "errors", hook->errors);
    set_number(L, "version", hook->script->version);
}

/*
 * core.hooks() -> a list of { title =, state =, calls =, errors =, version = }
 * of the version that serves, in the order registered.
 */
int hl_core_hooks(lua_State *L)
{
    const struct hl_script *script = hl_script_of(L)->engine->script;
    struct list hooks = new_list(L);

    for (uint32_t id = 1; id <= script->last_hook; id++) {
        const struct hl_hook *hook = hl_hook_find(script, id);

        if (hook && !hook->removed) {
            push_hook(L, hook);
            append(&hooks);
        }
    }
    return 1;
}

/* --- tasks ---------------------------------------------------------------- */

static const char *what_it_waits_for(const struct hl_task *task)
{
    if (task == task->script->running) {
        return "nothing";
    }
    if (task->ask.op != HL_OP_NONE) {
        return "the guest";
    }
    return task->ask.wait_ms == HL_WAIT_EVER ? "an event" : "time";
}

static void push_task(lua_State *L, struct hl_engine *engine,
                      const struct hl_task *task)
{
    char *text = task->ops->describe(engine, task);
    char title[TITLE_SIZE];

    g_strlcpy(title, text, sizeof(title));
    g_free(text);
    lua_newtable(L);
    set_text(L, "title", title);
    set_text(L, "waits", what_it_waits_for(task));
    set_number(L, "version", task->script->version);
    if (task->ops->served) {
        struct hl_served served = task->ops->served(task);

        set_number(L, "pid", served.pid);
        set_text(L, "comm", served.comm);
    }
}

/* What the engine itself has the guest do is nobody's task. */
static void add_task(struct hl_task *task, void *user)
{
    struct list *tasks = user;

    if (task->script) {
        push_task(tasks->L, task->script->engine, task);
        append(tasks);
    }
}

static void add_spawn(const struct hl_script *script, const char *title,
                      void *user)
{
    struct list *tasks = user;

    lua_newtable(tasks->L);
    set_text(tasks->L, "title", title);
    set_text(tasks->L, "waits", "a thread");
    set_number(tasks->L, "version", script->version);
    append(tasks);
}

/*
 * core.tasks() -> a list of { title =, waits =, version =, pid =, comm = }:
 * handlers and other work of scripts that has begun, or is to.
 */
int hl_core_tasks(lua_State *L)
{
    struct hl_engine *engine = hl_script_of(L)->engine;
    struct list tasks = new_list(L);

    hl_tasks_each(engine, add_task, &tasks);
    hl_spawns_each(engine, add_spawn, &tasks);
    return 1;
}
