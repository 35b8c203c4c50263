/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_PROCESS_H
#define HL_GUEST_PROCESS_H

#include <linux/mm_types.h>
#include <linux/sched.h>

/*
 * What the kernel has and does not export, found when the module is loaded.
 * The last two are not there on every machine: NULL.
 */
struct hl_kernel {
	struct file *(*get_mm_exe_file)(struct mm_struct *mm);
	struct mm_struct *(*mm_alloc)(void);
	void (*arch_pick_mmap_layout)(struct mm_struct *mm,
				      struct rlimit *stack);
	int (*setsid)(void);
	void (*fput_sync)(struct file *file);
	const char *(*arch_vma_name)(struct vm_area_struct *vma);
	struct vm_area_struct *(*get_gate_vma)(struct mm_struct *mm);
};

extern struct hl_kernel hl_kernel;

/*
 * All by pid of the whole system, of a process or of a thread; 0: the one that
 * asks.  What is returned is to be put back with put_task_struct().
 */
struct task_struct *hl_process_find(u32 pid);
struct task_struct *hl_process_alive(u32 pid);
struct task_struct *hl_process_next(u32 *pid, const struct task_struct *of);
struct mm_struct *hl_process_mm(struct task_struct *task);

int hl_process_start(void);

#endif
