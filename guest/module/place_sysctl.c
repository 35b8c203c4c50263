// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/sys: a sysctl table of one entry, which works in every instance of
 * procfs; in the one at /proc the inode is taken over on top.  Made under the
 * nodes' mutex; the handler runs in the process that reads or writes.
 */
#include <linux/errno.h>
#include <linux/magic.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysctl.h>

#include "compat.h"
#include "file.h"
#include "hook.h"
#include "place.h"

#define TOP "/proc/sys/"

struct entry {
	struct ctl_table_header *header;
	struct ctl_table table[2];	/* the second ends it, before 6.6 */
	char folder[];
};

static int serve(hl_ctl_table *table, int write, void *buffer, size_t *size,
		 loff_t *offset)
{
	int error;

	hl_flight_begin();
	error = hl_node_io_kernel(table->data, write, buffer, size, offset);
	hl_flight_end();
	return error;
}

static int sysctl_make(struct hl_node *node)
{
	const char *path = node->path + strlen(TOP);
	size_t length = hl_place_name(node) - path;
	struct entry *entry = kzalloc(sizeof(*entry) + length + 1, GFP_KERNEL);

	if (!entry)
		return -ENOMEM;
	memcpy(entry->folder, path, length);
	if (length)
		entry->folder[length - 1] = '\0';
	entry->table[0].procname = hl_place_name(node);
	entry->table[0].mode = node->mode & (S_IRUGO | S_IWUGO);
	entry->table[0].data = node;
	entry->table[0].proc_handler = serve;
	entry->header = hl_register_sysctl(entry->folder, entry->table);
	if (!entry->header) {
		kfree(entry);
		return -EINVAL;
	}
	node->made = entry;
	return 0;
}

static void sysctl_unmake(struct hl_node *node)
{
	struct entry *entry = node->made;

	unregister_sysctl_table(entry->header);
	kfree(entry);
	node->made = NULL;
}

/* procfs refuses to change it; what is asked on open is the table's. */
static void sysctl_chmod(struct hl_node *node)
{
	struct inode *inode = d_inode(hl_inode_dentry(node));
	struct entry *entry = node->made;
	umode_t mode = node->mode & (S_IRUGO | S_IWUGO);

	WRITE_ONCE(entry->table[0].mode, mode);
	WRITE_ONCE(inode->i_mode, S_IFREG | mode);
}

const struct hl_placer hl_place_sysctl = {
	.top = TOP,
	.mount = "/proc",
	.magic = PROC_SUPER_MAGIC,
	.everywhere = true,
	.make = sysctl_make,
	.unmake = sysctl_unmake,
	.chmod = sysctl_chmod,
};
