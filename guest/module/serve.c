// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The serving loop: does what the engine asks in the slot's region, or waits as
 * it says, and rings again, until it asks nothing more.  In process context,
 * without locks, on behalf of the process that is served.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "call.h"
#include "opened.h"
#include "serve.h"
#include "wait.h"

typedef int (*hl_op_handler)(struct hl_request *request);

#define HL_OP_ENTRY(number, NAME, name, text) [number] = hl_op_##name,
static const hl_op_handler handlers[HL_OP_COUNT] = { HL_OPS(HL_OP_ENTRY) };
#undef HL_OP_ENTRY

/* Whom they concern may be said; the others take 0 only. */
static bool takes_pid(u32 op)
{
	return op == HL_OP_READ || op == HL_OP_WRITE || op == HL_OP_READ_STR ||
	       op == HL_OP_PROC ||
	       (op >= HL_OP_THREAD_NEXT && op <= HL_OP_FD_NAME);
}

/* Nothing of the engine's goes to a handler before it is checked here. */
static int dispatch(struct hl_slot *slot, struct hl_request *request)
{
	struct mem_region *region = slot->region;
	u32 op = lower_32_bits(le64_to_cpu(region->op));
	u64 size = le64_to_cpu(region->size);

	request->slot = slot;
	request->pid = upper_32_bits(le64_to_cpu(region->op));
	if (op >= HL_OP_COUNT || !handlers[op] ||
	    (request->pid && !takes_pid(op)))
		return -ENOSYS;
	if (size > HL_CHUNK)
		return -EINVAL;
	request->addr = le64_to_cpu(region->addr);
	request->size = size;
	request->data = region->data;
	return handlers[op](request);
}

static void answer(struct hl_slot *slot)
{
	struct mem_region *region = slot->region;
	struct hl_request request;
	int resp = dispatch(slot, &request);

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
	cond_resched();
	if (fatal_signal_pending(current))
		return -EINTR;
	if (hl_call_flags(slot) & HL_FLAG_WAIT)
		return hl_wait(slot, ret);
	answer(slot);
	return 0;
}

static u64 serve(struct hl_slot *slot, u64 ret)
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

/*
 * From the ret of the first call to that of the last, or -errno.  However the
 * conversation ends, the file that it had open ends with it.
 */
u64 hl_serve(struct hl_slot *slot, u64 ret)
{
	ret = serve(slot, ret);
	if (unlikely(slot->opened))
		hl_opened_close(slot);
	return ret;
}
