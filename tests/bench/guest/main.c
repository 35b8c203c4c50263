// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hl_bench.ko: rings in a loop from the kernel, as only the kernel may.
 * Write "KIND COUNT" to /proc/hl_bench (KIND: plain, floor, null, echo, copy),
 * then read how many nanoseconds the loop took.  One user at a time.  Also has
 * the device of native.c.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "calls.h"
#include "native.h"
#include "ring.h"
#include "wire.h"

/* Interrupts are off for that many rings: under a millisecond. */
#define COUNT_MAX 5000
#define ECHOED 0x0123456789abcdefULL

static const struct {
	const char *name;
	ring_fn *ring;
	u32 number;
	u64 ret;		/* what the block holds afterwards */
	u32 beside;		/* null: not at a block, as it carries none */
} kinds[] = {
	{ "plain", ring_plain, HL_CALL_ECHO, HL_RET_UNTOUCHED },
	{ "floor", ring_floor, HL_CALL_ECHO, HL_RET_UNTOUCHED },
	{ "null", ring_doorbell, HL_CALL_NULL, HL_RET_UNTOUCHED, 4 },
	{ "echo", ring_doorbell, HL_CALL_ECHO, ECHOED },
};

static struct hl_call *block;
static struct proc_dir_entry *entry;
static u64 took;

/* What a handler that reads an integer cannot do without. */
static int copy_and_ring(const char __user *from, u32 count)
{
	u32 word;

	while (count--) {
		if (copy_from_user(&word, from, sizeof(word)))
			return -EFAULT;
		ring_doorbell((void *)block,
			      (__force u32)cpu_to_le32(HL_CALL_ECHO), 1);
	}
	return 0;
}

static int time_copies(const char __user *from, u32 count)
{
	u64 start = ktime_get_ns();
	int error = copy_and_ring(from, count);

	took = ktime_get_ns() - start;
	return error;
}

static u64 timed(ring_fn *ring, void *at, u32 number, u32 count)
{
	unsigned long flags;
	u64 start, end;

	local_irq_save(flags);
	start = ktime_get_ns();
	ring(at, (__force u32)cpu_to_le32(number), count);
	end = ktime_get_ns();
	local_irq_restore(flags);
	return end - start;
}

static ssize_t bench_write(struct file *file, const char __user *from,
			   size_t size, loff_t *offset)
{
	char text[32] = "", name[16];
	u32 count;
	int i;

	if (size >= sizeof(text) || copy_from_user(text, from, size))
		return -EFAULT;
	if (sscanf(text, "%15s %u", name, &count) != 2 || count > COUNT_MAX)
		return -EINVAL;
	if (!strcmp(name, "copy"))
		return time_copies(from, count) ?: size;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, name))
			continue;
		memset(block, 0, sizeof(*block));
		block->arg[0] = cpu_to_le64(ECHOED);
		block->ret = cpu_to_le64(HL_RET_UNTOUCHED);
		took = timed(kinds[i].ring, (void *)block + kinds[i].beside,
			     kinds[i].number, count);
		if (le64_to_cpu(block->ret) != kinds[i].ret)
			return -EIO;	/* it did not ring, or all did */
		return size;
	}
	return -EINVAL;
}

static ssize_t bench_read(struct file *file, char __user *to, size_t size,
			  loff_t *offset)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%llu\n", took);

	return simple_read_from_buffer(to, size, offset, text, length);
}

static const struct proc_ops bench_operations = {
	.proc_read = bench_read,
	.proc_write = bench_write,
};

static int __init bench_init(void)
{
	int error = -ENOMEM;

	/* kmalloc aligns what has the size of a power of two to that size. */
	block = kzalloc(HL_CALL_SIZE, GFP_KERNEL);
	if (!block)
		return -ENOMEM;
	entry = proc_create("hl_bench", 0600, NULL, &bench_operations);
	if (!entry)
		goto free_block;
	error = native_init();
	if (error)
		goto remove_entry;
	return 0;

remove_entry:
	proc_remove(entry);
free_block:
	kfree(block);
	return error;
}

static void __exit bench_exit(void)
{
	native_exit();
	proc_remove(entry);
	kfree(block);
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("HyperLua's doorbell, rung in loops that are timed");
MODULE_LICENSE("GPL");
