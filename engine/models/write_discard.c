/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write: discard, which takes everything, whatever the offset.  A model that
 * reads back what was written sees it nevertheless, as in Penguin, as far as
 * it can be kept.
 * Called through hl_model_types; all under engine->lock.
 */
#include "models.h"

static void answer(struct hl_model *model, struct hl_file_request *request)
{
    if (request->file->now->keeps_writes) {
        hl_file_keep_write(request->file, request->data, request->length,
                           request->offset);
    }
    request->retval = (int64_t)request->length;
}

const struct hl_model_type hl_model_write_discard = {
    .name = "discard", .op = HYP_WRITE, .keys = hl_model_no_keys,
    .init = hl_model_init_nothing, .size = sizeof(struct hl_model),
    .answer = answer,
};
