// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process ends: told at the kernel's tracepoint, which each of its threads
 * passes, by the first one that finds all of them ending.  Its memory is gone
 * by then.  With preemption off, so handlers cannot wait.
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "probe.h"

#define TRACEPOINT "sched_process_exit"

/*
 * In the flags of a process none of whose threads lives any more: it was told.
 * The kernel uses the low bits, and changes none of them after that.
 */
#define SIGNAL_HL_TOLD BIT(30)

/* Threads that end at once on several processors all find nobody alive. */
static bool is_first(struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	unsigned long flags;
	bool first;

	if (atomic_read(&signal->live))
		return false;
	spin_lock_irqsave(&task->sighand->siglock, flags);
	first = !(signal->flags & SIGNAL_HL_TOLD);
	signal->flags |= SIGNAL_HL_TOLD;
	spin_unlock_irqrestore(&task->sighand->siglock, flags);
	return first;
}

/* What wait(2) is going to say. */
static u32 code_of(const struct task_struct *task)
{
	const struct signal_struct *signal = task->signal;

	return signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code :
						   task->group_leader->exit_code;
}

static void exits(void *data, struct task_struct *task)
{
	struct hl_probe_moment moment = { 0 };

	if (task->flags & PF_KTHREAD || !is_first(task))
		return;
	moment.arg[0] = code_of(task);
	hl_probe_now(data, &moment);
}

static struct hl_probe_site *attach(const struct hl_probe_place *place)
{
	struct hl_probe_site *site = kzalloc(sizeof(*site), GFP_KERNEL);
	int error;

	if (!site)
		return ERR_PTR(-ENOMEM);
	hl_probe_site_init(site, &hl_probe_exit);
	error = hl_tracepoint_attach(TRACEPOINT, exits, site);
	if (error) {
		kfree(site);
		return ERR_PTR(error);
	}
	return site;
}

static void detach(struct hl_probe_site *site)
{
	hl_tracepoint_detach(TRACEPOINT, exits, site);
}

const struct hl_probe_type hl_probe_exit = {
	.number = HL_PROBE_EXIT,
	.int_args = BIT(0),
	.int32_args = BIT(0),
	.attach = attach,
	.detach = detach,
};
