/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_SERVE_H
#define HL_GUEST_SERVE_H

#include "ops.h"
#include "region.h"
#include "wire.h"

/*
 * What the engine asks, in this machine's byte order.  A handler finds size
 * within HL_CHUNK, leaves there how many bytes it did, and returns HL_RESP_*
 * or -errno.
 */
struct hl_request {
	struct hl_slot *slot;	/* of the conversation */
	u32 pid;		/* whose; 0: the process being served */
	u64 addr;
	u32 size;
	unsigned char *data;	/* HL_CHUNK bytes */
};

#define HL_OP_PROTOTYPE(number, NAME, name, text) \
	int hl_op_##name(struct hl_request *request);
HL_OPS(HL_OP_PROTOTYPE)
#undef HL_OP_PROTOTYPE

#endif
