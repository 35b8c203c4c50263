// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hooked system call, in its own process's context: asks the engine before
 * the function runs and after it, and does what the answer says.  Nothing is
 * held while the function runs, which may sleep for ever.
 */
#include <linux/errno.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "arch.h"
#include "call.h"
#include "hook.h"

struct invocation {
	struct hl_site *site;
	unsigned long arg[HL_SYSCALL_ARGS];
	long retval;
	bool skip;
	bool interrupted;	/* a signal came before the function ran */
	bool again;
};

#define ANSWER_BITS (HL_ANSWER_RETVAL | HL_ANSWER_SKIP | HL_ANSWER_ARGS | \
		     HL_ANSWER_AGAIN)

/* How many hooks of that phase match; their ids go to the event's end. */
static u32 collect(const struct invocation *call, u32 phase, __le32 *id)
{
	u64 arg[HL_SYSCALL_ARGS];
	const struct hl_filter_subject subject = {
		.arg = arg,
		.comm = current->comm,
		.pid = current->tgid,
		.retval = call->retval,
	};
	const struct hl_hook *hook;
	u32 count = 0;
	int i;

	for (i = 0; i < HL_SYSCALL_ARGS; i++)
		arg[i] = call->arg[i];
	rcu_read_lock();
	list_for_each_entry_rcu(hook, &call->site->hooks, on_site) {
		if (hook->phase == phase && count < HL_EVENT_HOOKS &&
		    hl_filter_holds(&hook->filter, &subject,
				    phase == HL_PHASE_RETURN))
			id[count++] = cpu_to_le32(hook->id);
	}
	rcu_read_unlock();
	return count;
}

static void fill(struct hl_syscall_event *event, const struct invocation *call,
		 u32 phase, u32 hooks)
{
	int i;

	event->phase = cpu_to_le32(phase);
	event->hooks = cpu_to_le32(hooks);
	event->pid = cpu_to_le32(current->tgid);
	event->tid = cpu_to_le32(current->pid);
	strscpy_pad(event->comm, current->comm, sizeof(event->comm));
	for (i = 0; i < HL_SYSCALL_ARGS; i++)
		event->arg[i] = cpu_to_le64(call->arg[i]);
	event->retval = cpu_to_le64(call->retval);
}

/* An error, or no engine: the call goes on as if it were not hooked. */
static void apply(struct invocation *call, u32 phase, u64 ret,
		  const struct hl_syscall_answer *answer)
{
	int i;

	if (ret & ~(u64)ANSWER_BITS)
		return;
	if (phase == HL_PHASE_RETURN) {
		call->again = ret & HL_ANSWER_AGAIN;
		if (ret & HL_ANSWER_RETVAL)
			call->retval = le64_to_cpu(answer->retval);
		return;
	}
	if (ret & HL_ANSWER_SKIP) {
		call->skip = true;
		call->retval = le64_to_cpu(answer->retval);
	}
	if (ret & HL_ANSWER_ARGS) {
		for (i = 0; i < HL_SYSCALL_ARGS; i++)
			call->arg[i] = le64_to_cpu(answer->arg[i]);
	}
}

static void tell(struct invocation *call, u32 phase)
{
	struct hl_slot *slot = hl_slot_get();
	struct hl_syscall_event *event;
	u32 hooks;
	u64 ret;

	if (!slot)
		return;
	event = (struct hl_syscall_event *)slot->region->data;
	hooks = collect(call, phase, (__le32 *)(event + 1));
	if (hooks) {
		fill(event, call, phase, hooks);
		/* A call that was made must not be made anew by a restart. */
		if (phase == HL_PHASE_RETURN)
			slot->sleep = HL_SLEEP_KILLABLE;
		ret = hl_call_region(slot, HL_CALL_SYSCALL);
		call->interrupted = (s64)ret == -ERESTARTSYS;
		apply(call, phase, ret, (void *)slot->region->data);
	}
	hl_slot_put(slot);
}

/* Whoever does not come back must not be waited for. */
static long run(const struct invocation *call, void *frame)
{
	long retval;

	if (!call->site->returns)
		hl_flight_end();
	retval = hl_arch_call(call->site->entry, frame, call->arg);
	if (!call->site->returns)
		hl_flight_begin();
	return retval;
}

static void run_and_tell(struct invocation *call, void *frame)
{
	if (!call->skip)
		call->retval = run(call, frame);
	tell(call, HL_PHASE_RETURN);
	if (!call->again)
		return;
	call->retval = run(call, frame);
	tell(call, HL_PHASE_RETURN);	/* may not say again once more */
}

/* In place of the function; entered by hook_syscall.c's redirection. */
long hl_syscall_run(struct hl_site *site, void *frame)
{
	struct invocation call = { .site = site };

	hl_arch_frame_args(frame, call.arg);
	tell(&call, HL_PHASE_ENTER);
	if (call.interrupted)
		call.retval = -ERESTARTSYS;
	else
		run_and_tell(&call, frame);
	hl_flight_end();
	return call.retval;
}
