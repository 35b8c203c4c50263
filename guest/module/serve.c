// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The serving loop: does what the engine asks in the slot's region, or waits as
 * it says, and rings again, until it asks nothing more.  In process context,
 * without locks, on behalf of the process that is served.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "call.h"
#include "serve.h"
#include "wait.h"

typedef int (*hl_op_handler)(struct hl_request *request);

#define HL_OP_ENTRY(number, NAME, name, text) [number] = hl_op_##name,
static const hl_op_handler handlers[HL_OP_COUNT] = { HL_OPS(HL_OP_ENTRY) };
#undef HL_OP_ENTRY

/* Nothing of the engine's goes to a handler before it is checked here. */
static int dispatch(struct mem_region *region, struct hl_request *request)
{
	u64 op = le64_to_cpu(region->op);
	u64 size = le64_to_cpu(region->size);

	if (op >= HL_OP_COUNT || !handlers[op])
		return -ENOSYS;		/* another process's, too */
	if (size > HL_CHUNK)
		return -EINVAL;
	request->addr = le64_to_cpu(region->addr);
	request->size = size;
	request->data = region->data;
	return handlers[op](request);
}

static void answer(struct mem_region *region)
{
	struct hl_request request = { 0 };
	int resp = dispatch(region, &request);

	if (resp < 0) {
		region->op = cpu_to_le64(HL_RESP_ERROR);
		region->addr = cpu_to_le64(-resp);
		region->size = 0;
	} else {
		region->op = cpu_to_le64(resp);
		region->size = cpu_to_le64(request.size);
	}
}

/* 0, or why the task is to be dropped; a process that is killed asks no more. */
static int do_step(struct hl_slot *slot, u64 ret)
{
	if (hl_call_flags(slot) & HL_FLAG_WAIT)
		return hl_wait(slot, ret);
	if (fatal_signal_pending(current))
		return -EINTR;
	answer(slot->region);
	cond_resched();
	return 0;
}

/* From the ret of the first call to that of the last, or -errno. */
u64 hl_serve(struct hl_slot *slot, u64 ret)
{
	while (hl_call_flags(slot) & (HL_FLAG_SERVE | HL_FLAG_WAIT)) {
		int error = do_step(slot, ret);

		if (error) {
			hl_call_task(slot, HL_CALL_CANCEL);
			return (s64)error;
		}
		ret = hl_call_task(slot, HL_CALL_RESUME);
	}
	return ret;
}
