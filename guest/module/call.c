// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One call to the engine: fill the block, ring, read the answer.
 *
 * The doorbell is a store, so when it has retired the engine has answered.
 * hl_call() works in any context; hl_call_region() may be asked to serve, so
 * it is for process context.  The caller owns the slot; no lock is taken.
 */
#include "arch.h"
#include "call.h"
#include "work.h"

/* Not inlined: one doorbell, at one place. */
static noinline void ring(struct hl_call *block, u32 number)
{
	hl_arch_ring(block, (__force u32)cpu_to_le32(number));
}

u64 hl_call_flags(const struct hl_slot *slot)
{
	return le64_to_cpu(slot->call.flags);
}

static u64 call_engine(struct hl_call *call, enum hl_call_number number)
{
	call->number = cpu_to_le64(number);
	call->ret = cpu_to_le64(HL_RET_UNTOUCHED);
	call->flags = 0;
	ring(call, number);
	if (le64_to_cpu(call->flags) & HL_FLAG_WORK)
		hl_work_wake();
	return le64_to_cpu(call->ret);
}

/* Returns the engine's ret; HL_RET_UNTOUCHED when there is no engine. */
u64 hl_call(struct hl_slot *slot, enum hl_call_number number, u64 arg0,
	    u64 arg1, u64 arg2)
{
	struct hl_call *call = &slot->call;

	call->arg[0] = cpu_to_le64(arg0);
	call->arg[1] = cpu_to_le64(arg1);
	call->arg[2] = cpu_to_le64(arg2);
	call->arg[3] = 0;
	call->task = 0;
	return call_engine(call, number);
}

/* About the task that asked: the block still names it. */
u64 hl_call_task(struct hl_slot *slot, enum hl_call_number number)
{
	slot->call.arg[0] = cpu_to_le64((unsigned long)slot->region);
	return call_engine(&slot->call, number);
}

/* A call with the slot's region, through which the engine may ask. */
u64 hl_call_region(struct hl_slot *slot, enum hl_call_number number)
{
	u64 ret = hl_call(slot, number, (unsigned long)slot->region, 0, 0);

	if (hl_call_flags(slot) & HL_FLAG_SERVE)
		ret = hl_serve(slot);
	return ret;
}
