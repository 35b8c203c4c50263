/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Lua state and the user's scripts in it.  All under engine->lock. */
#ifndef HL_SCRIPT_H
#define HL_SCRIPT_H

#include <lua.h>

#include "engine.h"

struct hl_request;
struct hl_task;

/* In Lua's registry: what scripts returned, or true, by NAME of NAME.lua. */
#define HL_SCRIPTS "hyperlua.scripts"

struct hl_script {
    struct hl_engine *engine;
    lua_State *L;
    struct hl_task *running;    /* whose handler Lua runs now, or NULL */
    struct hl_request *request; /* the guest's call that it runs in, or NULL */
    int64_t deadline;           /* of what Lua runs now: monotonic, in us */
    int64_t meter;              /* the thread's time at it, or 0 */
    bool spent;                 /* that came on top */
    GString *warning;           /* pieces of one that is not whole yet */
    GPtrArray *folders;         /* of the scripts: `require` looks there */
};

struct hl_script *hl_script_new(struct hl_engine *engine);
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
int hl_script_load(struct hl_engine *engine, const char *file);

/*
 * (function)(argument, a light userdata), protected and within a budget of
 * time; what it raises is logged.  Under engine->lock.  0 or -EINVAL.
 */
int hl_script_protect(struct hl_engine *engine, lua_CFunction function,
                      void *argument, int seconds);

/* As hl_script_run; what the script returns goes to take(result, name). */
int hl_script_run_with(struct hl_engine *engine, const char *name,
                       const char *text, size_t size, lua_CFunction take);

/* As hl_script_load, with the text given; name is for messages. */
int hl_script_run(struct hl_engine *engine, const char *name, const char *text,
                  size_t size);

#endif
