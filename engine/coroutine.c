/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bridge between tasks and Lua's coroutines.  A binding that needs the
 * guest yields a private token; any other value that a handler yields is a
 * mistake of the script, and said so.
 *
 * Everything that may raise runs below a lua_pcall of the main state, memory
 * that ran out included: an error without one would end QEMU.
 */
#include "coroutine.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "heap.h"
#include "log.h"
#include "script.h"

/* --- the budget ----------------------------------------------------------- */

/*
 * Of what runs between two answers of the guest: instructions, and time.  After
 * its time the thread's own is metered (asking for it costs more) for half as
 * long, so that a busy host stops nobody.
 */
/* Instructions between two looks at the clock: 1 % of the time. */
#define WATCH_EVERY 1000
/* Calls in calls: long before Lua's own limit, which takes 100 ms to reach. */
#define DEPTH_MAX 10000
/* A handler that asks on and on would never let its process go. */
#define QUESTIONS_MAX (1 << 20)

static void raise_here(lua_State *L, const char *format, ...)
{
    va_list list;

    luaL_where(L, 0);           /* a hook has no level of its own */
    va_start(list, format);
    lua_pushvfstring(L, format, list);
    va_end(list);
    lua_concat(L, 2);
    lua_error(L);
}

static int64_t thread_time_us(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static bool is_spent(struct hl_script *script)
{
    script->instructions -= WATCH_EVERY;
    if (script->spent || script->instructions <= 0) {
        return true;
    }
    if (g_get_monotonic_time() < script->deadline) {
        return false;
    }
    if (script->meter == 0) {
        script->meter = thread_time_us();
    }
    return thread_time_us() - script->meter >= script->allowed_ms * 500;
}

static void look_at_clock(lua_State *L, lua_Debug *unused)
{
    struct hl_script *script = hl_script_of(L);
    lua_Debug deep;

    if (lua_getstack(L, DEPTH_MAX, &deep)) {
        raise_here(L, "stopped: its calls are more than %d deep", DEPTH_MAX);
    }
    if (!is_spent(script)) {
        return;
    }
    script->spent = true;
    /* Strike again at once where the script catches the error. */
    lua_sethook(L, look_at_clock, LUA_MASKCOUNT, 1);
    if (script->running) {
        lua_sethook(script->running->co, look_at_clock, LUA_MASKCOUNT, 1);
    }
    if (script->instructions <= 0) {
        raise_here(L, "stopped: it ran for more than %I instructions without "
                   "waiting or returning (see hl.budget)",
                   (LUAI_UACINT)script->budget_instructions);
    }
    raise_here(L, "stopped: it ran for more than %d ms without waiting or "
               "returning (see hl.budget)", script->allowed_ms);
}

void hl_coroutine_new_budget(struct hl_script *script)
{
    hl_coroutine_allow(script, script->budget_ms);
    script->instructions = script->budget_instructions;
}

void hl_coroutine_allow(struct hl_script *script, int ms)
{
    script->allowed_ms = ms;
    script->deadline = g_get_monotonic_time() + ms * (int64_t)1000;
    script->instructions = INT64_MAX;
    script->meter = 0;
    script->spent = false;
}

void hl_coroutine_watch(lua_State *L)
{
    lua_sethook(L, look_at_clock, LUA_MASKCOUNT, WATCH_EVERY);
}

/* --- errors --------------------------------------------------------------- */

/* For the report of an error when the scripts' memory is out. */
#define SPARE (1 << 20)

/*
 * "raeth.lua:20: ", of the script's nearest line in from: ours say nothing to
 * it.
 */
static void push_where(lua_State *from, int level, lua_State *to)
{
    lua_Debug info;

    for (; lua_getstack(from, level, &info); level++) {
        lua_getinfo(from, "Sl", &info);
        if (info.currentline > 0 &&
            !g_str_has_prefix(info.short_src, "hyperlua/")) {
            lua_pushfstring(to, "%s:%d: ", info.short_src, info.currentline);
            return;
        }
    }
    lua_pushliteral(to, "");
}

/* What a report needs, for one protected call. */
struct report {
    struct hl_engine *engine;
    struct hl_task *task;
    const char *outcome;
    bool memory;                /* there was not enough: Lua says no more */
};

/* (report, error object): shows the object's text and where it came from. */
static int report_protected(lua_State *L)
{
    const struct report *report = lua_touserdata(L, 1);
    lua_State *co = report->task->co;
    const char *message = luaL_tolstring(L, 2, NULL);

    if (report->memory) {
        push_where(co, 0, L);
        lua_pushfstring(L, "%sstopped: the scripts have %d MiB of memory, and "
                        "it needs more (see hl.budget)", lua_tostring(L, -1),
                        (int)(hl_script_of(L)->memory_max >> 20));
        message = lua_tostring(L, -1);
    }
    luaL_traceback(L, co, NULL, 0);
    hl_task_fault(report->engine, report->task, message, report->outcome,
                  lua_tostring(L, -1));
    return 0;
}

/* The error object is on top of co, and is taken off. */
static void report_error(struct hl_engine *engine, struct hl_task *task,
                         int status, const char *outcome)
{
    lua_State *L = task->script->L;
    struct report report = { engine, task, outcome, status == LUA_ERRMEM };

    task->script->memory_spare = SPARE;
    lua_pushcfunction(L, report_protected);
    lua_pushlightuserdata(L, &report);
    lua_xmove(task->co, L, 1);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
        hl_task_fault(engine, task, "an error without a text", outcome, NULL);
        lua_pop(L, 1);
    }
    task->script->memory_spare = 0;
}

/* --- running -------------------------------------------------------------- */

struct resume {
    struct hl_engine *engine;
    struct hl_task *task;
    hl_push_handler *push;
    enum hl_run run;
};

static void reset(struct hl_engine *engine, struct hl_task *task)
{
    /* 5.4 gives the handler's own error again, so only a yield is news. */
    bool was_waiting = lua_status(task->co) == LUA_YIELD;
    int status;

    hl_coroutine_watch(task->co);
    status = lua_resetthread(task->co);

    if (status != LUA_OK && was_waiting) {
        report_error(engine, task, status, ", while it was closed");
    }
    lua_settop(task->co, 0);
    task->waiting = false;
    task->waiter = NULL;
}

/* Whether the guest is being asked: not by whom, nor what for. */
static bool yielded_question(struct hl_script *script, struct hl_task *task,
                             int results)
{
    bool token = results == 1 &&
                 lua_touserdata(task->co, -1) == (void *)script;

    lua_pop(task->co, results);
    return token && task->waiter;
}

static enum hl_run settle(struct hl_engine *engine, struct hl_task *task,
                          int status, int results)
{
    if (status == LUA_OK) {
        if (task->ops->returned) {
            task->ops->returned(task->co, task);
        }
        lua_settop(task->co, 0);
        task->waiting = false;
        return HL_RUN_DONE;
    }
    if (status == LUA_YIELD) {
        if (yielded_question(task->script, task, results)) {
            task->waiting = true;
            return HL_RUN_ASK;
        }
        lua_pushliteral(task->co, "a handler called coroutine.yield outside "
                        "a coroutine of its own");
    }
    engine->stats.errors += !task->ops->report;
    report_error(engine, task, status, task->ops->after_error);
    reset(engine, task);
    return HL_RUN_FAILED;
}

/* One of another script's state is of no use, and goes with that. */
static void open_coroutine(lua_State *L, struct hl_task *task)
{
    if (task->co_script != task->script) {
        lua_State *co = lua_newthread(L);

        luaL_ref(L, LUA_REGISTRYINDEX);
        task->co = co;
        task->co_script = task->script;
    }
}

/* (resume): on the main state, below a pcall. */
static int resume_protected(lua_State *L)
{
    struct resume *resume = lua_touserdata(L, 1);
    struct hl_task *task = resume->task;
    struct hl_script *script = task->script;
    int arguments = 0;
    int results;
    int status;

    if (!task->waiting) {
        open_coroutine(L, task);
        lua_settop(task->co, 0);
        arguments = resume->push(task->co, task);
        task->asked = 0;
        task->direct = 0;
        task->waiter = NULL;
        resume->engine->stats.handlers += !task->ops->report;
    }
    hl_coroutine_new_budget(script);
    hl_coroutine_watch(task->co);
    script->running = task;
    status = lua_resume(task->co, L, arguments, &results);
    script->running = NULL;
    task->answer.data = NULL;
    hl_heap_pace(script);
    resume->run = settle(resume->engine, task, status, results);
    return 0;
}

enum hl_run hl_coroutine_run(struct hl_engine *engine, struct hl_task *task,
                             hl_push_handler *push)
{
    lua_State *L = task->script->L;
    struct resume resume = { engine, task, push, HL_RUN_FAILED };

    lua_pushcfunction(L, resume_protected);
    lua_pushlightuserdata(L, &resume);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        hl_log(engine, HL_ERROR, "a handler could not be called: %s",
               lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "?");
        lua_pop(L, 1);
        hl_coroutine_close(engine, task);
    }
    return resume.run;
}

/* (resume): as above. */
static int close_protected(lua_State *L)
{
    struct resume *resume = lua_touserdata(L, 1);

    reset(resume->engine, resume->task);
    return 0;
}

void hl_coroutine_close(struct hl_engine *engine, struct hl_task *task)
{
    struct resume resume = { engine, task, NULL, HL_RUN_FAILED };
    lua_State *L;

    if (task->co_script != task->script ||
        (!task->waiting && lua_status(task->co) == LUA_OK &&
         lua_gettop(task->co) == 0)) {
        return;
    }
    L = task->script->L;
    lua_pushcfunction(L, close_protected);
    lua_pushlightuserdata(L, &resume);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        lua_pop(L, 1);
    }
    task->waiting = false;
    task->waiter = NULL;
}

/* --- for bindings --------------------------------------------------------- */

void hl_coroutine_raise(lua_State *L, const char *format, ...)
{
    va_list list;

    push_where(L, 1, L);
    va_start(list, format);
    lua_pushvfstring(L, format, list);
    va_end(list);
    lua_concat(L, 2);
    lua_error(L);
}

struct hl_task *hl_coroutine_task(lua_State *L, const char *function)
{
    struct hl_task *task = hl_script_of(L)->running;

    if (!task) {
        hl_coroutine_raise(L, "%s asks the guest, and there is no request of "
                           "a guest here: use hl.spawn, or call it in a "
                           "handler", function);
    }
    if (!lua_isyieldable(L)) {
        hl_coroutine_raise(L, "%s cannot wait here: inside table.sort, "
                           "string.gsub, or a metamethod called from C",
                           function);
    }
    return task;
}

static void check_region(lua_State *L, const struct hl_task *task,
                         const char *function)
{
    if (task->region == 0 && !task->may_park) {
        hl_coroutine_raise(L, "%s asks the guest, and its request came without "
                           "a mem_region to do that", function);
    }
    if (task->region == 0 && !hl_script_of(L)->engine->greeted) {
        hl_coroutine_raise(L, "%s asks the guest, and no guest has said hello "
                           "yet", function);
    }
}

struct hl_task *hl_coroutine_may_wait(lua_State *L, const char *function)
{
    struct hl_task *task = hl_coroutine_task(L, function);

    if (task->no_wait) {
        hl_coroutine_raise(L, "%s: %s %s's handler cannot wait", function,
                           strchr("aeiou", *task->no_wait) ? "an" : "a",
                           task->no_wait);
    }
    check_region(L, task, function);
    task->direct = 0;
    if (++task->asked > QUESTIONS_MAX) {
        hl_coroutine_raise(L, "stopped: it asked the guest more than %d times",
                           QUESTIONS_MAX);
    }
    task->ask = (struct hl_ask){ 0 };
    return task;
}

void hl_coroutine_check_may_sleep(lua_State *L, const char *function)
{
    if (!hl_coroutine_task(L, function)->may_sleep) {
        hl_coroutine_raise(L, "%s may not be used here: this handler's process "
                           "is not to be kept waiting", function);
    }
}

int hl_coroutine_wait(lua_State *L, lua_KContext context, lua_KFunction k)
{
    struct hl_script *script = hl_script_of(L);

    script->running->waiter = L;
    lua_pushlightuserdata(L, script);
    return lua_yieldk(L, 1, context, k);
}

int hl_coroutine_sleep(lua_State *L, const char *function, uint64_t ms,
                       lua_KFunction k)
{
    struct hl_task *task = hl_coroutine_may_wait(L, function);

    hl_coroutine_check_may_sleep(L, function);
    if (ms > 0) {
        task->asked--;          /* it lets its process and others go on */
    }
    task->woken = false;
    task->ask.wait_ms = ms;
    return hl_coroutine_wait(L, 0, k);
}

const struct hl_answer *hl_coroutine_answer(lua_State *L)
{
    struct hl_task *task = hl_script_of(L)->running;

    if (!task || task->waiter != L || !task->answer.data) {
        luaL_error(L, "a coroutine that waits for the guest can be resumed by "
                   "nothing else");
    }
    task->waiter = NULL;
    return &task->answer;
}
