// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One call to the engine: fill the block, ring, read the answer.
 *
 * The doorbell is a store, so when it has retired the engine has answered.
 * hl_call() works in any context; hl_call_region() and hl_call_file() may be
 * asked to serve and to wait, so they are for process context.  The caller
 * owns the slot; no lock is taken.
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

static u64 call_engine(struct hl_call *call, u32 number)
{
	call->number = cpu_to_le64(number);
	call->ret = cpu_to_le64(HL_RET_UNTOUCHED);
	call->flags = 0;
	ring(call, number);
	if (call->flags & cpu_to_le64(HL_FLAG_WORK))
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

static u64 converse(struct hl_slot *slot, u64 ret)
{
	if (slot->call.flags & cpu_to_le64(HL_FLAG_SERVE | HL_FLAG_WAIT))
		ret = hl_serve(slot, ret);
	return ret;
}

/* A call with the slot's region, through which the engine may ask. */
u64 hl_call_region(struct hl_slot *slot, enum hl_call_number number)
{
	return converse(slot, hl_call(slot, number,
				      (unsigned long)slot->region, 0, 0));
}

/* The same, by a thread that was made for that id. */
u64 hl_call_spawned(struct hl_slot *slot, u32 id)
{
	return converse(slot, hl_call(slot, HL_CALL_SPAWNED,
				      (unsigned long)slot->region, id, 0));
}

/* The slot's file request.  Returns as the engine does, or -errno of a wait. */
u64 hl_call_file(struct hl_slot *slot)
{
	struct hl_call *call = &slot->call;

	call->arg[0] = cpu_to_le64(HYP_FILE_OP);
	call->arg[1] = cpu_to_le64((unsigned long)&slot->request);
	call->arg[2] = cpu_to_le64((unsigned long)slot->region);
	call->arg[3] = cpu_to_le64(HYP_HAS_CONTEXT);
	call->task = 0;
	return converse(slot, call_engine(call, IGLOO_HYPERFS_MAGIC));
}
