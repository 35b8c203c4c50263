// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_PROC, PROC_NEXT, THREAD_NEXT and PROC_EXE: what the kernel knows of a
 * process.  In process context; locks are taken for one process at a time.
 *
 * A zombie is still listed, with state Z, as ps does.
 */
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uidgid.h>

#include "process.h"
#include "record.h"
#include "serve.h"

static u32 word_bits(struct task_struct *task)
{
	if (task->flags & PF_KTHREAD)
		return 0;
#ifdef CONFIG_COMPAT
#if defined(TIF_ADDR32)
	if (test_tsk_thread_flag(task, TIF_ADDR32))
		return 32;
#elif defined(TIF_32BIT_ADDR)
	if (test_tsk_thread_flag(task, TIF_32BIT_ADDR))
		return 32;
#elif defined(TIF_32BIT)
	if (test_tsk_thread_flag(task, TIF_32BIT))
		return 32;
#endif
#endif
	return BITS_PER_LONG;
}

static void fill_numbers(struct hl_proc *proc, struct task_struct *task)
{
	struct pid_namespace *ns = &init_pid_ns;

	proc->pid = cpu_to_le32(task->tgid);
	proc->tid = cpu_to_le32(task->pid);
	/* 0 of one that has been reaped meanwhile: its parent may be gone. */
	proc->parent = cpu_to_le32(task_ppid_nr_ns(task, ns));
	proc->session = cpu_to_le32(task_session_nr_ns(task, ns));
	proc->group = cpu_to_le32(task_pgrp_nr_ns(task, ns));
	proc->threads = cpu_to_le32(get_nr_threads(task));
	proc->word_bits = cpu_to_le32(word_bits(task));
	proc->state = cpu_to_le32(task_state_to_char(task));
	proc->start_ns = cpu_to_le64(task->start_boottime);
	strscpy_pad(proc->comm, task->comm, sizeof(proc->comm));
}

static void fill_ids(struct hl_proc *proc, struct task_struct *task)
{
	const struct cred *cred = get_task_cred(task);
	const kuid_t uid[] = { cred->uid, cred->euid, cred->suid,
			       cred->fsuid };
	const kgid_t gid[] = { cred->gid, cred->egid, cred->sgid,
			       cred->fsgid };
	int i;

	for (i = 0; i < 4; i++) {
		proc->uid[i] = cpu_to_le32(from_kuid(&init_user_ns, uid[i]));
		proc->gid[i] = cpu_to_le32(from_kgid(&init_user_ns, gid[i]));
	}
	put_cred(cred);
}

static void fill_ranges(struct hl_proc *proc, struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);

	proc->arg_start = proc->arg_end = 0;
	proc->env_start = proc->env_end = 0;
	if (!mm)
		return;
	spin_lock(&mm->arg_lock);
	proc->arg_start = cpu_to_le64(mm->arg_start);
	proc->arg_end = cpu_to_le64(mm->arg_end);
	proc->env_start = cpu_to_le64(mm->env_start);
	proc->env_end = cpu_to_le64(mm->env_end);
	spin_unlock(&mm->arg_lock);
	mmput(mm);
}

static void fill(struct hl_proc *proc, struct task_struct *task)
{
	fill_numbers(proc, task);
	fill_ids(proc, task);
	fill_ranges(proc, task);
}

/* The process's first thread, which stays until the last one has ended. */
static struct task_struct *first_thread(u32 pid)
{
	struct task_struct *task = hl_process_find(pid);
	struct task_struct *first = NULL;

	if (!task)
		return NULL;
	rcu_read_lock();
	/* What a reaped thread still points to may have been freed. */
	if (pid_alive(task)) {
		first = READ_ONCE(task->group_leader);
		get_task_struct(first);
	}
	rcu_read_unlock();
	put_task_struct(task);
	return first;
}

int hl_op_proc(struct hl_request *request)
{
	struct task_struct *task = first_thread(request->pid);

	request->size = 0;
	if (!task)
		return -ESRCH;
	fill((struct hl_proc *)request->data, task);
	put_task_struct(task);
	request->size = sizeof(struct hl_proc);
	return HL_RESP_OK;
}

/* Whose numbers are above addr, ascending, as many as fit. */
static int list(struct hl_request *request, const struct task_struct *of)
{
	struct hl_proc *proc = (struct hl_proc *)request->data;
	u32 pid = min_t(u64, request->addr, PID_MAX_LIMIT);
	struct task_struct *task;
	u32 count = 0;

	while (count < HL_CHUNK / sizeof(*proc)) {
		task = hl_process_next(&pid, of);
		if (!task)
			break;
		fill(&proc[count++], task);
		put_task_struct(task);
	}
	request->size = count * sizeof(*proc);
	return HL_RESP_OK;
}

int hl_op_proc_next(struct hl_request *request)
{
	return list(request, NULL);
}

int hl_op_thread_next(struct hl_request *request)
{
	struct task_struct *of = hl_process_find(request->pid);
	int resp;

	request->size = 0;
	if (!of)
		return -ESRCH;
	resp = list(request, of);
	put_task_struct(of);
	return resp;
}

/* To be put back with fput().  A thread of the kernel's has none: -ENOENT. */
static struct file *exe_of(u32 pid)
{
	struct task_struct *task = hl_process_alive(pid);
	struct mm_struct *mm;
	struct file *file;

	if (!task)
		return ERR_PTR(-ESRCH);
	mm = hl_process_mm(task);
	put_task_struct(task);
	if (IS_ERR(mm))
		return mm == ERR_PTR(-EFAULT) ? ERR_PTR(-ENOENT) : (void *)mm;
	file = hl_kernel.get_mm_exe_file(mm);
	mmput(mm);
	return file ? file : ERR_PTR(-ENOENT);
}

/* The path's bytes without a NUL, as /proc/PID/exe shows it. */
int hl_op_proc_exe(struct hl_request *request)
{
	struct file *file = exe_of(request->pid);
	int length;

	request->size = 0;
	if (IS_ERR(file))
		return PTR_ERR(file);
	length = hl_path_name(&file->f_path, request->data);
	fput(file);
	if (length < 0)
		return length;
	request->size = length;
	return HL_RESP_OK;
}
