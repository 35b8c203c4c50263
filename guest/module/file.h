/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_FILE_H
#define HL_GUEST_FILE_H

#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/proc_fs.h>

#include "node.h"

/* An open file: what its private_data is. */
struct hl_open {
	struct hl_node *node;
	u64 handle;
	bool owes;		/* of an inode taken over: cdev_hold() is due */
};

extern const struct file_operations hl_file_operations;
extern const struct file_operations hl_file_entry_operations;
extern const struct proc_ops hl_file_proc_operations;

/* file_io.c */
ssize_t hl_file_read(struct file *file, char __user *to, size_t size,
		     loff_t *offset);
ssize_t hl_file_write(struct file *file, const char __user *from, size_t size,
		      loff_t *offset);
ssize_t hl_file_io_kernel(struct file *file, bool write, void *buffer,
			  size_t size, loff_t *offset);
void hl_file_buffers_free(void);
int hl_node_io_kernel(struct hl_node *node, bool write, void *buffer,
		      size_t *size, loff_t *offset);

/* file_map.c */
int hl_file_mmap(struct file *file, struct vm_area_struct *vma);

#endif
