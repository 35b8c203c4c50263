/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_NODE_H
#define HL_GUEST_NODE_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/wait.h>

#include "hyperfile.h"

struct dentry;
struct hl_map;
struct hl_placer;
struct hl_taken;
struct inode;

/* One file that the engine answers for. */
struct hl_node {
	u32 id;
	u32 flags;			/* HL_NODE_*; these five may change */
	u32 mode;
	u32 seek;			/* enum hl_node_seek */
	u64 size;
	dev_t device;			/* what stat says; 0: the inode's own */
	bool removed;
	refcount_t refs;		/* the table, open files, who looks */
	wait_queue_head_t poll;
	struct hl_map *map;		/* under file_map.c's lock; or NULL */

	/* Where it is; under the nodes' mutex. */
	struct hl_taken *taken;		/* NULL: not placed yet */
	const struct hl_placer *placer;	/* who made the file; NULL: nobody */
	void *made;			/* the placer's */
	void *folder;			/* the placer's */
	bool moving;			/* watch.c: to be placed again */
	bool lost;			/* watch.c: which failed */
	u32 minor;			/* place_dev.c; found without the mutex */

	struct rcu_head rcu;
	u32 path_size;
	char path[];			/* kmalloc'd: the engine reads it */
};

/* HL_OP_NODE_ADD in this machine's byte order. */
struct hl_node_want {
	u32 id;
	u32 flags;
	u32 mode;
	u32 seek;
	u64 size;
	dev_t device;
	u32 map_size;
	u32 path_size;
	const char *path;
};

/* node.c: which nodes there are */
int hl_node_add(const struct hl_node_want *want);
int hl_node_remove(u32 id);
void hl_nodes_remove_all(void);
struct hl_node *hl_node_find(u32 id);
bool hl_node_try_get(struct hl_node *node);
void hl_node_put(struct hl_node *node);
void hl_nodes_each(void (*visit)(struct hl_node *node, void *data),
		   void *data);

/* watch.c: file systems that are mounted over nodes */
void hl_watch_start(void);
void hl_watch_look(void);

/* inode.c: inodes that are taken over */
int hl_inode_take(struct hl_node *node, struct dentry *dentry);
void hl_inode_give_back(struct hl_node *node);
bool hl_inode_is_of(const struct hl_node *node, const struct inode *inode);
struct dentry *hl_inode_dentry(const struct hl_node *node);
void hl_inode_drop(struct hl_node *node);
struct hl_node *hl_inode_node(struct inode *inode);
void hl_inodes_settle(void);
void hl_inodes_free(void);

/* file_map.c: the buffers that mmap gives */
int hl_map_resize(struct hl_node *node, u32 size);
struct hl_map *hl_map_get(struct hl_node *node);
void hl_map_put(struct hl_map *map);

#endif
