// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The operations of files that the engine answers for, in the process that
 * does them.  An open file holds its node; the node's removal leaves the file
 * open, and every operation then fails with ENODEV.
 */
#include <linux/atomic.h>
#include <linux/cdev.h>
#include <linux/compat.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "compat.h"
#include "file_ask.h"
#include "hook.h"
#include "place.h"

static atomic64_t last_handle = ATOMIC64_INIT(0);

static bool is_gone(const struct hl_node *node)
{
	return READ_ONCE(node->removed);
}

static bool rings(const struct hl_node *node, u32 flag)
{
	return READ_ONCE(node->flags) & flag;
}

/* Keeps the caller's hold on the node when it succeeds. */
static int open_node(struct hl_node *node, struct inode *inode,
		     struct file *file)
{
	struct hl_open *open = kmalloc(sizeof(*open), GFP_KERNEL);
	s64 ret = 0;

	if (!open)
		return -ENOMEM;
	open->node = node;
	open->owes = false;
	open->handle = atomic64_inc_return(&last_handle);
	file->private_data = open;
	/* Of a regular file, too: a read that waits must not stop a write. */
	file->f_mode &= ~FMODE_ATOMIC_POS;
	if (READ_ONCE(node->seek) == HL_SEEK_NONE)
		nonseekable_open(inode, file);
	if (rings(node, HL_NODE_OPEN))
		ret = hl_ask_plain(node, file, HYP_OPEN, 0, 0,
				   HL_SLEEP_SIGNALS);
	if (ret < 0) {
		file->private_data = NULL;
		kfree(open);
		return ret;
	}
	return 0;
}

static int open_held(struct hl_node *node, struct inode *inode,
		     struct file *file)
{
	int error = is_gone(node) ? -ENODEV : open_node(node, inode, file);

	if (error)
		hl_node_put(node);
	return error;
}

/* By the inode, or by a device's number: there may be more than one of it. */
static struct hl_node *node_of(struct inode *inode)
{
	struct hl_node *node = hl_inode_node(inode);

	if (node)
		return node;
	rcu_read_lock();
	node = hl_dev_node(inode);
	if (node && !hl_node_try_get(node))
		node = NULL;
	rcu_read_unlock();
	return node;
}

static int file_open(struct inode *inode, struct file *file)
{
	struct hl_node *node = node_of(inode);

	return node ? open_held(node, inode, file) : -ENODEV;
}

/* In an instance of procfs whose inode is not taken over. */
static int proc_open(struct inode *inode, struct file *file)
{
	struct hl_node *node = hl_pde_data(inode);

	return hl_node_try_get(node) ? open_held(node, inode, file) : -ENODEV;
}

/*
 * At the end of a character device's file the kernel puts the cdev that its
 * inode has then, as the kernel's own open got it.  Where ours came in its
 * place we owe that one: it would be freed with its device still there.  False
 * when there is none, as of a device without a driver and of other files, and
 * while its module is going.  A driver that frees its cdev at this very moment
 * is not guarded against: the kernel's lock of it is its own.
 */
static bool cdev_hold(const struct inode *inode)
{
	struct cdev *cdev = NULL;
	bool held = false;

	rcu_read_lock();
	if (S_ISCHR(inode->i_mode))
		cdev = READ_ONCE(inode->i_cdev);
	if (cdev && try_module_get(cdev->owner)) {
		held = kobject_get_unless_zero(&cdev->kobj);
		if (!held)
			module_put(cdev->owner);
	}
	rcu_read_unlock();
	return held;
}

static int file_release(struct inode *inode, struct file *file)
{
	struct hl_open *open = file->private_data;

	if (!is_gone(open->node) && rings(open->node, HL_NODE_RELEASE))
		hl_ask_plain(open->node, file, HYP_RELEASE, 0, 0,
			     HL_SLEEP_KILLABLE);
	/* It may have got one, once the inode was given back. */
	if (open->owes)
		cdev_hold(inode);
	hl_node_put(open->node);
	kfree(open);
	return 0;
}

static long do_ioctl(struct file *file, u32 cmd, unsigned long arg, u32 flags)
{
	const struct hl_open *open = file->private_data;
	struct hl_slot *slot;
	s64 ret;

	if (unlikely(is_gone(open->node)))
		return -ENODEV;
	slot = hl_ask_begin(open->node, file, HYP_IOCTL);
	if (!slot)
		return -ENOMEM;
	slot->context.flags = cpu_to_le32(flags);
	slot->request.ioctl.cmd = cmd;
	slot->request.ioctl.arg = arg;
	ret = hl_ask(slot);
	hl_slot_put(slot);
	return ret;
}

static long file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return do_ioctl(file, cmd, arg, 0);
}

#ifdef CONFIG_COMPAT
static long file_compat_ioctl(struct file *file, unsigned int cmd,
			      unsigned long arg)
{
	return do_ioctl(file, cmd, (unsigned long)compat_ptr(arg), HYP_COMPAT);
}
#endif

static loff_t seek_size(struct file *file, loff_t offset, int whence)
{
	const struct hl_open *open = file->private_data;
	loff_t size;
	s64 error = hl_ask_size(open->node, file, &size);

	if (error < 0)
		return error;
	return fixed_size_llseek(file, offset, whence, size);
}

static loff_t seek_model(struct file *file, loff_t offset, int whence)
{
	const struct hl_open *open = file->private_data;
	s64 ret = hl_ask_plain(open->node, file, HYP_LSEEK, whence, offset,
			       HL_SLEEP_SIGNALS);

	if (ret >= 0)
		file->f_pos = ret;
	return ret;
}

static loff_t file_llseek(struct file *file, loff_t offset, int whence)
{
	const struct hl_open *open = file->private_data;

	if (is_gone(open->node))
		return -ENODEV;
	switch (READ_ONCE(open->node->seek)) {
	case HL_SEEK_FREE:
		return no_seek_end_llseek(file, offset, whence);
	case HL_SEEK_SIZE:
		return seek_size(file, offset, whence);
	case HL_SEEK_MODEL:
		return seek_model(file, offset, whence);
	default:
		return -ESPIPE;
	}
}

static __poll_t file_poll(struct file *file, struct poll_table_struct *table)
{
	const struct hl_open *open = file->private_data;
	s64 ret;

	poll_wait(file, &open->node->poll, table);
	if (is_gone(open->node))
		return EPOLLERR | EPOLLHUP;
	if (!rings(open->node, HL_NODE_POLL))
		return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM;
	ret = hl_ask_plain(open->node, file, HYP_POLL, 0, 0, HL_SLEEP_SIGNALS);
	if (ret == -ERESTARTSYS)
		return 0;	/* who polls sees the signal */
	return ret < 0 ? EPOLLERR : (__force __poll_t)(u32)ret;
}

static int file_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	const struct hl_open *open = file->private_data;
	s64 ret = 0;

	if (is_gone(open->node))
		return -ENODEV;
	if (rings(open->node, HL_NODE_FSYNC))
		ret = hl_ask_plain(open->node, file, HYP_FSYNC, datasync, 0,
				   HL_SLEEP_SIGNALS);
	return ret < 0 ? ret : 0;
}

const struct file_operations hl_file_operations = {
	.owner = THIS_MODULE,
	.open = file_open,
	.release = file_release,
	.read = hl_file_read,
	.write = hl_file_write,
	.llseek = file_llseek,
	.unlocked_ioctl = file_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl = file_compat_ioctl,
#endif
	.poll = file_poll,
	.mmap = hl_file_mmap,
	.fsync = file_fsync,
};

/*
 * What an inode that is taken over has.  While the module goes it cannot be
 * had any more, and the kernel would warn about operations without an owner
 * to be had; so these have none, and open gets it.
 */
static int entry_open(struct inode *inode, struct file *file)
{
	int error = -ENODEV;
	struct hl_open *open;

	hl_flight_begin();
	if (try_module_get(THIS_MODULE)) {
		replace_fops(file, &hl_file_operations);
		error = file_open(inode, file);
	}
	if (!error) {
		open = file->private_data;
		open->owes = !cdev_hold(inode);
	}
	hl_flight_end();
	return error;
}

const struct file_operations hl_file_entry_operations = {
	.open = entry_open,
};

/*
 * For the other instances of procfs.  An entry goes while files of it are
 * open, so there is nothing that would outlive it: no poll, no mmap.
 */
const struct proc_ops hl_file_proc_operations = {
	.proc_open = proc_open,
	.proc_release = file_release,
	.proc_read = hl_file_read,
	.proc_write = hl_file_write,
	.proc_lseek = file_llseek,
	.proc_ioctl = file_ioctl,
#ifdef CONFIG_COMPAT
	.proc_compat_ioctl = file_compat_ioctl,
#endif
};
