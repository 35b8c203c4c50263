// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What op_file.c cannot do with a file in the process being served: many files
 * of /proc and devices read and write user memory only, and a file that was
 * written is closed for certain only where no return to a program is waited
 * for (a program just written could not be run: ETXTBSY).
 *
 * So a thread of the kernel's does it, one a request, with memory of its own.
 * Who asked waits for it, unless killed; then the thread is killed, too.  What
 * only the process itself may write (/proc/self/comm) is refused: EINVAL.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "hook.h"
#include "opened.h"
#include "process.h"
#include "wire.h"

enum work { JOB_READ, JOB_WRITE, JOB_PUT };

struct job {
	struct kref refs;		/* the thread's, and who asked's */
	struct list_head node;		/* under the lock, with the thread */
	struct task_struct *thread;
	struct completion done;
	enum work work;
	struct file *file;		/* held; the thread puts it */
	bool abandoned;
	loff_t position;
	u32 depth;
	u32 size;
	ssize_t ret;
	unsigned char data[HL_CHUNK];
};

static DEFINE_SPINLOCK(lock);
static LIST_HEAD(jobs);
static LIST_HEAD(nests);
static bool closed;

/* --- files within files: a handler of a file that reads a file ... ------- */

static u32 current_depth(void)
{
	const struct hl_nest *nest;
	u32 depth = 0;

	lockdep_assert_held(&lock);
	list_for_each_entry(nest, &nests, node) {
		if (nest->task == current && nest->depth > depth)
			depth = nest->depth;
	}
	return depth;
}

/* The kernel's stack has room for so many: else -ELOOP. */
int hl_nest_enter(struct hl_nest *nest)
{
	nest->task = current;
	spin_lock(&lock);
	nest->depth = current_depth() + 1;
	if (nest->depth <= HL_NEST_MAX)
		list_add(&nest->node, &nests);
	spin_unlock(&lock);
	return nest->depth <= HL_NEST_MAX ? 0 : -ELOOP;
}

void hl_nest_leave(struct hl_nest *nest)
{
	spin_lock(&lock);
	list_del(&nest->node);
	spin_unlock(&lock);
}

/* The thread goes on where who asked it was. */
static void nest_follow(struct hl_nest *nest, u32 depth)
{
	nest->task = current;
	nest->depth = depth;
	spin_lock(&lock);
	list_add(&nest->node, &nests);
	spin_unlock(&lock);
}

/* --- the thread ---------------------------------------------------------- */

static void job_free(struct kref *refs)
{
	kfree(container_of(refs, struct job, refs));
}

static ssize_t read_or_write(struct job *job, char __user *at)
{
	const struct file_operations *ops = job->file->f_op;
	ssize_t ret;

	if (job->work == JOB_READ) {
		if (!ops->read)
			return -EINVAL;
		ret = ops->read(job->file, at, job->size, &job->position);
		if (ret > (ssize_t)job->size)
			return -EIO;
		if (ret > 0 && copy_from_user(job->data, at, ret))
			return -EFAULT;
		return ret;
	}
	if (!ops->write)
		return -EINVAL;
	if (copy_to_user(at, job->data, job->size))
		return -EFAULT;
	file_start_write(job->file);
	ret = ops->write(job->file, at, job->size, &job->position);
	file_end_write(job->file);
	return ret;
}

static ssize_t with_page(struct job *job)
{
	unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, 0);

	BUILD_BUG_ON(HL_CHUNK > PAGE_SIZE);
	if (IS_ERR_VALUE(at))
		return at;
	return read_or_write(job, (char __user *)at);
}

/* One page of memory as a program has it. */
static ssize_t with_memory(struct job *job)
{
	struct mm_struct *mm = hl_kernel.mm_alloc();
	struct rlimit stack = current->signal->rlim[RLIMIT_STACK];
	ssize_t ret;

	if (!mm)
		return -ENOMEM;
	mm->task_size = TASK_SIZE;
	hl_kernel.arch_pick_mmap_layout(mm, &stack);
	kthread_use_mm(mm);
	ret = with_page(job);
	kthread_unuse_mm(mm);
	mmput(mm);
	return ret;
}

static int side_thread(void *data)
{
	struct job *job = data;
	struct hl_nest nest;

	/* A signal that came before this was lost: hence the question. */
	allow_signal(SIGKILL);
	nest_follow(&nest, job->depth);
	job->ret = -ESHUTDOWN;
	if (job->work != JOB_PUT && !READ_ONCE(closed) &&
	    !READ_ONCE(job->abandoned))
		job->ret = with_memory(job);
	hl_kernel.fput_sync(job->file);
	hl_nest_leave(&nest);
	spin_lock(&lock);
	list_del(&job->node);
	spin_unlock(&lock);
	complete(&job->done);
	kref_put(&job->refs, job_free);
	hl_flight_end();
	return 0;
}

/* --- who asks ------------------------------------------------------------ */

static int job_start(struct job *job)
{
	job->thread = kthread_create(side_thread, job, "hyperlua-file");
	if (IS_ERR(job->thread)) {
		fput(job->file);
		return PTR_ERR(job->thread);
	}
	get_task_struct(job->thread);
	kref_get(&job->refs);
	hl_flight_begin();
	spin_lock(&lock);
	job->depth = current_depth();
	list_add(&job->node, &jobs);
	spin_unlock(&lock);
	wake_up_process(job->thread);
	return 0;
}

/* -EINTR: who asked is being killed, and must not look at the job any more. */
static int job_run(struct job *job)
{
	int error = job_start(job);

	if (error)
		return error;
	if (wait_for_completion_killable(&job->done)) {
		WRITE_ONCE(job->abandoned, true);
		send_sig(SIGKILL, job->thread, 1);
		error = -EINTR;
	}
	put_task_struct(job->thread);
	return error;
}

static struct job *job_new(struct file *file, enum work work)
{
	struct job *job = kzalloc(sizeof(*job), GFP_KERNEL);

	if (!job)
		return NULL;
	kref_init(&job->refs);
	init_completion(&job->done);
	job->file = get_file(file);
	job->work = work;
	return job;
}

/* As read(2) and write(2), of at most HL_CHUNK bytes of the kernel's. */
ssize_t hl_side_io(struct file *file, bool write, void *data, size_t size,
		   loff_t *position)
{
	struct job *job = job_new(file, write ? JOB_WRITE : JOB_READ);
	ssize_t ret;

	if (!job)
		return -ENOMEM;
	job->position = *position;
	job->size = size;
	if (write)
		memcpy(job->data, data, size);
	ret = job_run(job);
	if (!ret) {
		ret = job->ret;
		*position = job->position;
		if (!write && ret > 0)
			memcpy(data, job->data, ret);
	}
	kref_put(&job->refs, job_free);
	return ret;
}

/* Puts a file, and it is closed when this returns, if nobody else has it. */
void hl_side_put(struct file *file)
{
	struct job *job;

	if (current->flags & PF_KTHREAD) {
		hl_kernel.fput_sync(file);
		return;
	}
	job = job_new(file, JOB_PUT);
	if (!job) {
		fput(file);
		return;
	}
	fput(file);		/* the job holds it: the last put is there */
	job_run(job);
	kref_put(&job->refs, job_free);
}

/* Nothing is read any more, and who does comes out. */
void hl_side_stop(void)
{
	struct job *job;

	spin_lock(&lock);
	WRITE_ONCE(closed, true);
	list_for_each_entry(job, &jobs, node)
		send_sig(SIGKILL, job->thread, 1);
	spin_unlock(&lock);
}
