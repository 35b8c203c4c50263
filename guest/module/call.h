/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_CALL_H
#define HL_GUEST_CALL_H

#include "calls.h"
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

#endif
