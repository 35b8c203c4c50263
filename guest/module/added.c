// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many hooks and probes have been added.  Each event says how many there
 * were before it was asked which of them match: so the engine knows an event
 * that was asked too early for the scripts that serve now, and has it asked
 * again (HL_ANSWER_STALE).
 */
#include <linux/atomic.h>

#include "added.h"
#include "serve.h"

static atomic_t added;

u32 hl_added(void)
{
	return atomic_read_acquire(&added);
}

__le32 hl_added_flags(u32 flags, u32 added)
{
	return cpu_to_le32(flags | added << HL_EVENT_ADDED_SHIFT);
}

/* A full barrier: what was added is seen before the number. */
void hl_added_one(struct hl_request *request)
{
	*(__le32 *)request->data = cpu_to_le32(atomic_inc_return(&added));
	request->size = sizeof(__le32);
}
