// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a system call's function is reached: by its place in the kernel's table
 * where there is a way (table_mips.c), by the function tracer where it can be
 * (hook_ftrace.c), else by a probe.  The probe's handler tests the filters
 * (match.c), and when a hook may match it sends the processor to
 * hl_syscall_run() instead, which runs as the function would: in process
 * context, free to sleep.
 *
 * The handler runs with preemption off.  Arming is done under the mutex of
 * hook.c.
 */
#include <linux/kernel.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "arch.h"
#include "compat.h"
#include "hook.h"

/*
 * Whether event.c itself calls the function, which is to run this time.  The
 * return address says so; no state has to be kept per task.
 */
static bool called_by_us(const struct pt_regs *regs)
{
	return hl_arch_caller(regs) - hl_text_start() < hl_text_size();
}

static int site_entered(struct kprobe *probe, struct pt_regs *regs)
{
	struct hl_site *site = container_of(probe, struct hl_site, probe);
	u64 arg[HL_SYSCALL_ARGS];

	if (called_by_us(regs))
		return hl_arch_pass(probe, regs);
	hl_arch_args(regs, arg);
	if (!hl_match_quick(site, arg))
		return hl_arch_pass(probe, regs);
	hl_flight_begin();
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

/* The first time: it stays, disarmed, when the last hook has gone. */
static int site_probe(struct hl_site *site)
{
	int error;

	site->probe.addr = (kprobe_opcode_t *)site->entry;
	site->probe.pre_handler = site_entered;
	site->probe.post_handler = site_passed;
	error = register_kprobe(&site->probe);
	site->probed = !error;
	return error;
}

static int arm_probe(struct hl_site *site, bool armed)
{
	if (!armed)
		return disable_kprobe(&site->probe);
	return site->probed ? enable_kprobe(&site->probe) : site_probe(site);
}

/* hl_sites_commit() is to follow. */
int hl_site_arm(struct hl_site *site, bool armed)
{
	int error = 0;

	if (site->armed == armed)
		return 0;
	if (site->places)
		hl_table_arm(site, armed);
	else if (!hl_ftrace_reaches(site))
		error = arm_probe(site, armed);
	if (!error)
		site->armed = armed;
	return error;
}

/* Does what many sites need together. */
int hl_sites_commit(struct list_head *sites)
{
	return hl_ftrace_commit(sites);
}

/* For good, all of them in one grace period; -ENOMEM: one after the other. */
static void unprobe_all(struct list_head *sites, u32 count)
{
	struct kprobe **probes = kcalloc(count, sizeof(*probes), GFP_KERNEL);
	struct hl_site *site;
	u32 i = 0;

	list_for_each_entry(site, sites, node) {
		if (!site->probed)
			continue;
		if (probes)
			probes[i++] = &site->probe;
		else
			unregister_kprobe(&site->probe);
	}
	if (i)
		unregister_kprobes(probes, i);
	kfree(probes);
}

/* When this returns, no system call is in the module's code any more. */
void hl_sites_close(struct list_head *sites)
{
	struct hl_site *site;
	u32 count = 0;

	list_for_each_entry(site, sites, node) {
		hl_site_arm(site, false);
		count++;
	}
	hl_sites_commit(sites);
	unprobe_all(sites, count);
	hl_flights_wait();
	hl_ftrace_stop();
}
