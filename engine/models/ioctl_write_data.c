/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ioctl: write_data, which fills what arg points at and returns `val`.
 * Called through hl_model_types; all under engine->lock.
 */
#include "models.h"

struct write_data {
    struct hl_model model;
    uint8_t *data;
    size_t size;
    int64_t val;
};

static void init(lua_State *L, int args, struct hl_model *model)
{
    struct write_data *self = (struct write_data *)model;
    size_t size;
    const char *data = hl_model_need_text(L, args, "data", &size);

    if (size > HYP_LENGTH_MAX) {
        hl_model_raise(L, "data: at most %d bytes are expected, not %I",
                       HYP_LENGTH_MAX, (lua_Integer)size);
    }
    self->val = hl_model_arg_integer(L, args, "val", 0);
    self->data = g_memdup2(data, size);
    self->size = size;
}

static void answer(struct hl_model *model, struct hl_file_request *request)
{
    const struct write_data *self = (struct write_data *)model;

    if (request->arg != 0) {
        request->user = self->data;
        request->user_size = self->size;
    }
    request->retval = self->val;
}

static void clear(struct hl_model *model)
{
    g_free(((struct write_data *)model)->data);
}

static size_t memory(const struct hl_model *model)
{
    return ((const struct write_data *)model)->size;
}

static const char *const keys[] = { "data", "val", NULL };

const struct hl_model_type hl_model_ioctl_write_data = {
    .name = "write_data", .op = HYP_IOCTL, .keys = keys, .init = init,
    .size = sizeof(struct write_data), .answer = answer, .clear = clear,
    .memory = memory,
};
