/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read: zero, one, empty and const_buf, files of fixed bytes.  zero and one
 * are the digits, as in the seed.
 * Called through hl_model_types; all under engine->lock.
 */
#include <string.h>

#include "models.h"

void hl_read_const_answer(struct hl_model *model,
                          struct hl_file_request *request)
{
    const struct hl_read_const *self = (struct hl_read_const *)model;

    hl_model_answer_bytes(request, self->bytes, self->size);
}

void hl_read_const_clear(struct hl_model *model)
{
    g_free(((struct hl_read_const *)model)->bytes);
}

int64_t hl_read_const_file_size(const struct hl_model *model)
{
    return (int64_t)((const struct hl_read_const *)model)->size;
}

size_t hl_read_const_memory(const struct hl_model *model)
{
    return ((const struct hl_read_const *)model)->size;
}

static void init_zero(lua_State *L, int args, struct hl_model *model)
{
    struct hl_read_const *self = (struct hl_read_const *)model;

    self->bytes = g_memdup2("0", 1);
    self->size = 1;
}

static void init_one(lua_State *L, int args, struct hl_model *model)
{
    struct hl_read_const *self = (struct hl_read_const *)model;

    self->bytes = g_memdup2("1", 1);
    self->size = 1;
}

static void init_const_buf(lua_State *L, int args, struct hl_model *model)
{
    struct hl_read_const *self = (struct hl_read_const *)model;
    size_t size;
    const char *val = hl_model_need_text(L, args, "val", &size);
    bool nul = hl_model_arg_boolean(L, args, "null_terminate");

    nul = hl_model_arg_boolean(L, args, "nul_terminate") || nul;
    /* Lua keeps a NUL behind each of its strings. */
    self->size = size + nul;
    self->bytes = g_memdup2(val, self->size);
}

static const char *const const_buf_keys[] = {
    "val", "null_terminate", "nul_terminate", NULL
};

#define READ_CONST(NAME, KEYS, INIT)                                          \
    {                                                                         \
        .name = NAME, .op = HYP_READ, .keys = KEYS, .init = INIT,             \
        .size = sizeof(struct hl_read_const),                                 \
        .answer = hl_read_const_answer, .clear = hl_read_const_clear,         \
        .file_size = hl_read_const_file_size,                                 \
        .memory = hl_read_const_memory,                                       \
    }

const struct hl_model_type hl_model_read_zero =
    READ_CONST("zero", hl_model_no_keys, init_zero);
const struct hl_model_type hl_model_read_one =
    READ_CONST("one", hl_model_no_keys, init_one);
const struct hl_model_type hl_model_read_empty =
    READ_CONST("empty", hl_model_no_keys, hl_model_init_nothing);
const struct hl_model_type hl_model_read_const_buf =
    READ_CONST("const_buf", const_buf_keys, init_const_buf);
