// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process executes a program: noted by the kernel's tracepoint, when nothing
 * can fail any more, and told before the program's first instruction.  The text
 * is the name that was given to execve(2): of a script, not its interpreter.
 */
#include <linux/binfmts.h>
#include <linux/err.h>
#include <linux/ptrace.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>

#include "probe.h"

#define TRACEPOINT "sched_process_exec"

/* With preemption off. */
static void executed(void *data, struct task_struct *task, pid_t old_pid,
		     struct linux_binprm *bprm)
{
	struct pt_regs *regs = task_pt_regs(task);
	const struct hl_probe_moment moment = {
		.pc = instruction_pointer(regs),
		.sp = user_stack_pointer(regs),
		.text = bprm->filename,
	};

	hl_probe_soon(data, &moment, GFP_ATOMIC | __GFP_NOWARN);
}

static struct hl_probe_site *attach(const struct hl_probe_place *place)
{
	struct hl_probe_site *site = kzalloc(sizeof(*site), GFP_KERNEL);
	int error;

	if (!site)
		return ERR_PTR(-ENOMEM);
	hl_probe_site_init(site, &hl_probe_exec);
	error = hl_tracepoint_attach(TRACEPOINT, executed, site);
	if (error) {
		kfree(site);
		return ERR_PTR(error);
	}
	return site;
}

static void detach(struct hl_probe_site *site)
{
	hl_tracepoint_detach(TRACEPOINT, executed, site);
}

const struct hl_probe_type hl_probe_exec = {
	.number = HL_PROBE_EXEC,
	.text_args = BIT(0),
	.attach = attach,
	.detach = detach,
};
