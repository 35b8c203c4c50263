// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_READ, WRITE and READ_STR: user memory of the process being served, or
 * of another by its pid.  In process context; pages that are not present are
 * faulted in.
 *
 * Page by page, because a page is there whole or not at all, while what
 * copy_to_user() says it has left differs between machines.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "process.h"
#include "serve.h"

/*
 * Does one piece; how many bytes of it were done, or -EFAULT.  Fewer than
 * asked ends the whole.  task: whose memory; NULL: current's.
 */
typedef long (*piece_fn)(struct task_struct *task, unsigned char *data,
			 unsigned long addr, u32 size);

/* What the process itself could not do is not forced. */
static long piece_of_other(struct task_struct *task, unsigned char *data,
			   unsigned long addr, u32 size, unsigned int flags)
{
	if (access_process_vm(task, addr, data, size, flags) != (int)size)
		return -EFAULT;
	return size;
}

static long piece_read(struct task_struct *task, unsigned char *data,
		       unsigned long addr, u32 size)
{
	if (unlikely(task))
		return piece_of_other(task, data, addr, size, 0);
	if (copy_from_user(data, (const void __user *)addr, size))
		return -EFAULT;
	return size;
}

static long piece_write(struct task_struct *task, unsigned char *data,
			unsigned long addr, u32 size)
{
	if (unlikely(task))
		return piece_of_other(task, data, addr, size, FOLL_WRITE);
	if (copy_to_user((void __user *)addr, data, size))
		return -EFAULT;
	return size;
}

static long piece_str(struct task_struct *task, unsigned char *data,
		      unsigned long addr, u32 size)
{
	long done;

	if (likely(!task))
		return strncpy_from_user(data, (const char __user *)addr,
					 size);
	done = piece_of_other(task, data, addr, size, 0);
	return done < 0 ? done : strnlen(data, size);
}

/* A thread of the kernel borrows the memory of any process: not ours. */
static bool may_access(const struct task_struct *task, u64 addr, u32 size)
{
	if (addr != (unsigned long)addr)
		return false;
	if (task)
		return true;
	return current->mm && !(current->flags & PF_KTHREAD) &&
	       access_ok((void __user *)(unsigned long)addr, size);
}

/* Leaves the bytes done in the request; 0, 1 when a piece ended early, -errno. */
static int each_page(struct hl_request *request, struct task_struct *task,
		     piece_fn piece)
{
	u32 wanted = request->size;

	request->size = 0;
	while (request->size < wanted) {
		u64 addr = request->addr + request->size;
		u32 size = min_t(u32, wanted - request->size,
				 PAGE_SIZE - offset_in_page(addr));
		long done = -EFAULT;

		if (may_access(task, addr, size))
			done = piece(task, request->data + request->size, addr,
				     size);
		if (done < 0)
			return done;
		request->size += done;
		if (done < size)
			return 1;
	}
	return 0;
}

/* Its memory may go at any moment: what failed then failed for that. */
static int each_page_of(struct hl_request *request, piece_fn piece)
{
	struct task_struct *task = hl_process_alive(request->pid);
	struct mm_struct *mm;
	int ended;

	if (!task) {
		request->size = 0;
		return -ESRCH;
	}
	ended = each_page(request, task, piece);
	if (ended < 0) {
		mm = hl_process_mm(task);
		if (IS_ERR(mm))
			ended = PTR_ERR(mm);
		else
			mmput(mm);
	}
	put_task_struct(task);
	return ended;
}

static int transfer(struct hl_request *request, piece_fn piece)
{
	if (unlikely(request->pid))
		return each_page_of(request, piece);
	return each_page(request, NULL, piece);
}

static int settle(const struct hl_request *request, int error)
{
	if (error < 0 && request->size)
		return HL_RESP_PARTIAL;
	return error < 0 ? error : HL_RESP_OK;
}

int hl_op_read(struct hl_request *request)
{
	return settle(request, transfer(request, piece_read));
}

int hl_op_write(struct hl_request *request)
{
	return settle(request, transfer(request, piece_write));
}

/* The NUL is neither counted nor sent. */
int hl_op_read_str(struct hl_request *request)
{
	int ended = transfer(request, piece_str);

	return ended ? settle(request, ended) : HL_RESP_CUT;
}
