// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest mounts over the places where nodes are, and unmounts them: a few
 * times a second the work thread looks whether some folders are still what
 * they were, and whether a file lies below a mount by now; if so, it places
 * the nodes concerned anew.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/namei.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "compat.h"
#include "node.h"
#include "place.h"

#define INTERVAL_MS 250

/* The work thread's alone, after init. */
static struct spot {
	const char *path;
	const struct super_block *sb;	/* only compared */
	const struct dentry *root;
} spots[] = {
	{ "/" }, { "/dev" }, { "/proc" }, { "/sys" },
};

static unsigned long next_look;

/* Whether it has changed. */
static bool look_at(struct spot *spot)
{
	struct spot now = { .path = spot->path };
	struct path path;
	bool changed;

	if (!kern_path(spot->path, LOOKUP_FOLLOW, &path)) {
		now.sb = path.dentry->d_sb;
		now.root = path.dentry;
		path_put(&path);
	}
	changed = now.sb != spot->sb || now.root != spot->root;
	*spot = now;
	return changed;
}

static void give_up(struct hl_node *node, void *data)
{
	const char *top = data;
	size_t length = strlen(top);

	if (!strncmp(node->path, top, length) &&
	    (node->path[length] == '/' || length == 1))
		node->moving = hl_place_moved(node);
}

/*
 * Whether the file may be out of sight: something is mounted on a folder above
 * it, or its own file system nowhere any more.
 */
static bool is_covered(const struct dentry *dentry)
{
	const struct dentry *parent;
	bool covered;

	rcu_read_lock();
	covered = hl_is_unmounted(dentry->d_sb);
	while (!covered) {
		covered = d_mountpoint(dentry);
		parent = READ_ONCE(dentry->d_parent);
		if (parent == dentry)
			break;
		dentry = parent;
	}
	rcu_read_unlock();
	return covered;
}

static void give_up_covered(struct hl_node *node, void *changed)
{
	const struct dentry *dentry = hl_inode_dentry(node);

	if (dentry && is_covered(dentry) && hl_place_moved(node)) {
		node->moving = true;
		*(bool *)changed = true;
	}
}

/* What cannot be, on a file system that is read-only or goes, is tried on. */
static void place_again(struct hl_node *node, void *lost)
{
	int error;

	if (!node->moving)
		return;
	error = hl_place(node);
	if (error && !node->lost)
		pr_warn("%s: cannot be placed again now (error %d)\n",
			node->path, error);
	node->lost = error != 0;
	node->moving = node->lost;
	*(bool *)lost |= node->lost;
}

void hl_watch_look(void)
{
	static bool lost;
	bool changed = lost;
	u32 i;

	if (time_before(jiffies, next_look))
		return;
	next_look = jiffies + msecs_to_jiffies(INTERVAL_MS);
	for (i = 0; i < ARRAY_SIZE(spots); i++) {
		if (look_at(&spots[i])) {
			hl_nodes_each(give_up, (void *)spots[i].path);
			changed = true;
		}
	}
	hl_nodes_each(give_up_covered, &changed);
	lost = false;
	if (changed)
		hl_nodes_each(place_again, &lost);
}

/* Before there are nodes. */
void hl_watch_start(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(spots); i++)
		look_at(&spots[i]);
	next_look = jiffies + msecs_to_jiffies(INTERVAL_MS);
}
