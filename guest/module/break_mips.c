// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A flaw of MIPS kernels with several processors, mended from outside: when
 * one of them has trapped on a probe's break instruction while another takes
 * the probe out, the trap's handler finds the restored instruction, takes the
 * trap for a bug and the kernel dies.  The trap is stale: execute again.
 *
 * Called by the kernel's trap handler, in any context; no lock.
 */
#include <linux/kdebug.h>
#include <linux/notifier.h>
#include <linux/ptrace.h>
#include <asm/mipsregs.h>

#include "hook.h"

#define EXCCODE_BREAK 9
#define BREAK_MASK 0xfc00003f
#define BREAK_VALUE 0x0000000d

static bool is_stale(const struct pt_regs *regs)
{
	u32 exccode = (regs->cp0_cause & CAUSEF_EXCCODE) >> CAUSEB_EXCCODE;
	u32 instruction;

	if (user_mode(regs) || exccode != EXCCODE_BREAK ||
	    regs->cp0_cause & CAUSEF_BD)
		return false;
	instruction = READ_ONCE(*(const u32 *)regs->cp0_epc);
	return (instruction & BREAK_MASK) != BREAK_VALUE;
}

static int trapped(struct notifier_block *block, unsigned long what, void *data)
{
	const struct die_args *args = data;

	return what == DIE_TRAP && is_stale(args->regs) ? NOTIFY_STOP :
							  NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = trapped };

int hl_breaks_watch(void)
{
	return register_die_notifier(&notifier);
}

void hl_breaks_unwatch(void)
{
	unregister_die_notifier(&notifier);
}
