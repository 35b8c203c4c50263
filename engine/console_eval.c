/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An expression is a task that begins at once, without a mem_region: so it does
 * its work while there is no guest, or one that hangs.  When it asks the guest
 * or waits, it is parked until a thread of the guest comes for it (spawn.h).
 */
#include "console_eval.h"

#include <lauxlib.h>
#include <string.h>

#include "console.h"
#include "console_frame.h"
#include "coroutine.h"
#include "script.h"
#include "spawn.h"
#include "task.h"
#include "waker.h"

#define MODULE "hyperlua.console"

struct hl_console_run {
    uint64_t client;
    const char *text;           /* of the expression, until it has begun */
    size_t size;
    const char *why;            /* it ends unanswered, or NULL */
    char *kind;                 /* of the answer, or NULL: there is none yet */
    GString *answer;
    GString *errors;
};

/* A function of lua/hyperlua/console.lua; scripts may have broken `require`. */
static void push_function(lua_State *L, const char *name)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, MODULE);
    lua_getfield(L, -1, name);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

/* --- expressions ---------------------------------------------------------- */

/* evaluate(client, text) */
static int push_evaluate(lua_State *co, struct hl_task *task)
{
    struct hl_console_run *run = task->console;

    push_function(co, "evaluate");
    lua_pushinteger(co, (lua_Integer)run->client);
    lua_pushlstring(co, run->text, run->size);
    return 2;
}

/* -> the answer's kind and text */
static void returned(lua_State *co, struct hl_task *task)
{
    struct hl_console_run *run = task->console;
    size_t size;
    const char *text = lua_tolstring(co, -1, &size);

    run->kind = g_strdup(lua_tostring(co, -2));
    g_string_append_len(run->answer, text, (gssize)size);
}

/* Where we called the expression is the end of the traceback. */
static void report(struct hl_engine *engine, const struct hl_task *task,
                   const char *text)
{
    GString *errors = task->console->errors;
    const char *ours = g_strrstr(text, "\n\thyperlua/console.lua:");

    if (errors->len > 0) {
        g_string_append_c(errors, '\n');
    }
    if (errors->len < HL_CONSOLE_REPLY_MAX) {
        g_string_append_len(errors, text, ours ? ours - text
                                               : (gssize)strlen(text));
    }
}

static char *describe(struct hl_engine *engine, const struct hl_task *task)
{
    return g_strdup("a console");
}

/* Parked until now: its question is there already. */
static enum hl_step step(struct hl_engine *engine, struct hl_task *task)
{
    if (task->parked) {
        task->parked = false;
        return HL_STEP_ASK;
    }
    return hl_coroutine_run(engine, task, push_evaluate) == HL_RUN_ASK
               ? HL_STEP_ASK : HL_STEP_DONE;
}

static void answer(struct hl_engine *engine, struct hl_console_run *run)
{
    const char *kind = run->kind ? run->kind : "error";

    if (!run->kind && run->errors->len == 0 && !run->why) {
        run->why = "the guest went away in the middle of it";
    }
    if (run->why) {
        g_string_append(run->answer, run->why);
    }
    if (run->why && run->errors->len > 0) {
        g_string_append_c(run->answer, '\n');
    }
    g_string_append_len(run->answer, run->errors->str,
                        (gssize)run->errors->len);
    hl_console_answer(engine->console, run->client, kind, run->answer->str,
                      run->answer->len);
}

static void end(struct hl_engine *engine, struct hl_task *task)
{
    struct hl_console_run *run = task->console;

    hl_coroutine_close(engine, task);
    hl_spawn_unpark(engine, task);
    answer(engine, run);
    g_free(run->kind);
    g_string_free(run->answer, TRUE);
    g_string_free(run->errors, TRUE);
    g_free(run);
}

static const struct hl_task_ops ops = {
    .step = step,
    .end = end,
    .describe = describe,
    .returned = returned,
    .report = report,
    .after_error = "",
};

static struct hl_console_run *new_run(uint64_t client, const char *text,
                                      size_t size)
{
    struct hl_console_run *run = g_new0(struct hl_console_run, 1);

    run->client = client;
    run->text = text;
    run->size = size;
    run->answer = g_string_new(NULL);
    run->errors = g_string_new(NULL);
    return run;
}

uint64_t hl_console_begin(struct hl_engine *engine, uint64_t client,
                          const char *text, size_t size)
{
    static const char busy[] = "too many requests are in work";
    struct hl_task *task = hl_task_begin(engine, &ops, 0,
                                         engine->script);
    enum hl_run outcome;

    if (!task) {
        hl_console_answer(engine->console, client, "error", busy,
                          strlen(busy));
        return 0;
    }
    task->may_park = true;
    task->serves_nobody = true;
    task->console = new_run(client, text, size);
    outcome = hl_coroutine_run(engine, task, push_evaluate);
    if (outcome == HL_RUN_ASK) {
        hl_spawn_park(engine, task, "a console");
        return task->id;
    }
    if (outcome == HL_RUN_FAILED && task->console->errors->len == 0) {
        task->console->why = "it could not be evaluated: see the log";
    }
    hl_task_end(engine, task);
    return 0;
}

void hl_console_end(struct hl_engine *engine, uint64_t id, const char *why)
{
    struct hl_task *task = hl_task_find(engine, id);

    if (task) {
        task->console->why = why;
        hl_coroutine_new_budget(task->script);
        /* The thread that sleeps for it in the guest has to go. */
        hl_task_wake(engine, id);
        hl_task_end(engine, task);
    }
}

/* --- completion, and the end ---------------------------------------------- */

struct question {
    uint64_t client;
    const char *text;
    size_t size;
    char *names;
};

/* (question) */
static int complete_protected(lua_State *L)
{
    struct question *question = lua_touserdata(L, 1);

    push_function(L, "complete");
    lua_pushinteger(L, (lua_Integer)question->client);
    lua_pushlstring(L, question->text, question->size);
    lua_call(L, 2, 1);
    question->names = g_strdup(lua_tostring(L, -1));
    return 0;
}

char *hl_console_complete(struct hl_engine *engine, uint64_t client,
                          const char *text, size_t size)
{
    struct question question = { client, text, size, NULL };

    hl_script_protect(engine->script, complete_protected, &question, 1);
    return question.names ? question.names : g_strdup("");
}

/* (client's address) */
static int forget_protected(lua_State *L)
{
    const uint64_t *client = lua_touserdata(L, 1);

    push_function(L, "forget");
    lua_pushinteger(L, (lua_Integer)*client);
    lua_call(L, 1, 0);
    return 0;
}

void hl_console_forget(struct hl_engine *engine, uint64_t client)
{
    hl_script_protect(engine->script, forget_protected, &client, 1);
}

/* --- from Lua ------------------------------------------------------------- */

int hl_core_console_print(lua_State *L)
{
    struct hl_engine *engine = hl_script_of(L)->engine;
    uint64_t client = (uint64_t)luaL_checkinteger(L, 1);
    size_t size;
    const char *text = luaL_checklstring(L, 2, &size);

    lua_pushboolean(L, engine->console &&
                       hl_console_print(engine->console, client, text, size));
    return 1;
}
