/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poll: always_ready, and blocking, which never is.
 * Called through hl_model_types; all under engine->lock.
 */
#include "models.h"

/* EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM, generic Linux numbers. */
#define READY 0x145

static void answer_ready(struct hl_model *model,
                         struct hl_file_request *request)
{
    request->retval = READY;
}

static void answer_blocking(struct hl_model *model,
                            struct hl_file_request *request)
{
    request->retval = 0;
}

const struct hl_model_type hl_model_poll_always_ready = {
    .name = "always_ready", .op = HYP_POLL, .keys = hl_model_no_keys,
    .init = hl_model_init_nothing, .size = sizeof(struct hl_model),
    .answer = answer_ready,
};

const struct hl_model_type hl_model_poll_blocking = {
    .name = "blocking", .op = HYP_POLL, .keys = hl_model_no_keys,
    .init = hl_model_init_nothing, .size = sizeof(struct hl_model),
    .answer = answer_blocking,
};
