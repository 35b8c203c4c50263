// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc: entries of procfs, which work in every instance of it; in the one at
 * /proc the inode is taken over on top (stat, poll, mmap, fsync).  Under the
 * nodes' mutex.
 */
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/magic.h>
#include <linux/proc_fs.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "file.h"
#include "place.h"

#define TOP "/proc/"

static bool begins(const char *path, const char *with)
{
	return !strncmp(path, with, strlen(with));
}

/* /proc/net is a link; its files lie in the network namespace's own tree. */
static const char *split(const char *path, struct proc_dir_entry **parent)
{
	const char *name = path + strlen(TOP);

	*parent = NULL;
	if (begins(name, "net/")) {
		*parent = init_net.proc_net;
		name += 4;
	}
	return name;
}

/* Whether each process finds a file of its own at that path. */
bool hl_proc_is_own(const char *path)
{
	return begins(path, TOP "net/") || begins(path, TOP "self/") ||
	       begins(path, TOP "thread-self/");
}

/* The folders of processes hold no entries; /proc/net is none of them. */
static bool is_process(const char *path)
{
	const char *name = path + strlen(TOP);

	return (isdigit(*name) && strchr(name, '/')) ||
	       (hl_proc_is_own(path) && !begins(name, "net/"));
}

static int folder_make(struct hl_folder *folder)
{
	struct proc_dir_entry *parent, *entry;
	const char *name = split(hl_folder_path(folder), &parent);

	entry = proc_mkdir(name, parent);
	*hl_folder_made(folder) = entry;
	return entry ? 0 : -ENOMEM;
}

static void folder_unmake(struct hl_folder *folder)
{
	proc_remove(*hl_folder_made(folder));
}

static int proc_make(struct hl_node *node)
{
	struct proc_dir_entry *parent;
	const char *name = split(node->path, &parent);
	struct hl_folder *folder;

	if (is_process(node->path))
		return -EOPNOTSUPP;
	folder = hl_folder_get(node->path, folder_make, folder_unmake);
	if (IS_ERR(folder))
		return PTR_ERR(folder);
	node->made = proc_create_data(name, S_IFREG | node->mode, parent,
				      &hl_file_proc_operations, node);
	if (!node->made) {
		hl_folder_put(folder);
		return -ENOMEM;
	}
	proc_set_size(node->made, node->size);
	node->folder = folder;
	return 0;
}

static void proc_unmake(struct hl_node *node)
{
	proc_remove(node->made);
	hl_folder_put(node->folder);
	node->made = NULL;
	node->folder = NULL;
}

const struct hl_placer hl_place_proc = {
	.top = TOP,
	.mount = "/proc",
	.magic = PROC_SUPER_MAGIC,
	.everywhere = true,
	.make = proc_make,
	.unmake = proc_unmake,
};
