/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read: stateful, what the guest wrote to the file.  What it writes goes over
 * `initial`, byte by byte.
 * Called through hl_model_types; all under engine->lock.
 */
#include "models.h"

struct stateful {
    struct hl_model model;
    GByteArray *initial;        /* NULL: nothing */
};

static void init(lua_State *L, int args, struct hl_model *model)
{
    struct stateful *self = (struct stateful *)model;
    size_t size;
    const char *initial = hl_model_arg_text(L, args, "initial", &size);

    if (!initial) {
        return;
    }
    if (size > HL_WRITTEN_MAX) {
        hl_model_raise(L, "initial: at most %d bytes are expected, not %I",
                       HL_WRITTEN_MAX, (lua_Integer)size);
    }
    self->initial = g_byte_array_new();
    g_byte_array_append(self->initial, (const guint8 *)initial, (guint)size);
}

GByteArray *hl_read_stateful_initial(const struct hl_file *file)
{
    const struct hl_model *model = file->now->op[HYP_READ].model;
    const GByteArray *initial;
    GByteArray *copy;

    if (!model || model->type != &hl_model_read_stateful) {
        return NULL;
    }
    initial = ((const struct stateful *)model)->initial;
    if (!initial) {
        return NULL;
    }
    copy = g_byte_array_new();
    return g_byte_array_append(copy, initial->data, initial->len);
}

/* A copy: a write may move what was written before the reply is gone. */
static void answer(struct hl_model *model, struct hl_file_request *request)
{
    const GByteArray *bytes = request->file->written;

    if (!bytes) {
        bytes = ((struct stateful *)model)->initial;
    }
    hl_model_answer_bytes(request, bytes ? bytes->data : NULL,
                          bytes ? bytes->len : 0);
    g_byte_array_set_size(request->scratch, 0);
    g_byte_array_append(request->scratch, request->reply,
                        (guint)request->reply_size);
    request->reply = request->scratch->data;
}

static void clear(struct hl_model *model)
{
    struct stateful *self = (struct stateful *)model;

    g_clear_pointer(&self->initial, g_byte_array_unref);
}

static size_t memory(const struct hl_model *model)
{
    const struct stateful *self = (const struct stateful *)model;

    return self->initial ? self->initial->len : 0;
}

static const char *const keys[] = { "initial", NULL };

const struct hl_model_type hl_model_read_stateful = {
    .name = "stateful", .op = HYP_READ, .keys = keys, .init = init,
    .size = sizeof(struct stateful), .answer = answer, .clear = clear,
    .keeps_writes = true, .memory = memory,
};
