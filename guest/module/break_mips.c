// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A flaw of MIPS kernels with several processors, mended from outside: when
 * one of them has trapped on a probe's break instruction while another takes
 * the probe out, the trap's handler finds the restored instruction, takes the
 * trap for a bug and the kernel dies.  The trap is stale: execute again.
 *
 * trapped() is called by the kernel's handlers of traps and page faults, in any
 * context; no lock.
 */
#include <linux/kdebug.h>
#include <linux/notifier.h>
#include <linux/pgtable.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/smp.h>
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

#ifdef CONFIG_32BIT
/*
 * Each process has its own copy of the kernel's page directory.  What was
 * mapped later is added by the page fault that misses it, but the fault's
 * handler calls the notifiers first: one in such a place would fault in turn,
 * until the stack is full and what lies below it is overwritten.  So those who
 * began before the module was loaded get it now, and who begins later copies a
 * directory that has it.  The loading process has it, having filled the module.
 */
static void share_maps(struct mm_struct *mm, const struct mm_struct *loader)
{
	unsigned long i;

	for (i = pgd_index(VMALLOC_START); i <= pgd_index(VMALLOC_END); i++) {
		if (pgd_val(loader->pgd[i]) != (unsigned long)invalid_pte_table)
			WRITE_ONCE(mm->pgd[i], loader->pgd[i]);
	}
}

/* A kernel thread runs on the maps of a process, which may have ended. */
static void share_active(void *loader)
{
	share_maps(current->active_mm, loader);
}

static void share_with_all(void)
{
	struct task_struct *group, *task;

	rcu_read_lock();
	for_each_process_thread(group, task) {
		task_lock(task);
		if (task->mm)
			share_maps(task->mm, current->mm);
		task_unlock(task);
	}
	rcu_read_unlock();
	on_each_cpu(share_active, current->mm, 1);
}
#else
static void share_with_all(void)
{
}
#endif

/* Called while the module is loaded, by the process that loads it. */
int hl_breaks_watch(void)
{
	share_with_all();
	return register_die_notifier(&notifier);
}

void hl_breaks_unwatch(void)
{
	unregister_die_notifier(&notifier);
}
