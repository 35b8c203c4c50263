// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A signal is sent: a kprobe on the function through which the kernel sends
 * all but those of timer_create(2).  A handler's drop makes the function return
 * as if it had sent the signal.
 *
 * Runs under the lock of the target's signals, interrupts off, in whatever
 * context sends: the event's process is the current one, the sender's when a
 * program sent it.
 */
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/signal.h>
#include <linux/slab.h>

#include "convention.h"
#include "hook.h"
#include "probe.h"

struct signal_site {
	struct hl_probe_site site;
	struct kprobe probe;
};

/* Where the arguments of all of these are. */
enum { ARG_NUMBER, ARG_INFO, ARG_TARGET };

#ifdef CONFIG_X86_64
#include <asm/linkage.h>
#ifndef ASM_RET
#define ASM_RET "ret\n\t"
#endif
#ifndef ASM_ENDBR
#define ASM_ENDBR ""
#endif
asm("	.pushsection .text\n"
	"	.globl	hl_x86_return\n"
	"	.type	hl_x86_return, @function\n"
	"hl_x86_return:\n\t"
	ASM_ENDBR
	ASM_RET
	"	.size	hl_x86_return, . - hl_x86_return\n"
	"	.popsection\n");
#endif

static void take_info(struct hl_probe_moment *moment,
		      const struct kernel_siginfo *info)
{
	if (info == SEND_SIG_NOINFO || info == SEND_SIG_PRIV) {
		moment->arg[3] = info == SEND_SIG_PRIV ? SI_KERNEL : SI_USER;
		return;
	}
	moment->arg[3] = (s64)info->si_code;
	switch (moment->arg[0]) {
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGTRAP:
		if (!SI_FROMUSER(info) && info->si_code != SI_KERNEL)
			moment->arg[4] = (unsigned long)info->si_addr;
	}
}

/* Of the current process, when it is a program's. */
static void take_user(struct hl_probe_moment *moment)
{
	struct pt_regs *regs = task_pt_regs(current);

	moment->is_user = current->mm && !(current->flags & PF_KTHREAD);
	if (moment->is_user) {
		moment->pc = instruction_pointer(regs);
		moment->sp = user_stack_pointer(regs);
	}
}

static int sent(struct kprobe *probe, struct pt_regs *regs)
{
	struct signal_site *site = container_of(probe, struct signal_site,
						probe);
	const struct task_struct *target =
		(void *)*hl_register(regs, ARG_TARGET);
	struct hl_probe_moment moment = {
		.arg = { *hl_register(regs, ARG_NUMBER), target->tgid,
			 target->pid },
	};

	take_info(&moment, (void *)*hl_register(regs, ARG_INFO));
	take_user(&moment);
	if (!(hl_probe_now(&site->site, &moment) & HL_ANSWER_DROP))
		return 0;
	hl_function_leave(regs, 0);
	return 1;
}
NOKPROBE_SYMBOL(sent);

/* That there is one keeps kprobes from replacing the probe by a jump. */
static void passed(struct kprobe *probe, struct pt_regs *regs,
		   unsigned long flags)
{
}
NOKPROBE_SYMBOL(passed);

/*
 * The innermost that this kernel has: what notifies parents calls it past the
 * outer one.  A compiler may have merged it into that.
 */
static unsigned long sender(void)
{
	static const char * const names[] = {
		"__send_signal_locked", "__send_signal",	/* 5.19, older */
		"send_signal_locked", "send_signal",
	};
	unsigned long found = 0;
	u32 i;

	for (i = 0; !found && i < ARRAY_SIZE(names); i++)
		found = hl_symbol_address(names[i]);
	return found;
}

static struct hl_probe_site *attach(const struct hl_probe_place *place)
{
	struct signal_site *site = kzalloc(sizeof(*site), GFP_KERNEL);
	int error = -ENOSYS;

	if (!site)
		return ERR_PTR(-ENOMEM);
	hl_probe_site_init(&site->site, &hl_probe_signal);
	site->probe.addr = (kprobe_opcode_t *)sender();
	site->probe.pre_handler = sent;
	site->probe.post_handler = passed;
	if (site->probe.addr)
		error = register_kprobe(&site->probe);
	if (error) {
		kfree(site);
		return ERR_PTR(error);
	}
	return &site->site;
}

static void detach(struct hl_probe_site *of)
{
	struct signal_site *site = container_of(of, struct signal_site, site);

	unregister_kprobe(&site->probe);
	hl_probes_missed(site->probe.nmissed);
}

const struct hl_probe_type hl_probe_signal = {
	.number = HL_PROBE_SIGNAL,
	.int_args = GENMASK(4, 0),
	.int32_args = GENMASK(3, 0),
	.attach = attach,
	.detach = detach,
};
