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
 * Blocks are of so many sizes: each multiple of GRAIN up to SMALL_MAX, then
 * four to each power of two up to LARGE_MAX.  Small ones are cut from chunks
 * and stay with the state until it closes: the C library would keep what is
 * freed of them apart, and join it all at some later call, 60 ms for a million.
 * Of larger ones some are kept: it would give their pages back each time, and
 * a read of 64 KiB take twice as long.
 */
#define GRAIN 16
#define SMALL_MAX 512
#define SMALL_SIZES (SMALL_MAX / GRAIN)
#define SMALL_SHIFT 9
#define LARGE_SHIFT 18
#define LARGE_MAX (1 << LARGE_SHIFT)
#define LARGE_KEPT (2 << 20)
#define SIZES (SMALL_SIZES + 4 * (LARGE_SHIFT - SMALL_SHIFT))
#define CHUNK (64 << 10)

/* It finds what is used after it was freed. */
#ifdef __SANITIZE_ADDRESS__
#define KEEPS_BLOCKS false
#else
#define KEEPS_BLOCKS true
#endif

struct link {
    struct link *next;
};

struct hl_heap {
    struct link *free[SIZES];   /* smallest first */
    size_t kept;                /* bytes of those that are no small ones */
    struct link *chunks;
    char *at;                   /* what is left of the latest chunk, */
    size_t left;                /* in bytes */
    int pause;                  /* that Lua was told */
};

static bool is_ours(size_t size)
{
    return KEEPS_BLOCKS && size <= LARGE_MAX;
}

/* Which of the sizes a block of ours has, and that in bytes. */
static unsigned size_of(size_t size, size_t *whole)
{
    unsigned shift, step;

    if (size <= SMALL_MAX) {
        step = (unsigned)(size - 1) / GRAIN;
        *whole = (step + 1) * GRAIN;
        return step;
    }
    shift = g_bit_storage(size - 1) - 1;        /* 2^shift < size */
    step = (unsigned)((size - 1) >> (shift - 2));       /* 4 to 7 */
    *whole = (size_t)(step + 1) << (shift - 2);
    return SMALL_SIZES + 4 * (shift - SMALL_SHIFT) + step - 4;
}

static void *cut(struct hl_heap *heap, size_t whole)
{
    void *block;

    if (heap->left < whole) {
        struct link *chunk = g_malloc(CHUNK);

        chunk->next = heap->chunks;
        heap->chunks = chunk;
        heap->at = (char *)chunk + GRAIN;
        heap->left = CHUNK - GRAIN;
    }
    block = heap->at;
    heap->at += whole;
    heap->left -= whole;
    return block;
}

static void *take(struct hl_heap *heap, size_t size)
{
    struct link *block;
    size_t whole;
    unsigned which;

    if (!is_ours(size)) {
        return malloc(size);
    }
    /* Here memory does not run out: Lua takes it that less is to be had. */
    which = size_of(size, &whole);
    block = heap->free[which];
    if (!block) {
        return whole <= SMALL_MAX ? cut(heap, whole) : g_malloc(whole);
    }
    heap->free[which] = block->next;
    if (whole > SMALL_MAX) {
        heap->kept -= whole;
    }
    return block;
}

static void release(struct hl_heap *heap, void *block, size_t size)
{
    struct link *link = block;
    size_t whole;
    unsigned which;

    if (!block) {
        return;
    }
    if (!is_ours(size)) {
        free(block);
        return;
    }
    which = size_of(size, &whole);
    if (whole > SMALL_MAX) {
        if (heap->kept + whole > LARGE_KEPT) {
            free(block);
            return;
        }
        heap->kept += whole;
    }
    link->next = heap->free[which];
    heap->free[which] = link;
}

static void *resize(struct hl_heap *heap, void *block, size_t old, size_t size)
{
    size_t whole, old_whole;
    void *now;

    if (!block) {
        return take(heap, size);
    }
    if (!is_ours(size) && !is_ours(old)) {
        return realloc(block, size);
    }
    if (is_ours(size) && is_ours(old) &&
        size_of(size, &whole) == size_of(old, &old_whole)) {
        return block;
    }
    now = take(heap, size);
    if (now) {
        memcpy(now, block, MIN(old, size));
        release(heap, block, old);
    }
    return now;
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

static void free_all(struct link *link)
{
    while (link) {
        struct link *next = link->next;

        g_free(link);
        link = next;
    }
}

void hl_heap_close(struct hl_script *script)
{
    struct hl_heap *heap = script->heap;

    lua_close(script->L);
    free_all(heap->chunks);
    for (unsigned i = SMALL_SIZES; i < SIZES; i++) {
        free_all(heap->free[i]);
    }
    g_free(heap);
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
