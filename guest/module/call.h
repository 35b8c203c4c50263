/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_CALL_H
#define HL_GUEST_CALL_H

#include <linux/build_bug.h>
#include <linux/sched.h>

#include "calls.h"
#include "compat.h"
#include "region.h"

u64 hl_call(struct hl_slot *slot, enum hl_call_number number, u64 arg0,
	    u64 arg1, u64 arg2);
u64 hl_call_region(struct hl_slot *slot, enum hl_call_number number);
u64 hl_call_spawned(struct hl_slot *slot, u32 id);
u64 hl_call_file(struct hl_slot *slot);
u64 hl_call_task(struct hl_slot *slot, enum hl_call_number number);
u64 hl_call_flags(const struct hl_slot *slot);

/* Serves the engine, and waits for it, until it asks nothing more (serve.c). */
u64 hl_serve(struct hl_slot *slot, u64 ret);

/*
 * The name of the process that runs, to the call, where it lies at a word.  By
 * words: bytes, unaligned stores and padding take longer than all the rest.
 */
static inline void hl_call_comm(char *to)
{
	u32 i;

	BUILD_BUG_ON(TASK_COMM_LEN != HL_COMM_SIZE);
	for (i = 0; i < HL_COMM_SIZE; i += sizeof(u32))
		*(u32 *)(to + i) =
			get_unaligned((const u32 *)(current->comm + i));
}

#endif
