// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /dev/hlb_native: what a file model is compared with.  The least that a
 * driver can do: reads give HLB_BYTE at any position, writes are copied and
 * forgotten, every ioctl gives 0.  Runs in its callers' process context,
 * without a lock: all that writers share is a buffer that nobody reads.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "native.h"

/* Allocated: a module's own data costs TLB entries, which mips has few of. */
static char *bytes;		/* HLB_SIZE to read */
static char *written;		/* HLB_SIZE to write, behind them */

static ssize_t native_read(struct file *file, char __user *to, size_t size,
			   loff_t *offset)
{
	size = min_t(size_t, size, HLB_SIZE);
	return copy_to_user(to, bytes, size) ? -EFAULT : size;
}

static ssize_t native_write(struct file *file, const char __user *from,
			    size_t size, loff_t *offset)
{
	size = min_t(size_t, size, HLB_SIZE);
	return copy_from_user(written, from, size) ? -EFAULT : size;
}

static long native_ioctl(struct file *file, unsigned int command,
			 unsigned long arg)
{
	return 0;
}

static const struct file_operations native_operations = {
	.owner = THIS_MODULE,
	.read = native_read,
	.write = native_write,
	.unlocked_ioctl = native_ioctl,
};

static struct miscdevice native_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hlb_native",
	.fops = &native_operations,
};

int __init native_init(void)
{
	int error;

	bytes = kmalloc(2 * HLB_SIZE, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	written = bytes + HLB_SIZE;
	memset(bytes, HLB_BYTE, HLB_SIZE);
	error = misc_register(&native_device);
	if (error)
		kfree(bytes);
	return error;
}

void native_exit(void)
{
	misc_deregister(&native_device);
	kfree(bytes);
}
