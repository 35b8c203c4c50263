// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions and instructions of programs: uprobes on a file, in all processes
 * that map it.  Noted in the kernel's uprobe handler, in process context, and
 * told before the program goes on (probe_hit.c).
 *
 * A file that is not there yet is looked for whenever a process executes a
 * program, before that runs, and every LOOK_MS; in the root directory of the
 * first process.  Sites and their files are under one mutex.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs_struct.h>
#include <linux/init_task.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/path.h>
#include <linux/pid_namespace.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "arch.h"
#include "compat.h"
#include "convention.h"
#include "hook.h"
#include "probe.h"

#define TRACEPOINT "sched_process_exec"
#define LOOK_MS 20

struct uprobe_site {
	struct hl_probe_site site;
	struct uprobe_consumer consumer;
	struct list_head pending;	/* empty: not among them */
	char *path;
	char *symbol;			/* NULL: offset counts from the start */
	u64 offset;
	/* Once it is placed; the path keeps the file system mounted. */
	struct path file;
	hl_uprobe uprobe;
	loff_t at;
	/* The file that would not do: tried again when it has grown. */
	unsigned long bad_inode;
	loff_t bad_size;
};

static DEFINE_MUTEX(uprobes_mutex);
static LIST_HEAD(pending);
static bool watching;			/* for programs that are executed */

static int hit(struct uprobe_consumer *consumer, struct pt_regs *regs
	       HL_UPROBE_DATA_PARAM)
{
	struct uprobe_site *site = container_of(consumer, struct uprobe_site,
						consumer);
	struct hl_probe_moment moment = {
		.pc = instruction_pointer(regs),
		.sp = user_stack_pointer(regs),
	};

	hl_user_args(regs, moment.arg);
	hl_probe_soon(&site->site, &moment, GFP_KERNEL);
	return 0;
}

static int returned(struct uprobe_consumer *consumer, unsigned long function,
		    struct pt_regs *regs HL_UPROBE_DATA_PARAM)
{
	struct uprobe_site *site = container_of(consumer, struct uprobe_site,
						consumer);
	struct hl_probe_moment moment = {
		.retval = hl_user_result(regs),
		.sp = user_stack_pointer(regs),
	};

	hl_arch_returned(regs);
	moment.pc = instruction_pointer(regs);
	hl_probe_soon(&site->site, &moment, GFP_KERNEL);
	return 0;
}

/* --- from a path to a place in a file ------------------------------------ */

static void first_root(struct path *root)
{
	struct task_struct *first = init_pid_ns.child_reaper;

	task_lock(first);
	get_fs_root(first->fs, root);
	task_unlock(first);
}

/* Without opening it, which may wait for somebody, or do something. */
static int find_file(const char *name, struct path *found)
{
	struct path root;
	struct file *file;
	int error = 0;

	first_root(&root);
	file = hl_file_open_root(&root, name, O_PATH);
	path_put(&root);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (S_ISREG(file_inode(file)->i_mode)) {
		*found = file->f_path;
		path_get(found);
	} else {
		error = -ENOEXEC;
	}
	fput(file);
	return error;
}

static loff_t place_of(const struct uprobe_site *site)
{
	struct file *file;
	loff_t at;

	if (!site->symbol)
		return site->offset & LLONG_MAX;
	file = dentry_open(&site->file, O_RDONLY | O_LARGEFILE, current_cred());
	if (IS_ERR(file))
		return PTR_ERR(file);
	at = hl_elf_symbol(file, site->symbol);
	fput(file);
	return at < 0 ? at : (at + site->offset) & LLONG_MAX;
}

static int place(struct uprobe_site *site)
{
	struct inode *inode = d_real_inode(site->file.dentry);

	site->at = place_of(site);
	if (site->at < 0)
		return site->at;
	site->uprobe = hl_uprobe_register(inode, site->at, &site->consumer);
	return PTR_ERR_OR_ZERO(site->uprobe);
}

static bool is_bad(const struct uprobe_site *site, const struct inode *inode)
{
	return inode->i_ino == site->bad_inode &&
	       i_size_read(inode) == site->bad_size;
}

/* The engine has been told that all is well, when the file was not there. */
static void say(const struct uprobe_site *site, int error)
{
	pr_notice_ratelimited("%s: no uprobe at %s+0x%llx: error %d\n",
			      site->path, site->symbol ? site->symbol : "",
			      site->offset, -error);
}

/* 0: it is placed.  -EAGAIN: nothing has changed since it could not be. */
static int try(struct uprobe_site *site)
{
	struct inode *inode;
	int error = find_file(site->path, &site->file);

	lockdep_assert_held(&uprobes_mutex);
	if (error)
		return error == -ENOTDIR ? -ENOENT : error;
	inode = d_real_inode(site->file.dentry);
	if (is_bad(site, inode)) {
		error = -EAGAIN;
	} else {
		site->bad_inode = inode->i_ino;
		site->bad_size = i_size_read(inode);
		error = place(site);
		if (error && !list_empty(&site->pending))
			say(site, error);
	}
	if (error)
		path_put(&site->file);
	return error;
}

/* With the credentials of the kernel, whoever is the current process. */
static int try_as_kernel(struct uprobe_site *site)
{
	const struct cred *kernel = get_task_cred(&init_task);
	const struct cred *own = override_creds(kernel);
	int error = try(site);

	revert_creds(own);
	put_cred(kernel);
	return error;
}

/* --- those whose file is not there yet ----------------------------------- */

/* again: also in files that would not do; they are about to be used. */
static void look_for_all(bool again)
{
	struct uprobe_site *site, *next;

	mutex_lock(&uprobes_mutex);
	list_for_each_entry_safe(site, next, &pending, pending) {
		if (again)
			site->bad_inode = 0;
		if (!try_as_kernel(site))
			list_del_init(&site->pending);
	}
	mutex_unlock(&uprobes_mutex);
}

static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(look_work, look);

static void look(struct work_struct *work)
{
	look_for_all(false);
	if (!list_empty_careful(&pending))
		schedule_delayed_work(&look_work, msecs_to_jiffies(LOOK_MS));
}

static void look_before_program(struct callback_head *work)
{
	kfree(work);
	if (!(current->flags & PF_EXITING))
		look_for_all(true);
	hl_flight_end();
}

/* With preemption off. */
static void executed(void *data, struct task_struct *task, pid_t old_pid,
		     struct linux_binprm *bprm)
{
	struct callback_head *work;

	if (list_empty_careful(&pending))
		return;
	work = kmalloc(sizeof(*work), GFP_ATOMIC | __GFP_NOWARN);
	if (work && hl_task_work(work, look_before_program))
		kfree(work);
}

static void wait_for_file(struct uprobe_site *site)
{
	lockdep_assert_held(&uprobes_mutex);
	list_add_tail(&site->pending, &pending);
	if (!watching)
		watching = !hl_tracepoint_attach(TRACEPOINT, executed, NULL);
	schedule_delayed_work(&look_work, msecs_to_jiffies(LOOK_MS));
}

/* When there is no site any more. */
void hl_uprobes_stop(void)
{
	cancel_delayed_work_sync(&look_work);
	if (watching)
		hl_tracepoint_detach(TRACEPOINT, executed, NULL);
	watching = false;
}

/* --- sites --------------------------------------------------------------- */

static bool is_at(const struct hl_probe_site *of,
		  const struct hl_probe_place *place)
{
	const struct uprobe_site *site = container_of(of, struct uprobe_site,
						      site);

	if (!place->path || strcmp(site->path, place->path) ||
	    !site->symbol != !place->symbol || site->offset != place->offset)
		return false;
	return !site->symbol || !strcmp(site->symbol, place->symbol);
}

static void site_free(struct uprobe_site *site)
{
	kfree(site->path);
	kfree(site->symbol);
	kfree(site);
}

static struct uprobe_site *site_new(const struct hl_probe_place *place)
{
	struct uprobe_site *site = kzalloc(sizeof(*site), GFP_KERNEL);

	if (!site)
		return NULL;
	INIT_LIST_HEAD(&site->pending);
	site->offset = place->offset;
	site->path = kstrdup(place->path, GFP_KERNEL);
	if (place->symbol)
		site->symbol = kstrdup(place->symbol, GFP_KERNEL);
	if (!site->path || (place->symbol && !site->symbol)) {
		site_free(site);
		return NULL;
	}
	return site;
}

static struct hl_probe_site *attach(const struct hl_probe_place *place)
{
	struct uprobe_site *site;
	int error;

	if (!IS_ENABLED(CONFIG_UPROBES))
		return ERR_PTR(-ENOSYS);
	if (!place->path || place->path[0] != '/')
		return ERR_PTR(-EINVAL);
	/* As hl_elf_symbol: Thumb. */
	if (IS_ENABLED(CONFIG_ARM) && place->offset & 1)
		return ERR_PTR(-EILSEQ);
	site = site_new(place);
	if (!site)
		return ERR_PTR(-ENOMEM);
	if (place->kind == HL_PROBE_UPROBE)
		site->consumer.handler = hit;
	else
		site->consumer.ret_handler = returned;
	hl_probe_site_init(&site->site, hl_probe_type_find(place->kind));
	mutex_lock(&uprobes_mutex);
	error = try_as_kernel(site);
	if (error == -ENOENT && !site->bad_inode) {
		wait_for_file(site);
		error = 0;
	}
	mutex_unlock(&uprobes_mutex);
	if (error) {
		site_free(site);
		return ERR_PTR(error);
	}
	return &site->site;
}

/* Those who have a hit in hand need the site, but no more of it than that. */
static void detach(struct hl_probe_site *of)
{
	struct uprobe_site *site = container_of(of, struct uprobe_site, site);
	bool placed;

	mutex_lock(&uprobes_mutex);
	placed = list_empty(&site->pending);
	list_del_init(&site->pending);
	mutex_unlock(&uprobes_mutex);
	if (placed) {
		hl_uprobe_unregister(site->uprobe,
				     d_real_inode(site->file.dentry), site->at,
				     &site->consumer);
		path_put(&site->file);
	}
	kfree(site->path);
	kfree(site->symbol);
}

const struct hl_probe_type hl_probe_uprobe = {
	.number = HL_PROBE_UPROBE,
	.int_args = GENMASK(HL_SYSCALL_ARGS - 1, 0),
	.text_args = GENMASK(HL_SYSCALL_ARGS - 1, 0),
	.of_program = true,
	.is_at = is_at,
	.attach = attach,
	.detach = detach,
};

const struct hl_probe_type hl_probe_uretprobe = {
	.number = HL_PROBE_URETPROBE,
	.of_program = true,
	.returns = true,
	.is_at = is_at,
	.attach = attach,
	.detach = detach,
};
