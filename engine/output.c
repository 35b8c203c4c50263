/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HL_CALL_OUTPUT and HL_CALL_EXIT: what COMMAND prints, and how it ended. */
#include <errno.h>

#include "call.h"

uint64_t hl_call_output(struct hl_engine *engine, struct hl_request *request)
{
    uint64_t stream = request->arg[0];
    uint64_t addr = request->arg[1];
    uint64_t size = request->arg[2];
    char data[HL_OUTPUT_MAX];

    if (stream < 1 || stream > 2 || size > sizeof(data)) {
        return hl_call_error(EINVAL);
    }
    if (size == 0) {
        return 0;
    }
    if (addr < engine->target->kernel_start ||
        !request->guest->ops->read(request->guest, addr, data, size)) {
        return hl_call_error(EFAULT);
    }
    return (uint64_t)engine->host_ops->output(engine->host, (int)stream, data,
                                              size);
}

uint64_t hl_call_exit(struct hl_engine *engine, struct hl_request *request)
{
    engine->host_ops->exited(engine->host, (int)(request->arg[0] & 0xff));
    return 0;
}
