// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a node's file is: what is at its path already is taken over; else the
 * namespace's placer makes one first.  Under the nodes' mutex.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/namei.h>
#include <linux/string.h>

#include "compat.h"
#include "node.h"
#include "place.h"

/* The first whose top fits, so the narrower ones come first. */
static const struct hl_placer * const placers[] = {
	&hl_place_sysctl, &hl_place_proc, &hl_place_sys, &hl_place_dev,
	&hl_place_file,
};

static const struct hl_placer *placer_of(const char *path)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(placers) - 1; i++) {
		if (!strncmp(path, placers[i]->top, strlen(placers[i]->top)))
			break;
	}
	return placers[i];
}

/* The path's last part. */
const char *hl_place_name(const struct hl_node *node)
{
	return kbasename(node->path);
}

static bool is_mounted(const struct hl_placer *placer)
{
	struct path path;
	bool mounted;

	if (!placer->mount)
		return true;
	if (kern_path(placer->mount, LOOKUP_FOLLOW, &path))
		return false;
	mounted = path.dentry->d_sb->s_magic == placer->magic;
	path_put(&path);
	return mounted;
}

/*
 * -ENOENT: there is nothing at the path.  Where each process sees an inode of
 * its own, what we made serves without it, and the kernel's stays as it is.
 */
static int take_what_is_there(struct hl_node *node)
{
	struct path path;
	int error = kern_path(node->path, LOOKUP_FOLLOW, &path);

	if (error)
		return error;
	if (!hl_proc_is_own(path.dentry))
		error = hl_inode_take(node, path.dentry);
	else if (!node->placer)
		error = -EOPNOTSUPP;
	path_put(&path);
	return error;
}

static int make(struct hl_node *node, const struct hl_placer *placer)
{
	int error = placer->make(node);

	if (error)
		return error;
	node->placer = placer;
	if (!node->taken)
		error = take_what_is_there(node);
	if (error)
		hl_unplace(node);
	else
		hl_place_chmod(node);
	return error;
}

/*
 * A file for a system that is not mounted yet waits until it is: that is no
 * error, watch.c asks again.
 */
int hl_place(struct hl_node *node)
{
	const struct hl_placer *placer = placer_of(node->path);
	int error = take_what_is_there(node);

	if (error != -ENOENT)
		return error;
	return is_mounted(placer) ? make(node, placer) : 0;
}

void hl_unplace(struct hl_node *node)
{
	hl_inode_give_back(node);
	if (node->placer)
		node->placer->unmake(node);
	node->placer = NULL;
	hl_inode_drop(node);
}

/*
 * After something was mounted above the node: false if its file is still what
 * its path leads to.  What appears in every mount is taken in the new one at
 * once; true: the rest was given back, and is to be placed anew.
 */
bool hl_place_moved(struct hl_node *node)
{
	struct path path;
	int error = kern_path(node->path, LOOKUP_FOLLOW, &path);
	bool there = !error && hl_inode_is_of(node, d_inode(path.dentry));

	if (!error)
		path_put(&path);
	if (!error && !there && node->placer && node->placer->everywhere) {
		hl_inode_give_back(node);
		hl_inode_drop(node);
		there = !take_what_is_there(node);
	}
	if (!there)
		hl_unplace(node);
	return !there;
}

/* Of files that we made; those that we took over keep theirs. */
void hl_place_chmod(struct hl_node *node)
{
	struct dentry *dentry = hl_inode_dentry(node);
	struct iattr change = { .ia_valid = ATTR_MODE };
	struct inode *inode;

	if (!node->placer || !dentry)
		return;
	inode = d_inode(dentry);
	if ((inode->i_mode & S_IALLUGO) == node->mode)
		return;
	if (node->placer->chmod) {
		node->placer->chmod(node);
		return;
	}
	change.ia_mode = (inode->i_mode & S_IFMT) | node->mode;
	inode_lock(inode);
	if (notify_change(HL_IDMAP_NONE dentry, &change, NULL))
		pr_warn("%s: its mode cannot be set\n", node->path);
	inode_unlock(inode);
}
