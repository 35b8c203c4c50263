/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read: sequence, one entry of `vals` after the other.  A read at offset 0
 * takes the next one when the last byte of the one before was read; others go
 * on in the same one.  The last one stays, or the first follows with `cycle`.
 * Called through hl_model_types; all under engine->lock.
 */
#include <lauxlib.h>

#include "models.h"

#define ENTRIES_MOST 65536
#define BYTES_MOST (16 << 20)

struct sequence {
    struct hl_model model;
    GPtrArray *entries;         /* of GBytes */
    size_t total;               /* bytes in them */
    guint current;
    bool finished;              /* the last byte of current was read */
    bool cycle;
};

/* Takes the entry from the top; its size. */
static size_t add_entry(lua_State *L, struct sequence *self)
{
    size_t size;
    const char *text;

    if (lua_type(L, -1) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER) {
        hl_model_raise(L, "vals: strings and numbers are expected, and entry "
                       "%d is a %s", (int)self->entries->len + 1,
                       luaL_typename(L, -1));
    }
    text = lua_tolstring(L, -1, &size);
    g_ptr_array_add(self->entries, g_bytes_new(text, size));
    lua_pop(L, 1);
    return size;
}

static void init(lua_State *L, int args, struct hl_model *model)
{
    struct sequence *self = (struct sequence *)model;
    lua_Integer count;

    self->cycle = hl_model_arg_boolean(L, args, "cycle");
    self->entries = g_ptr_array_new_with_free_func(
        (GDestroyNotify)g_bytes_unref);
    hl_model_arg(L, args, "vals");
    count = hl_model_check_list(L, "vals");
    if (count > ENTRIES_MOST) {
        hl_model_raise(L, "vals: at most %d entries are expected, not %I",
                       ENTRIES_MOST, count);
    }
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, -1, i);
        self->total += add_entry(L, self);
        if (self->total > BYTES_MOST) {
            hl_model_raise(L, "vals: at most %d bytes in all are expected",
                           BYTES_MOST);
        }
    }
    lua_pop(L, 1);
}

static void advance(struct sequence *self)
{
    self->finished = false;
    if (self->current + 1 < self->entries->len) {
        self->current++;
    } else if (self->cycle) {
        self->current = 0;
    }
}

static void answer(struct hl_model *model, struct hl_file_request *request)
{
    struct sequence *self = (struct sequence *)model;
    const uint8_t *bytes;
    gsize size;

    if (self->entries->len == 0 || request->length == 0 ||
        request->offset < 0) {
        hl_model_answer_bytes(request, NULL, 0);
        return;
    }
    if (request->offset == 0 && self->finished) {
        advance(self);
    }
    bytes = g_bytes_get_data(self->entries->pdata[self->current], &size);
    hl_model_answer_bytes(request, bytes, size);
    /* An empty one is read when its end is. */
    if ((request->reply_size > 0 || size == 0) &&
        (uint64_t)request->offset + request->reply_size == size) {
        self->finished = true;
    }
}

static void clear(struct hl_model *model)
{
    struct sequence *self = (struct sequence *)model;

    g_clear_pointer(&self->entries, g_ptr_array_unref);
}

static size_t memory(const struct hl_model *model)
{
    return ((const struct sequence *)model)->total;
}

static const char *const keys[] = { "vals", "cycle", NULL };

const struct hl_model_type hl_model_read_sequence = {
    .name = "sequence", .op = HYP_READ, .keys = keys, .init = init,
    .size = sizeof(struct sequence), .answer = answer, .clear = clear,
    .memory = memory,
};
