// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files in file systems that can be written, through the VFS: regular ones
 * for paths that no other placer serves, and the device nodes of place_dev.c.
 * Under the nodes' mutex.
 */
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/string.h>

#include "compat.h"
#include "node.h"
#include "place.h"

/*
 * Unlinks what we hold, wherever it lies by now.  The mount may be gone, so
 * this guards itself against a file system that is being frozen.
 */
static void remove_held(struct dentry *dentry)
{
	struct dentry *parent = dget_parent(dentry);
	struct inode *dir = d_inode(parent);

	if (!sb_start_write_trylock(dentry->d_sb))
		goto put_parent;
	inode_lock_nested(dir, I_MUTEX_PARENT);
	if (dentry->d_parent == parent && !d_unhashed(dentry)) {
		if (d_is_dir(dentry))
			hl_rmdir(dir, dentry);
		else
			vfs_unlink(HL_IDMAP_NONE dir, dentry, NULL);
	}
	inode_unlock(dir);
	sb_end_write(dentry->d_sb);
put_parent:
	dput(parent);
}

static int folder_make(struct hl_folder *folder)
{
	struct path path;
	struct dentry *dentry = hl_start_creating(hl_folder_path(folder), &path,
						  LOOKUP_DIRECTORY);
	int error;

	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	error = hl_mkdir(d_inode(path.dentry), &dentry, 0755);
	if (!error && d_really_is_positive(dentry) &&
	    atomic_inc_not_zero(&dentry->d_sb->s_active))
		*hl_folder_made(folder) = dget(dentry);
	hl_end_creating(&path, dentry);
	return error;
}

static void folder_unmake(struct hl_folder *folder)
{
	struct dentry *dentry = *hl_folder_made(folder);
	struct super_block *sb;

	if (!dentry)
		return;
	sb = dentry->d_sb;
	remove_held(dentry);
	dput(dentry);
	deactivate_super(sb);
}

static int create(struct hl_node *node, umode_t type, dev_t dev)
{
	struct path path;
	struct dentry *dentry = hl_start_creating(node->path, &path, 0);
	struct inode *dir;
	int error;

	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	dir = d_inode(path.dentry);
	if (type == S_IFREG)
		error = hl_create(dir, dentry, type | node->mode);
	else
		error = hl_mknod(dir, dentry, type | node->mode, dev);
	if (!error) {
		error = hl_inode_take(node, dentry);
		if (error)
			vfs_unlink(HL_IDMAP_NONE dir, dentry, NULL);
	}
	hl_end_creating(&path, dentry);
	return error;
}

int hl_file_make(struct hl_node *node, umode_t type, dev_t dev)
{
	struct hl_folder *folder = hl_folder_get(node->path, folder_make,
						 folder_unmake);
	int error;

	if (IS_ERR(folder))
		return PTR_ERR(folder);
	error = create(node, type, dev);
	if (error)
		hl_folder_put(folder);
	else
		node->folder = folder;
	return error;
}

void hl_file_unmake(struct hl_node *node)
{
	struct dentry *dentry = hl_inode_dentry(node);

	if (dentry)
		remove_held(dentry);
	hl_folder_put(node->folder);
	node->folder = NULL;
}

static int file_make(struct hl_node *node)
{
	return hl_file_make(node, S_IFREG, 0);
}

const struct hl_placer hl_place_file = {
	.top = "/",
	.make = file_make,
	.unmake = hl_file_unmake,
};
