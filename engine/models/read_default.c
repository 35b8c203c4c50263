/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read: default, which refuses with EINVAL.
 * Called through hl_model_types; all under engine->lock.
 */
#include <errno.h>

#include "models.h"

static void answer(struct hl_model *model, struct hl_file_request *request)
{
    request->retval = -EINVAL;
}

const struct hl_model_type hl_model_read_default = {
    .name = "default", .op = HYP_READ, .keys = hl_model_no_keys,
    .init = hl_model_init_nothing, .size = sizeof(struct hl_model),
    .answer = answer,
};
