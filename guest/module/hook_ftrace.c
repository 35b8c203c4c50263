// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes a system call's place by the kernel's function tracer, which the
 * compiler has left room for at the head of each function.  All places change
 * in one go: with a probe each, which rides on the tracer as well, hooking all
 * system calls took half a minute of a guest with one processor.
 *
 * Places change under the mutex of hook.c.  entered() runs in the system call's
 * process, in the function's place.
 */
#include <linux/errno.h>
#include <linux/ftrace.h>
#include <linux/hashtable.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "arch.h"
#include "compat.h"
#include "hook.h"

#ifdef HL_HOOK_FTRACE

static DEFINE_HASHTABLE(by_location, 10);	/* RCU; until the module goes */
static bool registered;				/* under the hooks' mutex */

static struct hl_site *site_at(unsigned long location)
{
	struct hl_site *site;

	hash_for_each_possible_rcu(by_location, site, by_location, location) {
		if (site->location == location)
			return site;
	}
	return NULL;
}

/* Not in a function that is traced itself, so it cannot be entered twice. */
static void entered(unsigned long location, unsigned long caller,
		    struct ftrace_ops *ops, struct ftrace_regs *traced)
{
	struct pt_regs *regs = ftrace_get_regs(traced);
	struct hl_site *site;
	u64 arg[HL_SYSCALL_ARGS];

	/* Whether event.c itself calls the function, which is to run now. */
	if (caller - hl_text_start() < hl_text_size())
		return;
	rcu_read_lock();
	site = site_at(location);
	rcu_read_unlock();
	if (!site)
		return;
	hl_arch_args(regs, arg);
	if (!hl_match_quick(site, arg))
		return;
	hl_flight_begin();
	hl_arch_redirect(regs, site);
}

static struct ftrace_ops ops = {
	.func = entered,
	.flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY |
		 FTRACE_OPS_FL_PERMANENT,
};

/* False: the function has no room for it, and is to be probed. */
bool hl_ftrace_reaches(struct hl_site *site)
{
	unsigned long (*find)(unsigned long entry) =
		(void *)hl_symbol_address("ftrace_location");

	if (site->location)
		return true;
	site->location = find ? find(site->entry) : 0;
	if (site->location)
		hash_add_rcu(by_location, &site->by_location, site->location);
	return site->location;
}

static bool is_to_change(const struct hl_site *site, bool traced)
{
	return site->location && site->armed == traced &&
	       site->traced != traced;
}

/* Those that are to become so, all at once. */
static int change(struct list_head *sites, bool traced)
{
	unsigned long *location;
	struct hl_site *site;
	u32 count = 0;
	int error;

	list_for_each_entry(site, sites, node)
		count += is_to_change(site, traced);
	if (!count)
		return 0;
	location = kmalloc_array(count, sizeof(*location), GFP_KERNEL);
	if (!location)
		return -ENOMEM;
	count = 0;
	list_for_each_entry(site, sites, node) {
		if (is_to_change(site, traced))
			location[count++] = site->location;
	}
	error = ftrace_set_filter_ips(&ops, location, count, !traced, 0);
	kfree(location);
	list_for_each_entry(site, sites, node) {
		if (!error && is_to_change(site, traced))
			site->traced = traced;
	}
	return error;
}

/* Without a single place the tracer would call us for every function. */
static int settle(bool wanted)
{
	int error = 0;

	if (wanted && !registered)
		error = register_ftrace_function(&ops);
	else if (!wanted && registered)
		error = unregister_ftrace_function(&ops);
	if (!error)
		registered = wanted;
	return error;
}

/* Makes true what the sites say.  What is left in place then does nothing. */
int hl_ftrace_commit(struct list_head *sites)
{
	struct hl_site *site;
	bool wanted = false;
	int error;

	list_for_each_entry(site, sites, node)
		wanted = wanted || (site->location && site->armed);
	error = change(sites, true);
	if (!error)
		error = settle(wanted);
	if (!error)
		change(sites, false);
	return error;
}

/* When none is armed any more. */
void hl_ftrace_stop(void)
{
	ftrace_free_filter(&ops);
}

#endif
