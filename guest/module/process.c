// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds processes and threads by their numbers, and what of the kernel's
 * functions for them is not exported.  In process context, by the ops of
 * processes; each takes and drops the RCU lock itself.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "hook.h"
#include "process.h"

struct hl_kernel hl_kernel;

/* NULL: there is none, or it has been reaped. */
struct task_struct *hl_process_find(u32 pid)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid ? pid_task(find_pid_ns(pid, &init_pid_ns), PIDTYPE_PID) :
		     current;
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	return task;
}

/* A first thread may end before the others, which then have what it had. */
static struct task_struct *alive_beside(struct task_struct *task)
{
	struct task_struct *thread;

	if (task == current || !(READ_ONCE(task->flags) & PF_EXITING))
		return task;
	for_each_thread(task, thread) {
		if (!(READ_ONCE(thread->flags) & PF_EXITING))
			return thread;
	}
	return NULL;
}

/* One that has not begun to end; NULL: there is none. */
struct task_struct *hl_process_alive(u32 pid)
{
	struct task_struct *task = hl_process_find(pid);
	struct task_struct *alive;

	if (!task)
		return NULL;
	rcu_read_lock();
	alive = alive_beside(task);
	if (alive)
		get_task_struct(alive);
	rcu_read_unlock();
	put_task_struct(task);
	return alive;
}

/*
 * The first with a number above *pid, which becomes its: a process, or, with
 * "of", a thread of that one.  Zombies are among them.
 */
struct task_struct *hl_process_next(u32 *pid, const struct task_struct *of)
{
	enum pid_type type = of ? PIDTYPE_PID : PIDTYPE_TGID;
	struct task_struct *task = NULL;
	int number = *pid;

	while (!task && number < PID_MAX_LIMIT) {
		struct pid *next;

		number++;
		rcu_read_lock();
		next = idr_get_next(&init_pid_ns.idr, &number);
		if (next)
			task = pid_task(next, type);
		if (task && of && task->signal != of->signal)
			task = NULL;
		if (task)
			get_task_struct(task);
		rcu_read_unlock();
		if (!next)
			break;
		cond_resched();
	}
	*pid = number;
	return task;
}

/*
 * To be put back with mmput().  An error: -EFAULT of a thread of the kernel's,
 * which has no memory; -ESRCH of a process that has ended meanwhile.
 */
struct mm_struct *hl_process_mm(struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);

	if (mm)
		return mm;
	return ERR_PTR(task->flags & PF_KTHREAD ? -EFAULT : -ESRCH);
}

static bool find(void **function, const char *symbol)
{
	*function = (void *)hl_symbol_address(symbol);
	if (!*function)
		pr_err("this kernel has no %s\n", symbol);
	return *function;
}

#define FIND(field, symbol) find((void **)&hl_kernel.field, symbol)

int hl_process_start(void)
{
	if (!FIND(get_mm_exe_file, "get_mm_exe_file") ||
	    !FIND(mm_alloc, "mm_alloc") ||
	    !FIND(arch_pick_mmap_layout, "arch_pick_mmap_layout") ||
	    !FIND(setsid, "ksys_setsid") ||
	    !FIND(fput_sync, "__fput_sync"))
		return -ENOENT;
	hl_kernel.arch_vma_name = (void *)hl_symbol_address("arch_vma_name");
	hl_kernel.get_gate_vma = (void *)hl_symbol_address("get_gate_vma");
	return 0;
}
