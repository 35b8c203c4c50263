/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write: default, which keeps what was written when a stateful read is there
 * to see it.
 * Called through hl_model_types; all under engine->lock.
 */
#include <errno.h>

#include "models.h"

static void answer(struct hl_model *model, struct hl_file_request *request)
{
    int error = 0;

    if (request->offset < 0) {
        error = -EINVAL;
    } else if (request->file->now->keeps_writes) {
        error = hl_file_keep_write(request->file, request->data,
                                   request->length, request->offset);
    }
    request->retval = error ? error : (int64_t)request->length;
}

const struct hl_model_type hl_model_write_default = {
    .name = "default", .op = HYP_WRITE, .keys = hl_model_no_keys,
    .init = hl_model_init_nothing, .size = sizeof(struct hl_model),
    .answer = answer,
};
