/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See memory.h.  Under engine->lock, or where the script's one user is.
 *
 * Lua works off garbage while it allocates: of the collector's work, STEP_MUL
 * units for each 16 bytes, once 2^STEP_SIZE bytes have come together.  As Lua
 * sets it, 100 and 13, one step is some 50,000 objects: milliseconds.  As here,
 * a cycle is over when the state has grown by a quarter.
 */
#include "memory.h"

#include <stdlib.h>

#define STEP_MUL 4
#define STEP_SIZE 10
/* A cycle begins when the state is so large, in percent of what lives. */
#define PAUSE 200
#define PAUSE_LEAST 110

/* Of the bound; beyond it Lua would collect all at once, again and again. */
#define BEGIN_PERCENT 70

/* What would go beyond the script's bound is not to be had. */
static void *allocate(void *user, void *block, size_t old, size_t size)
{
    struct hl_script *script = user;
    size_t before = block ? old : 0;
    void *now;

    if (size == 0) {
        free(block);
        script->memory -= before;
        return NULL;
    }
    if (size > before && script->memory - before + size >
                         script->memory_max + script->memory_spare) {
        return NULL;
    }
    now = realloc(block, size);
    if (now) {
        script->memory += size - before;
    }
    return now;
}

lua_State *hl_memory_new_state(struct hl_script *script)
{
    lua_State *L = lua_newstate(allocate, script);

    g_assert(L);
    lua_gc(L, LUA_GCINC, PAUSE, STEP_MUL, STEP_SIZE);
    return L;
}

void hl_memory_pace(struct hl_script *script)
{
    size_t begin = script->memory_max / 100 * BEGIN_PERCENT;
    size_t pause = script->memory > 0 ? begin * 100 / script->memory : PAUSE;

    lua_gc(script->L, LUA_GCSETPAUSE, (int)CLAMP(pause, PAUSE_LEAST, PAUSE));
}

void hl_memory_settle(struct hl_script *script)
{
    hl_memory_pace(script);
    lua_gc(script->L, LUA_GCCOLLECT);
}
