/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write and ioctl: unhandled, which refuses as a driver does that does not
 * know of it.  An ioctl is then listed among what is missing; a write is not.
 * Called through hl_model_types; all under engine->lock.
 */
#include <errno.h>

#include "models.h"

static void answer_write(struct hl_model *model,
                         struct hl_file_request *request)
{
    request->retval = -EINVAL;
    request->unhandled = true;
}

static void answer_ioctl(struct hl_model *model,
                         struct hl_file_request *request)
{
    request->retval = -ENOTTY;
    request->unhandled = true;
}

const struct hl_model_type hl_model_write_unhandled = {
    .name = "unhandled", .op = HYP_WRITE, .keys = hl_model_no_keys,
    .init = hl_model_init_nothing, .size = sizeof(struct hl_model),
    .answer = answer_write,
};

const struct hl_model_type hl_model_ioctl_unhandled = {
    .name = "unhandled", .op = HYP_IOCTL, .keys = hl_model_no_keys,
    .init = hl_model_init_nothing, .size = sizeof(struct hl_model),
    .answer = answer_ioctl,
};
