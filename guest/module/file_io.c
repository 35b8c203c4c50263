// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * read and write: the bytes go through kernel memory, which the engine reaches
 * whatever the process has mapped.  What fits goes through the slot's region,
 * so that a small operation allocates nothing.  In the process itself.
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "file_ask.h"

/*
 * One buffer of this size is kept: a kernel that zeroes what it allocates takes
 * as long for that as for the whole read.
 */
#define KEPT_SIZE (64 << 10)

static void *kept;			/* taken and returned by xchg() */

static void *buffer_new(size_t size)
{
	return kmalloc(size, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
}

/* Shortens *size to what could be had; NULL when not even a page could. */
static void *buffer_large(size_t *size)
{
	void *buffer = NULL;

	if (*size <= KEPT_SIZE) {
		buffer = xchg(&kept, NULL);
		if (!buffer)
			buffer = buffer_new(KEPT_SIZE);
	}
	*size = min_t(size_t, *size, HYP_LENGTH_MAX);
	while (!buffer) {
		buffer = buffer_new(*size);
		if (buffer || *size <= PAGE_SIZE)
			break;
		*size /= 2;
	}
	return buffer;
}

/* What goes with the call block, in the region, or on its own. */
static void *buffer_get(struct hl_slot *slot, size_t *size)
{
	if (*size <= sizeof(slot->small))
		return slot->small;
	if (*size <= HL_CHUNK)
		return slot->region->data;
	return buffer_large(size);
}

static void buffer_put(const struct hl_slot *slot, void *buffer)
{
	if (buffer == slot->small || buffer == slot->region->data)
		return;
	if (ksize(buffer) == KEPT_SIZE)
		buffer = xchg(&kept, buffer);
	kfree(buffer);
}

/* When no file is open any more. */
void hl_file_buffers_free(void)
{
	kfree(kept);
	kept = NULL;
}

/*
 * Not copy_to_user(), which first looks up whether the buffer is an object of
 * that size: it is ours, and the size is bounded.
 */
static bool to_user(char __user *to, const void *from, size_t size)
{
	return access_ok(to, size) && !raw_copy_to_user(to, from, size);
}

static bool from_user(void *to, const char __user *from, size_t size)
{
	return access_ok(from, size) && !raw_copy_from_user(to, from, size);
}

/* A model may say that it did less, never more. */
static ssize_t bounded(s64 ret, size_t size)
{
	return ret > (s64)size ? -EIO : ret;
}

static ssize_t read_into(struct hl_slot *slot, void *buffer, char __user *to,
			 size_t size, loff_t *offset)
{
	ssize_t ret;

	hl_ask_io(slot, buffer, size, *offset);
	ret = bounded(hl_ask(slot), size);
	if (ret <= 0)
		return ret;
	if (!to_user(to, buffer, ret))
		return -EFAULT;
	*offset += ret;
	return ret;
}

ssize_t hl_file_read(struct file *file, char __user *to, size_t size,
		     loff_t *offset)
{
	const struct hl_open *open = file->private_data;
	ssize_t ret = -ENOMEM;
	struct hl_slot *slot;
	void *buffer;

	if (unlikely(READ_ONCE(open->node->removed)))
		return -ENODEV;
	slot = hl_ask_begin(open->node, file, HYP_READ);
	if (!slot)
		return -ENOMEM;
	buffer = buffer_get(slot, &size);
	if (buffer) {
		ret = read_into(slot, buffer, to, size, offset);
		buffer_put(slot, buffer);
	}
	hl_slot_put(slot);
	return ret;
}

/* Copied anew for each attempt: what a model asks goes through the region. */
static ssize_t write_from(struct hl_slot *slot, void *buffer,
			  const char __user *from, size_t size, loff_t *offset)
{
	s64 ret = HYP_RETRY;
	u32 i;

	hl_ask_io(slot, buffer, size, *offset);
	for (i = 0; i < HL_ASK_TRIES && ret == HYP_RETRY; i++) {
		if (!from_user(buffer, from, size))
			return -EFAULT;
		ret = hl_ask_once(slot);
	}
	ret = ret == HYP_RETRY ? -EFAULT : bounded(ret, size);
	if (ret > 0)
		*offset += ret;
	return ret;
}

ssize_t hl_file_write(struct file *file, const char __user *from, size_t size,
		      loff_t *offset)
{
	const struct hl_open *open = file->private_data;
	ssize_t ret = -ENOMEM;
	struct hl_slot *slot;
	void *buffer;

	if (unlikely(READ_ONCE(open->node->removed)))
		return -ENODEV;
	slot = hl_ask_begin(open->node, file, HYP_WRITE);
	if (!slot)
		return -ENOMEM;
	buffer = buffer_get(slot, &size);
	if (buffer) {
		ret = write_from(slot, buffer, from, size, offset);
		buffer_put(slot, buffer);
	}
	hl_slot_put(slot);
	return ret;
}

static s64 ask_kernel(struct hl_slot *slot, bool write, void *buffer,
		      size_t size, loff_t offset)
{
	void *data = slot->region->data;
	s64 ret;

	if (write)
		memcpy(data, buffer, size);
	hl_ask_io(slot, data, size, offset);
	ret = hl_ask_once(slot);
	ret = ret == HYP_RETRY ? -EFAULT : bounded(ret, size);
	if (!write && ret > 0)
		memcpy(buffer, data, ret);
	return ret;
}

/* For op_file.c, which reads files for the engine: at most HL_CHUNK bytes. */
ssize_t hl_file_io_kernel(struct file *file, bool write, void *buffer,
			  size_t size, loff_t *offset)
{
	const struct hl_open *open = file->private_data;
	struct hl_slot *slot;
	s64 ret;

	if (READ_ONCE(open->node->removed))
		return -ENODEV;
	slot = hl_ask_begin(open->node, file, write ? HYP_WRITE : HYP_READ);
	if (!slot)
		return -ENOMEM;
	ret = ask_kernel(slot, write, buffer, size, *offset);
	hl_slot_put(slot);
	if (ret > 0)
		*offset += ret;
	return ret;
}

/* For a sysctl: with a buffer of the kernel's; 0 or -errno. */
int hl_node_io_kernel(struct hl_node *node, bool write, void *buffer,
		      size_t *size, loff_t *offset)
{
	struct hl_slot *slot = hl_ask_begin(node, NULL,
					    write ? HYP_WRITE : HYP_READ);
	s64 ret;

	if (!slot)
		return -ENOMEM;
	ret = ask_kernel(slot, write, buffer,
			 min_t(size_t, *size, HL_CHUNK), *offset);
	hl_slot_put(slot);
	if (ret < 0)
		return ret;
	*size = ret;
	*offset += ret;
	return 0;
}
