// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc: entries of procfs, which work in every instance of it; in the one at
 * /proc the inode is taken over on top (stat, poll, mmap, fsync).  Under the
 * nodes' mutex.
 */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
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

/*
 * Whether each process finds a file of its own where this one was found: in
 * the folder of whoever looked, by way of /proc/self, which /proc/net and
 * /proc/mounts lead through.
 */
bool hl_proc_is_own(const struct dentry *dentry)
{
	const struct dentry *parent;
	pid_t pid;
	bool own;

	if (dentry->d_sb->s_magic != PROC_SUPER_MAGIC)
		return false;
	rcu_read_lock();
	for (;;) {
		parent = READ_ONCE(dentry->d_parent);
		if (IS_ROOT(parent))
			break;
		dentry = parent;
	}
	own = !kstrtoint(dentry->d_name.name, 10, &pid) &&
	      pid == task_tgid_nr(current);
	rcu_read_unlock();
	return own;
}

/* Those folders hold no entries, and procfs makes none that looks like one. */
static bool is_process(const char *path)
{
	const char *name = path + strlen(TOP);
	size_t digits = strspn(name, "0123456789");

	return (digits && (!name[digits] || name[digits] == '/')) ||
	       begins(name, "self/") || begins(name, "thread-self/");
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
