// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions of the kernel: as they are entered, or any instruction of theirs,
 * and as they return.  In whatever context the function runs, so handlers
 * cannot wait.  What our own module calls is left out: scripts ask about the
 * guest, and a hooked system call's function is entered twice.
 */
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "arch.h"
#include "compat.h"
#include "convention.h"
#include "hook.h"
#include "probe.h"

/* Calls that are under way at once; a function may sleep. */
#define CALLS_MAX 512

struct kprobe_site {
	struct hl_probe_site site;
	struct kprobe probe;
	bool is_entry;
};

struct kretprobe_site {
	struct hl_probe_site site;
	struct kretprobe probe;
};

static bool is_ours(unsigned long address)
{
	return address - hl_text_start() < hl_text_size();
}

/* The scheduler, whose interrupts are off, changes memories under a process. */
static bool is_user(bool interrupts_enabled)
{
	return interrupts_enabled && current->mm &&
	       !(current->flags & PF_KTHREAD);
}

static int reached(struct kprobe *probe, struct pt_regs *regs)
{
	struct kprobe_site *site = container_of(probe, struct kprobe_site,
						probe);
	struct hl_probe_moment moment = {
		.pc = (unsigned long)probe->addr,
		.sp = kernel_stack_pointer(regs),
		.is_user = is_user(HL_INTERRUPTS_ENABLED(regs)),
	};

	if (site->is_entry && is_ours(hl_arch_caller(regs)))
		return 0;
	hl_kernel_args(regs, moment.arg);
	hl_probe_now(&site->site, &moment);
	return 0;
}
NOKPROBE_SYMBOL(reached);

/* NULL: it is being taken out. */
static struct kretprobe_site *site_of(struct kretprobe_instance *call)
{
	struct kretprobe *probe = hl_kretprobe_of(call);

	return probe ? container_of(probe, struct kretprobe_site, probe) : NULL;
}

/* Nonzero: its return does not matter. */
static int entered(struct kretprobe_instance *call, struct pt_regs *regs)
{
	struct kretprobe_site *site = site_of(call);
	struct hl_probe_moment moment = { 0 };

	if (!site || is_ours(hl_arch_caller(regs)))
		return 1;
	hl_kernel_args(regs, moment.arg);
	if (!hl_probe_wanted(&site->site, &moment))
		return 1;
	memcpy(call->data, moment.arg, sizeof(moment.arg));
	return 0;
}
NOKPROBE_SYMBOL(entered);

static int returned(struct kretprobe_instance *call, struct pt_regs *regs)
{
	struct kretprobe_site *site = site_of(call);
	struct hl_probe_moment moment = {
		.retval = (long)*hl_result(regs),
		.pc = hl_kretprobe_caller(call),
		.is_user = is_user(HL_RETURN_INTERRUPTS_ENABLED(regs)),
	};

	if (!site)
		return 0;
	/* Its trampoline there saves no stack pointer. */
	if (!IS_ENABLED(CONFIG_ARM))
		moment.sp = kernel_stack_pointer(regs);
	memcpy(moment.arg, call->data, sizeof(moment.arg));
	if (hl_probe_now(&site->site, &moment) & HL_ANSWER_RETVAL)
		*hl_result(regs) = moment.retval;
	return 0;
}
NOKPROBE_SYMBOL(returned);

/* 0, or why nothing can be probed there; what the kernel does not check. */
static int find(const struct hl_probe_place *place, unsigned long *address)
{
	if (!place->symbol || place->path ||
	    place->offset != (unsigned long)place->offset)
		return -EINVAL;
	*address = hl_symbol_address(place->symbol);
	if (!*address)
		return -ENOENT;
	*address += place->offset;
	if (is_ours(*address) || *address % sizeof(kprobe_opcode_t))
		return -EINVAL;
	return 0;
}

static bool is_kprobe_at(const struct hl_probe_site *of,
			 const struct hl_probe_place *place)
{
	struct kprobe_site *site = container_of(of, struct kprobe_site, site);
	unsigned long address;

	return !find(place, &address) &&
	       address == (unsigned long)site->probe.addr;
}

static struct hl_probe_site *attach_kprobe(const struct hl_probe_place *place)
{
	struct kprobe_site *site;
	unsigned long address;
	int error = find(place, &address);

	if (error)
		return ERR_PTR(error);
	site = kzalloc(sizeof(*site), GFP_KERNEL);
	if (!site)
		return ERR_PTR(-ENOMEM);
	hl_probe_site_init(&site->site, &hl_probe_kprobe);
	site->is_entry = !place->offset;
	site->probe.addr = (kprobe_opcode_t *)address;
	site->probe.pre_handler = reached;
	error = register_kprobe(&site->probe);
	if (error) {
		kfree(site);
		return ERR_PTR(error);
	}
	return &site->site;
}

static void detach_kprobe(struct hl_probe_site *of)
{
	struct kprobe_site *site = container_of(of, struct kprobe_site, site);

	unregister_kprobe(&site->probe);
	hl_probes_missed(site->probe.nmissed);
}

static bool is_kretprobe_at(const struct hl_probe_site *of,
			    const struct hl_probe_place *place)
{
	struct kretprobe_site *site = container_of(of, struct kretprobe_site,
						   site);
	unsigned long address;

	return !find(place, &address) &&
	       address == (unsigned long)site->probe.kp.addr;
}

static struct hl_probe_site *
attach_kretprobe(const struct hl_probe_place *place)
{
	struct kretprobe_site *site;
	unsigned long address;
	int error = find(place, &address);

	if (!error && place->offset)
		error = -EINVAL;
	if (error)
		return ERR_PTR(error);
	site = kzalloc(sizeof(*site), GFP_KERNEL);
	if (!site)
		return ERR_PTR(-ENOMEM);
	hl_probe_site_init(&site->site, &hl_probe_kretprobe);
	site->probe.kp.addr = (kprobe_opcode_t *)address;
	site->probe.entry_handler = entered;
	site->probe.handler = returned;
	site->probe.data_size = sizeof_field(struct hl_probe_moment, arg);
	site->probe.maxactive = CALLS_MAX;
	error = register_kretprobe(&site->probe);
	if (error) {
		kfree(site);
		return ERR_PTR(error);
	}
	return &site->site;
}

/* Calls that are under way return to the kernel's own code. */
static void detach_kretprobe(struct hl_probe_site *of)
{
	struct kretprobe_site *site = container_of(of, struct kretprobe_site,
						   site);

	unregister_kretprobe(&site->probe);
	hl_probes_missed(site->probe.nmissed + site->probe.kp.nmissed);
}

const struct hl_probe_type hl_probe_kprobe = {
	.number = HL_PROBE_KPROBE,
	.int_args = GENMASK(HL_SYSCALL_ARGS - 1, 0),
	.is_at = is_kprobe_at,
	.attach = attach_kprobe,
	.detach = detach_kprobe,
};

const struct hl_probe_type hl_probe_kretprobe = {
	.number = HL_PROBE_KRETPROBE,
	.int_args = GENMASK(HL_SYSCALL_ARGS - 1, 0),
	.returns = true,
	.is_at = is_kretprobe_at,
	.attach = attach_kretprobe,
	.detach = detach_kretprobe,
};
