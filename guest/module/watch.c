// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's init mounts over the places where nodes are: a few times a second
 * the work thread looks whether these folders are still what they were, and if
 * one is not, places the nodes below it anew.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/namei.h>
#include <linux/string.h>

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

static void place_again(struct hl_node *node, void *unused)
{
	int error;

	if (!node->moving)
		return;
	node->moving = false;
	error = hl_place(node);
	if (error)
		pr_warn("%s: cannot be placed again (error %d)\n", node->path,
			error);
}

void hl_watch_look(void)
{
	bool changed = false;
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
	if (changed)
		hl_nodes_each(place_again, NULL);
}

/* Before there are nodes. */
void hl_watch_start(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(spots); i++)
		look_at(&spots[i]);
	next_look = jiffies + msecs_to_jiffies(INTERVAL_MS);
}
