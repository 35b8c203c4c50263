// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hooked system call, in its own process's context: asks the engine before
 * the function runs and after it, and does what the answer says.  Nothing is
 * held while the function runs, which may sleep for ever.
 *
 * A signal interrupts a call as ever: the function gives -ERESTARTSYS,
 * -ERESTARTNOINTR or -ERESTARTNOHAND, which handlers see on return, and the
 * kernel makes of it -EINTR or the same call again, hooked again, with the
 * arguments that the program gave: what a handler changed is in the function's
 * registers only.  After -ERESTART_RESTARTBLOCK (nanosleep, a futex with a
 * time) the kernel goes on by another call, restart_syscall: the end is seen
 * by that one's hooks.
 */
#include <linux/compat.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "added.h"
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
	bool stale;		/* asked too early which hooks match */
};

/* The bits of ret that are none of HL_ANSWER_*: an error, or no engine. */
#define NO_ANSWER (~0xffffULL)

/* What the filters look at in one phase; each text is read once. */
struct view {
	struct hl_filter_subject subject;
	u64 arg[HL_SYSCALL_ARGS];
	struct hl_slot *text[HL_SYSCALL_ARGS];	/* its region has the text */
	size_t length[HL_SYSCALL_ARGS];
};

/* Of a 32-bit program all is as wide as its words. */
static u64 seen(unsigned long arg)
{
	return in_compat_syscall() ? (u32)arg : arg;
}

static const char *text_of(const struct hl_filter_subject *subject, u32 arg,
			   size_t *length)
{
	const struct view *view = subject->context;

	if (!view->text[arg])
		return NULL;
	*length = view->length[arg];
	return (const char *)view->text[arg]->region;
}

static void view_text(struct view *view, u32 arg)
{
	const char __user *from = (const char __user *)(unsigned long)
				  view->arg[arg];
	struct hl_slot *slot = hl_slot_get();
	long length;

	BUILD_BUG_ON(HL_FILTER_SUBJECT_MAX > HL_REGION_SIZE);
	if (!slot)
		return;
	length = strncpy_from_user((char *)slot->region, from,
				   HL_FILTER_SUBJECT_MAX);
	if (length < 0) {
		hl_slot_put(slot);
		return;
	}
	view->text[arg] = slot;
	view->length[arg] = length;
}

static void view_begin(struct view *view, const struct invocation *call,
		       u32 phase)
{
	unsigned long texts;
	u32 i;

	for (i = 0; i < HL_SYSCALL_ARGS; i++) {
		view->arg[i] = seen(call->arg[i]);
		view->text[i] = NULL;
	}
	hl_match_subject(&view->subject, view->arg);
	view->subject.retval = call->retval;
	view->subject.text = text_of;
	view->subject.context = view;
	texts = hl_match_texts(call->site, phase, &view->subject);
	for_each_set_bit(i, &texts, HL_SYSCALL_ARGS)
		view_text(view, i);
}

static void view_end(struct view *view)
{
	u32 i;

	for (i = 0; i < HL_SYSCALL_ARGS; i++) {
		if (view->text[i])
			hl_slot_put(view->text[i]);
	}
}

static void fill(struct hl_syscall_event *event, const struct invocation *call,
		 u32 phase, u32 hooks, u32 added)
{
	const struct hl_site *site = call->site;
	u32 i;

	event->phase = cpu_to_le32(phase);
	event->hooks = cpu_to_le32(hooks);
	event->pid = cpu_to_le32(current->tgid);
	event->tid = cpu_to_le32(current->pid);
	hl_call_comm(event->comm);
	/* As memcpy() it would be unaligned stores, slow in QEMU. */
	for (i = 0; i < sizeof(event->name); i += sizeof(u32))
		*(u32 *)(event->name + i) = *(const u32 *)(site->name + i);
	event->flags = hl_added_flags(in_compat_syscall() ? HL_EVENT_COMPAT : 0,
				      added);
	event->number = cpu_to_le32(hl_arch_number(site->number));
	for (i = 0; i < HL_SYSCALL_ARGS; i++)
		event->arg[i] = cpu_to_le64(seen(call->arg[i]));
	event->retval = cpu_to_le64(call->retval);
}

/* An error, or no engine: the call goes on as if it were not hooked. */
static void apply(struct invocation *call, u32 phase, u64 ret,
		  const struct hl_syscall_answer *answer)
{
	int i;

	if (ret & NO_ANSWER)
		return;
	if (phase == HL_PHASE_RETURN) {
		call->again |= !!(ret & HL_ANSWER_AGAIN);
		if (ret & HL_ANSWER_RETVAL)
			call->retval = le64_to_cpu(answer->retval);
		return;
	}
	if (ret & HL_ANSWER_SKIP) {
		call->skip = true;
		call->retval = le64_to_cpu(answer->retval);
	}
	for (i = 0; ret & HL_ANSWER_ARGS && i < HL_SYSCALL_ARGS; i++) {
		u64 arg = le64_to_cpu(answer->arg[i]);

		/* What is as before keeps the bits that are not seen. */
		if (arg != seen(call->arg[i]))
			call->arg[i] = arg;
	}
}

/* The least ids above that one, in one event.  0: that was all. */
static u32 tell_some(struct invocation *call, u32 phase, struct hl_slot *slot,
		     const struct view *view, u32 above)
{
	struct hl_syscall_event *event = (void *)slot->region->data;
	__le32 *id = (__le32 *)(event + 1);
	u32 added = hl_added();
	u32 hooks = hl_match_ids(call->site, phase, &view->subject, above, id);
	u32 last;
	u64 ret;

	if (!hooks)
		return 0;
	last = le32_to_cpu(id[hooks - 1]);
	fill(event, call, phase, hooks, added);
	/* A call that was made must not be made anew by a restart. */
	slot->sleep = phase == HL_PHASE_RETURN ? HL_SLEEP_KILLABLE :
						 HL_SLEEP_SIGNALS;
	ret = hl_call_region(slot, HL_CALL_SYSCALL);
	call->interrupted = (s64)ret == -ERESTARTSYS;
	if (ret == HL_ANSWER_STALE) {
		call->stale = !above;
		return 0;
	}
	apply(call, phase, ret, (const void *)slot->region->data);
	return hooks == HL_EVENT_HOOKS && !call->interrupted ? last : 0;
}

static void tell_all(struct invocation *call, u32 phase, struct hl_slot *slot)
{
	struct view view;
	u32 last = 0;

	call->stale = false;
	view_begin(&view, call, phase);
	do {
		last = tell_some(call, phase, slot, &view, last);
	} while (last);
	view_end(&view);
}

static void tell(struct invocation *call, u32 phase)
{
	struct hl_slot *slot;
	int looks = 0;

	call->again = false;
	if (!READ_ONCE(call->site->matcher[phase - 1].count))
		return;
	slot = hl_slot_get();
	if (!slot)
		return;
	do {
		tell_all(call, phase, slot);
	} while (call->stale && ++looks < HL_LOOKS_MAX);
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
