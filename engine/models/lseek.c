/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lseek: default and unsupported.  Both say how the guest's module is to seek
 * (enum hl_node_seek), which is settled when the file is made; the module asks
 * neither of them.
 * Found through hl_model_types; all under engine->lock.
 */
#include <errno.h>

#include "models.h"

static void answer_default(struct hl_model *model,
                           struct hl_file_request *request)
{
}

static void answer_unsupported(struct hl_model *model,
                               struct hl_file_request *request)
{
    request->retval = -ESPIPE;
}

const struct hl_model_type hl_model_lseek_default = {
    .name = "default", .op = HYP_LSEEK, .keys = hl_model_no_keys,
    .init = hl_model_init_nothing, .size = sizeof(struct hl_model),
    .answer = answer_default,
};

const struct hl_model_type hl_model_lseek_unsupported = {
    .name = "unsupported", .op = HYP_LSEEK, .keys = hl_model_no_keys,
    .init = hl_model_init_nothing, .size = sizeof(struct hl_model),
    .answer = answer_unsupported,
};
