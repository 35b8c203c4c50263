// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_RUN: runs a program as the kernel runs its helpers, with init's root
 * and namespaces and all of root's rights, whoever is being served.  In process
 * context; who asked waits, unless killed, and then the program is killed too.
 *
 * The program reads an empty file and prints to one in a file system of its
 * own, which is as large as it may print: beyond that it sees ENOSPC.
 *
 * It leads a session, so what it started dies with it when its time is over.
 * Programs are in a list under a spinlock, for the module's exit.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mount.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/umh.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "hook.h"
#include "opened.h"
#include "process.h"
#include "serve.h"

#define RUNS_MAX 64

struct run {
	struct kref refs;		/* who asked, and the kernel's helper */
	struct list_head node;		/* of who asked; under the lock */
	struct delayed_work timer;
	struct pid *pid;		/* under the lock; NULL: not yet */
	bool stopped;			/* under the lock */
	bool timed_out;
	struct file *input;
	struct file *output;
	char *strings;
	char **argv;			/* and behind its NULL: */
	char **envp;
};

static DEFINE_SPINLOCK(lock);
static LIST_HEAD(runs);
static unsigned int count;
static bool closed;

static char *default_env[] = {
	"HOME=/", "TERM=linux", "PATH=/sbin:/usr/sbin:/bin:/usr/bin", NULL
};

static void run_free(struct kref *refs)
{
	struct run *run = container_of(refs, struct run, refs);

	if (run->input)
		fput(run->input);
	if (run->output)
		fput(run->output);
	put_pid(run->pid);
	kfree(run->strings);
	kfree(run->argv);
	kfree(run);
}

/* If it has not begun yet, it will not. */
static void stop(struct run *run)
{
	lockdep_assert_held(&lock);
	run->stopped = true;
	if (run->pid)
		kill_pgrp(run->pid, SIGKILL, 1);
}

static void kill_run(struct run *run)
{
	spin_lock(&lock);
	stop(run);
	spin_unlock(&lock);
}

static void time_is_over(struct work_struct *work)
{
	struct run *run = container_of(to_delayed_work(work), struct run,
				       timer);

	WRITE_ONCE(run->timed_out, true);
	kill_run(run);
}

/* --- in the program's process, before the program ------------------------ */

static int install(struct file *file, int wanted)
{
	int fd = get_unused_fd_flags(0);

	if (fd < 0)
		return fd;
	if (fd != wanted) {
		put_unused_fd(fd);
		return -EBUSY;
	}
	fd_install(fd, get_file(file));
	return 0;
}

static int begin(struct subprocess_info *info, struct cred *cred)
{
	struct run *run = info->data;
	bool stopped;
	int error;

	hl_kernel.setsid();
	spin_lock(&lock);
	stopped = run->stopped;
	if (!stopped)
		run->pid = get_task_pid(current, PIDTYPE_TGID);
	spin_unlock(&lock);
	if (stopped)
		return -EINTR;
	error = install(run->input, 0);
	if (!error)
		error = install(run->output, 1);
	if (!error)
		error = install(run->output, 2);
	return error;
}

/* The helper's last step, in who asked or in a thread of the kernel's. */
static void end(struct subprocess_info *info)
{
	struct run *run = info->data;

	kref_put(&run->refs, run_free);
	hl_flight_end();
}

/* --- in who asked -------------------------------------------------------- */

static struct vfsmount *mount_for(u32 bytes)
{
	struct file_system_type *type = get_fs_type("tmpfs");
	struct vfsmount *mount;
	char options[32];

	if (!type)
		return ERR_PTR(-ENODEV);
	/* 0 would be without a limit; the input's page comes to it, unused. */
	snprintf(options, sizeof(options), "size=%u", max(bytes, 1U));
	mount = vfs_kern_mount(type, 0, "hyperlua", options);
	module_put(type->owner);
	return mount;
}

static int make_files(struct run *run, u32 bytes)
{
	const struct cred *own = override_creds(hl_opened_cred());
	struct vfsmount *mount = mount_for(bytes);
	struct file *file;
	int error = PTR_ERR_OR_ZERO(mount);

	if (error)
		goto revert;
	file = hl_shmem_file(mount, "input");
	error = PTR_ERR_OR_ZERO(file);
	if (error)
		goto put_mount;
	run->input = file;
	file = hl_shmem_file(mount, "output");
	error = PTR_ERR_OR_ZERO(file);
	if (!error)
		run->output = file;
put_mount:
	mntput(mount);
revert:
	revert_creds(own);
	return error;
}

/* Cuts the strings apart; -EINVAL: there are not so many. */
static int take_strings(char **to, char *from, const char *limit, u32 wanted)
{
	u32 i;

	for (i = 0; i < wanted; i++) {
		size_t length = strnlen(from, limit - from);

		if (from + length == limit)
			return -EINVAL;
		to[i] = from;
		from += length + 1;
	}
	return from == limit ? 0 : -EINVAL;
}

static int take_args(struct run *run, const struct hl_run_args *from, u32 size)
{
	u32 args = le32_to_cpu(from->args);
	u32 envs = le32_to_cpu(from->envs);
	char **vector;
	int error;

	size -= sizeof(*from);
	if (!args || args > size || envs > size)
		return -EINVAL;
	run->strings = kmemdup(from + 1, size, GFP_KERNEL);
	vector = kcalloc(args + envs + 2, sizeof(*vector), GFP_KERNEL);
	run->argv = vector;
	if (!run->strings || !vector)
		return -ENOMEM;
	error = take_strings(vector, run->strings, run->strings + size,
			     args + envs);
	if (error || vector[0][0] != '/')
		return -EINVAL;
	memmove(&vector[args + 1], &vector[args], envs * sizeof(*vector));
	vector[args] = NULL;
	run->envp = envs ? &vector[args + 1] : default_env;
	return 0;
}

static struct run *run_new(const struct hl_run_args *args, u32 size)
{
	struct run *run = kzalloc(sizeof(*run), GFP_KERNEL);
	int error;

	if (!run)
		return ERR_PTR(-ENOMEM);
	kref_init(&run->refs);
	INIT_DELAYED_WORK(&run->timer, time_is_over);
	error = take_args(run, args, size);
	if (!error)
		error = make_files(run, le32_to_cpu(args->output_max));
	if (error) {
		kref_put(&run->refs, run_free);
		return ERR_PTR(error);
	}
	return run;
}

static int enlist(struct run *run)
{
	int error = 0;

	spin_lock(&lock);
	if (closed)
		error = -ESHUTDOWN;
	else if (count >= RUNS_MAX)
		error = -EAGAIN;
	if (!error) {
		list_add(&run->node, &runs);
		count++;
	}
	spin_unlock(&lock);
	return error;
}

static void delist(struct run *run)
{
	spin_lock(&lock);
	list_del(&run->node);
	count--;
	spin_unlock(&lock);
}

/* The status as from wait(2), or -errno: it was not begun. */
static int execute(struct run *run, u32 timeout_ms)
{
	struct subprocess_info *info;
	int status;

	info = call_usermodehelper_setup(run->argv[0], run->argv, run->envp,
					 GFP_KERNEL, begin, end, run);
	if (!info)
		return -ENOMEM;
	kref_get(&run->refs);
	hl_flight_begin();
	if (timeout_ms)
		schedule_delayed_work(&run->timer,
				      msecs_to_jiffies(timeout_ms));
	status = call_usermodehelper_exec(info, UMH_WAIT_PROC | UMH_KILLABLE);
	cancel_delayed_work_sync(&run->timer);
	if (status == -ERESTARTSYS) {
		kill_run(run);
		status = -EINTR;
	}
	return status;
}

static int settle(struct hl_request *request, struct run *run, int status,
		  u32 output_max)
{
	struct hl_run_result *result = (void *)request->data;
	bool timed_out = READ_ONCE(run->timed_out);
	int error;

	if (status < 0)
		return timed_out ? -ETIMEDOUT : status;
	error = hl_opened_set(request->slot, get_file(run->output),
			      output_max);
	if (error)
		return error;
	timed_out = timed_out && (status & 0x7f) == SIGKILL;
	result->status = cpu_to_le32(status);
	result->timed_out = cpu_to_le32(timed_out);
	request->size = sizeof(*result);
	return HL_RESP_OK;
}

static int run_it(struct hl_request *request, struct run *run)
{
	const struct hl_run_args *args = (void *)request->data;
	u32 output_max = le32_to_cpu(args->output_max);
	int status = enlist(run);

	request->size = 0;
	if (!status) {
		status = execute(run, le32_to_cpu(args->timeout_ms));
		delist(run);
	}
	return settle(request, run, status, output_max);
}

int hl_op_run(struct hl_request *request)
{
	struct run *run = ERR_PTR(-EINVAL);
	int resp;

	if (request->slot->opened)
		hl_opened_close(request->slot);
	if (request->size >= sizeof(struct hl_run_args))
		run = run_new((void *)request->data, request->size);
	if (IS_ERR(run)) {
		request->size = 0;
		return PTR_ERR(run);
	}
	resp = run_it(request, run);
	kref_put(&run->refs, run_free);
	return resp;
}

/* None begins any more, and who waits for one need not wait long. */
void hl_runs_stop(void)
{
	struct run *run;

	spin_lock(&lock);
	closed = true;
	list_for_each_entry(run, &runs, node)
		stop(run);
	spin_unlock(&lock);
}
