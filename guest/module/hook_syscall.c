// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The probe on a system call's function.  Its handler tests the filters, and
 * when a hook may match it sends the processor to hl_syscall_run() instead,
 * which runs as the function would: in process context, free to sleep.
 *
 * The handler runs with preemption off.  Registering is done under the mutex
 * of hook.c.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/sched.h>

#include "arch.h"
#include "compat.h"
#include "hook.h"

/*
 * System calls that are in hl_syscall_run().  A call may leave on another
 * processor than it came in on: only the sum means something.
 */
static DEFINE_PER_CPU(int, in_flight);

/*
 * Whether event.c itself calls the function, which is to run this time.  The
 * return address says so; no state has to be kept per task.
 */
static bool called_by_us(const struct pt_regs *regs)
{
	return hl_arch_caller(regs) - hl_text_start() < hl_text_size();
}

/* Return values are not known yet: such a hook is wanted when the rest holds. */
static bool site_wants(const struct hl_site *site, const struct pt_regs *regs)
{
	u64 arg[HL_SYSCALL_ARGS];
	const struct hl_filter_subject subject = {
		.arg = arg,
		.comm = current->comm,
		.pid = current->tgid,
	};
	const struct hl_hook *hook;
	bool wanted = false;

	hl_arch_args(regs, arg);
	rcu_read_lock();
	list_for_each_entry_rcu(hook, &site->hooks, on_site) {
		wanted = hl_filter_holds(&hook->filter, &subject, false);
		if (wanted)
			break;
	}
	rcu_read_unlock();
	return wanted;
}

static int site_entered(struct kprobe *probe, struct pt_regs *regs)
{
	struct hl_site *site = container_of(probe, struct hl_site, probe);

	if (called_by_us(regs) || !site_wants(site, regs))
		return hl_arch_pass(probe, regs);
	this_cpu_inc(in_flight);
	hl_arch_redirect(regs, site);
	return 1;
}
NOKPROBE_SYMBOL(site_entered);

/* That there is one keeps kprobes from replacing the probe by a jump. */
static void site_passed(struct kprobe *probe, struct pt_regs *regs,
			unsigned long flags)
{
}
NOKPROBE_SYMBOL(site_passed);

/* -ENOENT: there is no such function. */
int hl_site_probe(struct hl_site *site)
{
	int error;

	site->probe.symbol_name = site->symbol;
	site->probe.pre_handler = site_entered;
	site->probe.post_handler = site_passed;
	error = register_kprobe(&site->probe);
	site->armed = !error;
	return error;
}

int hl_site_arm(struct hl_site *site, bool armed)
{
	int error = 0;

	if (site->armed != armed)
		error = armed ? enable_kprobe(&site->probe) :
				disable_kprobe(&site->probe);
	if (!error)
		site->armed = armed;
	return error;
}

void hl_site_unprobe(struct hl_site *site)
{
	unregister_kprobe(&site->probe);
}

/* A call is in hl_syscall_run(), or done with it. */
void hl_site_enter(void)
{
	this_cpu_inc(in_flight);
}

void hl_site_leave(void)
{
	this_cpu_dec(in_flight);
}

static int calls_in_flight(void)
{
	int sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(in_flight, cpu);
	return sum;
}

/*
 * After the last unprobe.  A handler that has counted may not have reached
 * hl_syscall_run() yet, and one that has left may still be in its last
 * instructions: hence a grace period before and after.  While none can come
 * in, a sum that is zero stays zero.
 */
void hl_sites_wait(void)
{
	unsigned int rounds = 0;

	synchronize_rcu_tasks();
	while (calls_in_flight()) {
		if (++rounds == 500)
			pr_notice("%d hooked system calls have yet to return\n",
				  calls_in_flight());
		msleep(10);
	}
	synchronize_rcu_tasks();
}
