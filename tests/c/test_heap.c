/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The allocator of a script's Lua state, by itself. */
#include <glib.h>
#include <lua.h>
#include <string.h>

#include "heap.h"
#include "played.h"
#include "state.h"

#define BLOCKS 400

struct fixture {
    struct hl_played *played;
    struct hl_script *script;
    lua_Alloc allocate;
    void *user;
};

struct block {
    uint8_t *at;
    size_t size;
    uint8_t fill;
};

static void set_up(struct fixture *f, gconstpointer unused)
{
    f->played = hl_played_new(hl_target_find("mipsel"), 1);
    f->script = f->played->engine->script;
    f->allocate = lua_getallocf(f->script->L, &f->user);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
    hl_played_free(f->played);
}

/* Of all sizes alike, and of those where a size ends. */
static size_t random_size(void)
{
    size_t size = (size_t)1 << g_test_rand_int_range(0, 20);

    switch (g_test_rand_int_range(0, 4)) {
    case 0:
        return size;
    case 1:
        return size + 1;
    default:
        return (size_t)g_test_rand_int_range(1, (gint32)size + 1);
    }
}

static void check_holds(const struct block *block, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        g_assert_cmpuint(block->at[i], ==, block->fill);
    }
}

/* As Lua does: the old size of no block is what it is to be. */
static void resize(struct fixture *f, struct block *block, size_t size)
{
    block->at = f->allocate(f->user, block->at,
                            block->at ? block->size : LUA_TSTRING, size);
    g_assert_true(size == 0 ? !block->at : block->at != NULL);
    g_assert_cmpuint((uintptr_t)block->at % 16, ==, 0);
    check_holds(block, MIN(size, block->size));
    block->size = size;
    block->fill = (uint8_t)g_test_rand_int();
    if (size > 0) {
        memset(block->at, block->fill, size);
    }
}

static void blocks_keep_what_is_in_them(struct fixture *f,
                                        gconstpointer unused)
{
    struct block blocks[BLOCKS] = { 0 };
    size_t before = f->script->memory, all = 0;

    for (int i = 0; i < 40000; i++) {
        struct block *block = &blocks[g_test_rand_int_range(0, BLOCKS)];

        all -= block->size;
        resize(f, block, g_test_rand_int_range(0, 3) ? random_size() : 0);
        all += block->size;
        g_assert_cmpuint(f->script->memory, ==, before + all);
    }
    for (int i = 0; i < BLOCKS; i++) {
        check_holds(&blocks[i], blocks[i].size);
        resize(f, &blocks[i], 0);
    }
    g_assert_cmpuint(f->script->memory, ==, before);
}

static void what_is_beyond_the_bound_is_not_to_be_had(struct fixture *f,
                                                      gconstpointer unused)
{
    struct block block = { 0 };
    size_t room;

    f->script->memory_max = f->script->memory + 5000;
    resize(f, &block, 4000);
    room = f->script->memory_max - f->script->memory;
    g_assert_null(f->allocate(f->user, NULL, LUA_TTABLE, room + 1));
    g_assert_null(f->allocate(f->user, block.at, 4000, 4000 + room + 1));
    check_holds(&block, 4000);
    resize(f, &block, 4000 + room);
    resize(f, &block, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/heap/blocks-keep-what-is-in-them", struct fixture, NULL,
               set_up, blocks_keep_what_is_in_them, tear_down);
    g_test_add("/heap/what-is-beyond-the-bound-is-not-to-be-had",
               struct fixture, NULL, set_up,
               what_is_beyond_the_bound_is_not_to_be_had, tear_down);
    return g_test_run();
}
