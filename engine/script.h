/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One version of the user's scripts, in a Lua state of its own.  It is loaded
 * beside the version that serves, without engine->lock, and then takes its
 * place (swap.c); requests that have begun end on the version that they began
 * with.  All under engine->lock, unless it is marked unlocked.
 */
#ifndef HL_SCRIPT_H
#define HL_SCRIPT_H

#include <lauxlib.h>
#include <lua.h>

#include "engine.h"

struct hl_behaviour;
struct hl_heap;
struct hl_request;
struct hl_task;

/* In Lua's registry: what scripts returned, or true, by NAME of NAME.lua. */
#define HL_SCRIPTS "hyperlua.scripts"

enum hl_stage {
    HL_LOADING,                 /* what it registers is noted, no more */
    HL_LIVE,                    /* it serves */
    HL_REPLACED,                /* what it has begun goes on; nothing new */
};

struct hl_script {
    struct hl_engine *engine;
    lua_State *L;
    uint32_t version;           /* 0: the empty one that an engine has first */
    enum hl_stage stage;
    bool unlocked;              /* one thread has it alone, without the lock */
    GList all;                  /* its place among the engine's scripts */
    uint32_t users;             /* the engine, tasks, nodes that it serves */
    GHashTable *hooks;          /* of struct hl_hook, by id */
    uint32_t last_hook;
    GHashTable *behaviours;     /* of struct hl_behaviour, by id */
    GHashTable *by_path;        /* the same, by path */
    uint32_t last_behaviour;
    GQueue spawns;              /* of struct hl_spawn: for when it is live */
    GPtrArray *sources;         /* paths that it was, or could be, made of */
    struct hl_task *running;    /* whose handler Lua runs now, or NULL */
    struct hl_request *request; /* the guest's call that it runs in, or NULL */
    struct hl_faults *faults;   /* what its handlers did wrong */
    struct hl_heap *heap;       /* where its memory comes from: heap.c */
    size_t memory;              /* that Lua has, in bytes */
    size_t memory_max;          /* that it may have, */
    size_t memory_spare;        /* and beyond that for a moment */
    int budget_ms;              /* of a handler, between two waits: time, */
    int64_t budget_instructions;
    int allowed_ms;             /* what runs now may take so long, */
    int64_t instructions;       /* and so many more */
    int64_t deadline;           /* when that time is over: monotonic, in us */
    int64_t meter;              /* the thread's time at it, or 0 */
    bool spent;                 /* it was stopped already */
    GString *warning;           /* pieces of one that is not whole yet */
    GPtrArray *folders;         /* of the scripts: `require` looks there */
};

/* HL_LOADING and unlocked, with one user: the caller. */
struct hl_script *hl_script_new(struct hl_engine *engine);

/* Under engine->lock.  The last one leaves it to hl_scripts_bury(). */
void hl_script_use(struct hl_script *script);
void hl_script_unuse(struct hl_script *script);

/* Closes what nobody uses any more; without engine->lock, on any thread. */
void hl_scripts_bury(struct hl_engine *engine);

/* At once, with nobody else there. */
void hl_script_free(struct hl_script *script);

/* From any coroutine of it: the pointer lies in Lua's extra space. */
static inline struct hl_script *hl_script_of(lua_State *L)
{
    return *(struct hl_script **)lua_getextraspace(L);
}

/*
 * Runs a script file.  -ENOENT and the like, or -EINVAL for an error in it;
 * either was logged, with file and line.
 */
int hl_script_load(struct hl_script *script, const char *file);

/* It is made of that file, or would be if it were there. */
void hl_script_add_source(struct hl_script *script, const char *file);

/*
 * (function)(argument, a light userdata), protected and within a budget of
 * time; what it raises is logged.  0 or -EINVAL.
 */
int hl_script_protect(struct hl_script *script, lua_CFunction function,
                      void *argument, int seconds);

/* As hl_script_run; what the script returns goes to take(result, name). */
int hl_script_run_with(struct hl_script *script, const char *name,
                       const char *text, size_t size, lua_CFunction take);

/* As hl_script_load, with the text given; name is for messages. */
int hl_script_run(struct hl_script *script, const char *name, const char *text,
                  size_t size);

/* Raises, naming the function, when another version has taken its place. */
void hl_script_check_may_add(lua_State *L, const char *function);

/*
 * As luaL_setfuncs, for functions that use the engine: where the script has no
 * lock, each call takes it.  They must not wait for the guest.
 */
void hl_script_set_functions(lua_State *L, const luaL_Reg *functions);

#endif
