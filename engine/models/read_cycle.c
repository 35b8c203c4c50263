/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read: cycle, val over and over, without an end.
 * Called through hl_model_types; all under engine->lock.
 */
#include <string.h>

#include "models.h"

struct cycle {
    struct hl_model model;
    uint8_t *val;
    size_t size;
};

static void init(lua_State *L, int args, struct hl_model *model)
{
    struct cycle *self = (struct cycle *)model;
    const char *val = hl_model_need_text(L, args, "val", &self->size);

    self->val = g_memdup2(val, self->size);
}

/* What is there already is copied behind itself, twice as much each time. */
static void fill(const struct cycle *self, uint8_t *to, size_t length,
                 size_t start)
{
    size_t done = MIN(length, self->size - start);
    size_t rest = MIN(length - done, start);

    memcpy(to, self->val + start, done);
    memcpy(to + done, self->val, rest);
    for (done += rest; done < length; done += rest) {
        rest = MIN(done, length - done);
        memcpy(to + done, to, rest);
    }
}

static void answer(struct hl_model *model, struct hl_file_request *request)
{
    const struct cycle *self = (struct cycle *)model;
    size_t length = (size_t)MIN(request->length, HYP_LENGTH_MAX);

    if (self->size == 0 || request->offset < 0 || length == 0) {
        hl_model_answer_bytes(request, NULL, 0);
        return;
    }
    g_byte_array_set_size(request->scratch, (guint)length);
    fill(self, request->scratch->data, length,
         (size_t)((uint64_t)request->offset % self->size));
    request->reply = request->scratch->data;
    request->reply_size = length;
    request->retval = (int64_t)length;
}

static void clear(struct hl_model *model)
{
    g_free(((struct cycle *)model)->val);
}

static size_t memory(const struct hl_model *model)
{
    return ((const struct cycle *)model)->size;
}

static const char *const keys[] = { "val", NULL };

const struct hl_model_type hl_model_read_cycle = {
    .name = "cycle", .op = HYP_READ, .keys = keys, .init = init,
    .size = sizeof(struct cycle), .answer = answer, .clear = clear,
    .memory = memory,
};
