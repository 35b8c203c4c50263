// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /dev/hyperlua: the output and the exit status of the guest's COMMAND, past
 * the console.  Called by guest processes, for root only, without locks.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "call.h"
#include "dev.h"
#include "uapi.h"

#define STREAM_OUT 1
#define STREAM_ERR 2

static int dev_open(struct inode *inode, struct file *file)
{
	file->private_data = (void *)STREAM_OUT;
	return stream_open(inode, file);
}

/* Bytes written, at least one, or -errno. */
static ssize_t output(struct hl_slot *slot, unsigned long stream,
		      const char __user *from, size_t size)
{
	void *bounce = slot->region;
	u64 ret;

	BUILD_BUG_ON(HL_OUTPUT_MAX > HL_REGION_SIZE);
	if (copy_from_user(bounce, from, size))
		return -EFAULT;
	ret = hl_call(slot, HL_CALL_OUTPUT, stream, (unsigned long)bounce,
		      size);
	if (ret == HL_RET_UNTOUCHED)
		return -ENODEV;
	if ((s64)ret < 0 && (s64)ret >= -MAX_ERRNO)
		return (s64)ret;
	return ret && ret <= size ? ret : -EIO;
}

static ssize_t dev_write(struct file *file, const char __user *from,
			 size_t size, loff_t *offset)
{
	unsigned long stream = (unsigned long)file->private_data;
	struct hl_slot *slot = hl_slot_get();
	ssize_t done = 0;
	ssize_t ret = 0;

	if (!slot)
		return -ENOMEM;
	while (done < size && ret >= 0) {
		ret = output(slot, stream, from + done,
			     min_t(size_t, size - done, HL_OUTPUT_MAX));
		if (ret > 0)
			done += ret;
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	hl_slot_put(slot);
	return done ? done : ret;
}

static long tell_exit(u32 status)
{
	struct hl_slot *slot = hl_slot_get();
	u64 ret;

	if (!slot)
		return -ENOMEM;
	ret = hl_call(slot, HL_CALL_EXIT, status, 0, 0);
	hl_slot_put(slot);
	return ret ? -EIO : 0;
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case HL_IOC_STREAM:
		if (arg != STREAM_OUT && arg != STREAM_ERR)
			return -EINVAL;
		file->private_data = (void *)arg;
		return 0;
	case HL_IOC_EXIT:
		return tell_exit(arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations dev_operations = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.write = dev_write,
	.unlocked_ioctl = dev_ioctl,
	.compat_ioctl = dev_ioctl,	/* no argument is a pointer */
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hyperlua",
	.fops = &dev_operations,
	.mode = 0600,
};

int hl_dev_add(void)
{
	return misc_register(&device);
}

void hl_dev_remove(void)
{
	misc_deregister(&device);
}
