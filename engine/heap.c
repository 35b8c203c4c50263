/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See heap.h.  Under engine->lock, or where the script's one user is.
 *
 * Lua works off garbage while it allocates: of the collector's work, STEP_MUL
 * units for each 16 bytes, once 2^STEP_SIZE bytes have come together.  As Lua
 * sets it, 100 and 13, one step is some 50,000 objects: milliseconds.  As here,
 * a cycle is over when the state has grown by a quarter.
 */
#include "heap.h"

#include <stdlib.h>
#include <string.h>

#define STEP_MUL 4
#define STEP_SIZE 12
/* A cycle begins when the state is so large, in percent of what lives. */
#define PAUSE 200
#define PAUSE_LEAST 110

/* Of the bound; beyond it Lua would collect all at once, again and again. */
#define BEGIN_PERCENT 70

/*
 * Blocks up to SMALL_MAX come from chunks, in sizes of GRAIN, and stay with the
 * state until it closes.  The C library would keep what is freed of them apart,
 * and join it all at some later call: 60 ms for a million.
 */
#define GRAIN 16
#define SMALL_MAX 512
#define CHUNK (64 << 10)

/* It finds what is used after it was freed. */
#ifdef __SANITIZE_ADDRESS__
#define USES_CHUNKS false
#else
#define USES_CHUNKS true
#endif

/* A place in a script, as Lua has it in messages. */
#define REFUSED_SIZE (LUA_IDSIZE + 16)

struct link {
    struct link *next;
};

struct hl_heap {
    struct link *free[SMALL_MAX / GRAIN];       /* by size, smallest first */
    struct link *chunks;
    char *at;                   /* what is left of the latest chunk, */
    size_t left;                /* in bytes */
    int pause;                  /* that Lua was told */
    char refused[REFUSED_SIZE]; /* "x.lua:3: ", where memory ran out, or "" */
};

static bool is_small(size_t size)
{
    return USES_CHUNKS && size <= SMALL_MAX;
}

static size_t size_class(size_t size)
{
    return (size - 1) / GRAIN;
}

static void add_chunk(struct hl_heap *heap)
{
    struct link *chunk = g_malloc(CHUNK);

    chunk->next = heap->chunks;
    heap->chunks = chunk;
    heap->at = (char *)chunk + GRAIN;
    heap->left = CHUNK - GRAIN;
}

static void *take_small(struct hl_heap *heap, size_t size)
{
    size_t which = size_class(size);
    size_t whole = (which + 1) * GRAIN;
    struct link *block = heap->free[which];

    if (block) {
        heap->free[which] = block->next;
        return block;
    }
    if (heap->left < whole) {
        add_chunk(heap);
    }
    block = (struct link *)heap->at;
    heap->at += whole;
    heap->left -= whole;
    return block;
}

static void release(struct hl_heap *heap, void *block, size_t size)
{
    struct link *link = block;

    if (!block) {
        return;
    }
    if (!is_small(size)) {
        free(block);
        return;
    }
    link->next = heap->free[size_class(size)];
    heap->free[size_class(size)] = link;
}

static void *resize(struct hl_heap *heap, void *block, size_t old,
                    size_t size)
{
    void *now;

    if (!is_small(size) && (!block || !is_small(old))) {
        return realloc(block, size);
    }
    if (block && is_small(size) && is_small(old) &&
        size_class(size) == size_class(old)) {
        return block;
    }
    now = is_small(size) ? take_small(heap, size) : malloc(size);
    if (now && block) {
        memcpy(now, block, MIN(old, size));
        release(heap, block, old);
    }
    return now;
}

/* Lua gives no such error a place: the line of the script that runs. */
static void note_refusal(struct hl_script *script)
{
    lua_Debug info;

    for (int level = 0; lua_getstack(script->L, level, &info); level++) {
        lua_getinfo(script->L, "Sl", &info);
        if (info.currentline > 0 &&
            !g_str_has_prefix(info.short_src, "hyperlua/")) {
            g_snprintf(script->heap->refused, REFUSED_SIZE, "%s:%d: ",
                       info.short_src, info.currentline);
            return;
        }
    }
}

/* What would go beyond the script's bound is not to be had. */
static void *allocate(void *user, void *block, size_t old, size_t size)
{
    struct hl_script *script = user;
    size_t before = block ? old : 0;
    void *now;

    if (size == 0) {
        release(script->heap, block, old);
        script->memory -= before;
        return NULL;
    }
    if (size > before && script->memory - before + size >
                         script->memory_max + script->memory_spare) {
        if (!script->running) {
            note_refusal(script);
        }
        return NULL;
    }
    now = resize(script->heap, block, before, size);
    if (now) {
        script->memory += size - before;
    }
    return now;
}

lua_State *hl_heap_new_state(struct hl_script *script)
{
    lua_State *L;

    script->heap = g_new0(struct hl_heap, 1);
    script->heap->pause = PAUSE;
    L = lua_newstate(allocate, script);
    g_assert(L);
    lua_gc(L, LUA_GCINC, PAUSE, STEP_MUL, STEP_SIZE);
    return L;
}

void hl_heap_close(struct hl_script *script)
{
    struct link *chunk;

    lua_close(script->L);
    while ((chunk = script->heap->chunks)) {
        script->heap->chunks = chunk->next;
        g_free(chunk);
    }
    g_free(script->heap);
}

const char *hl_heap_refused(const struct hl_script *script)
{
    return script->heap->refused;
}

/* A script's own collectgarbage("incremental") stays, far from the bound. */
void hl_heap_pace(struct hl_script *script)
{
    size_t begin = script->memory_max / 100 * BEGIN_PERCENT;
    int pause = (int)CLAMP(begin * 100 / MAX(script->memory, 1), PAUSE_LEAST,
                           PAUSE);

    if (pause != script->heap->pause) {
        script->heap->pause = pause;
        lua_gc(script->L, LUA_GCSETPAUSE, pause);
    }
}

void hl_heap_settle(struct hl_script *script)
{
    hl_heap_pace(script);
    lua_gc(script->L, LUA_GCCOLLECT);
}
