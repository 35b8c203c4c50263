// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taking an inode over: its operations become ours, and go back as they were.
 *
 * Taken and given back under the nodes' mutex; the table from inode to node is
 * read under RCU by whoever opens or asks about the file.  What is held is the
 * dentry and the superblock, not the mount, so the guest can unmount.
 *
 * The copies of inode_operations, shared by those that are alike, stay until
 * no code can be reading them any more, which is when the module goes.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dcache.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/string.h>

#include "compat.h"
#include "file_ask.h"
#include "hook.h"
#include "place.h"

struct hl_taken {
	struct hlist_node in_table;	/* RCU */
	struct hl_node *node;
	struct inode *inode;
	struct dentry *dentry;
	const struct inode_operations *i_op;	/* the originals */
	const struct file_operations *i_fop;	/* NULL: was left as it is */
	struct rcu_head rcu;
};

struct ops_copy {
	struct list_head node;
	struct inode_operations copy;
};

static DEFINE_HASHTABLE(table, 12);	/* changed under the nodes' mutex */
static LIST_HEAD(copies);		/* under the nodes' mutex */
static bool leased;			/* under the nodes' mutex */

/* Time for those who were woken to leave their system calls. */
#define SETTLE_MS 500

/* Under RCU. */
static struct hl_taken *taken_find(const struct inode *inode)
{
	struct hl_taken *taken;

	hash_for_each_possible_rcu(table, taken, in_table,
				   (unsigned long)inode) {
		if (taken->inode == inode)
			return taken;
	}
	return NULL;
}

/*
 * NULL, or a node to be put back.  *original is what to ask beside it: the
 * inode's own operations, whoever has the inode at this moment.
 */
static struct hl_node *look_up(struct inode *inode,
			       const struct inode_operations **original)
{
	struct hl_node *node = NULL;
	struct hl_taken *taken;

	rcu_read_lock();
	taken = taken_find(inode);
	*original = taken ? taken->i_op : READ_ONCE(inode->i_op);
	if (taken && hl_node_try_get(taken->node))
		node = taken->node;
	rcu_read_unlock();
	return node;
}

struct hl_node *hl_inode_node(struct inode *inode)
{
	const struct inode_operations *original;

	return look_up(inode, &original);
}

static void show(const struct hl_node *node, struct kstat *stat, loff_t size)
{
	dev_t device = READ_ONCE(node->device);

	stat->size = size;
	if (device && S_ISCHR(stat->mode))
		stat->rdev = device;
}

/* stat: the engine says the size, the inode the rest. */
static int node_getattr(HL_IDMAP_PARAM const struct path *path,
			struct kstat *stat, u32 mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	const struct inode_operations *original;
	struct hl_node *node;
	loff_t size = 0;
	s64 error = 0;

	hl_flight_begin();
	node = look_up(inode, &original);
	if (node && !READ_ONCE(node->removed))
		error = hl_ask_size(node, NULL, &size);
	if (error < 0)
		goto put_node;
	error = 0;
	if (original->getattr && original->getattr != node_getattr)
		error = original->getattr(HL_IDMAP_ARG path, stat, mask, flags);
	else
		hl_fillattr(HL_IDMAP_ARG mask, inode, stat);
	if (!error && node)
		show(node, stat, size);
put_node:
	if (node)
		hl_node_put(node);
	hl_flight_end();
	return error;
}

/* O_TRUNC and truncate leave alone what was taken over. */
static int node_setattr(HL_IDMAP_PARAM struct dentry *dentry,
			struct iattr *attr)
{
	const struct inode_operations *original;
	struct hl_node *node;
	int error;

	hl_flight_begin();
	node = look_up(d_inode(dentry), &original);
	if (node)
		attr->ia_valid &= ~(ATTR_SIZE | ATTR_OPEN | ATTR_FILE);
	if (original->setattr && original->setattr != node_setattr)
		error = original->setattr(HL_IDMAP_ARG dentry, attr);
	else
		error = simple_setattr(HL_IDMAP_ARG dentry, attr);
	if (node)
		hl_node_put(node);
	hl_flight_end();
	return error;
}

static const struct inode_operations *
copy_of(const struct inode_operations *original)
{
	struct inode_operations wanted = *original;
	struct ops_copy *entry;

	wanted.getattr = node_getattr;
	wanted.setattr = node_setattr;
	list_for_each_entry(entry, &copies, node) {
		if (!memcmp(&entry->copy, &wanted, sizeof(wanted)))
			return &entry->copy;
	}
	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return NULL;
	memcpy(&entry->copy, &wanted, sizeof(wanted));
	list_add(&entry->node, &copies);
	return &entry->copy;
}

/* The inode's lock keeps setattr from seeing two different tables. */
static void operations_set(struct inode *inode,
			   const struct inode_operations *i_op,
			   const struct file_operations *i_fop)
{
	inode_lock(inode);
	smp_store_release(&inode->i_op, i_op);
	if (i_fop)
		smp_store_release(&inode->i_fop, i_fop);
	inode_unlock(inode);
}

static struct hl_taken *taken_new(struct hl_node *node, struct dentry *dentry)
{
	struct hl_taken *taken = kzalloc(sizeof(*taken), GFP_KERNEL);

	if (!taken)
		return ERR_PTR(-ENOMEM);
	if (!atomic_inc_not_zero(&dentry->d_sb->s_active)) {
		kfree(taken);
		return ERR_PTR(-ENOENT);
	}
	taken->node = node;
	taken->dentry = dget(dentry);
	taken->inode = d_inode(dentry);
	taken->i_op = taken->inode->i_op;
	/* Those of place_dev.c find the way by their number. */
	if (hl_dev_node(taken->inode) != node)
		taken->i_fop = taken->inode->i_fop;
	return taken;
}

static bool is_taken(const struct inode *inode)
{
	bool found;

	rcu_read_lock();
	found = taken_find(inode);
	rcu_read_unlock();
	return found;
}

/* -EBUSY: another node has it. */
int hl_inode_take(struct hl_node *node, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	const struct inode_operations *copy;
	struct hl_taken *taken;

	if (!inode)
		return -ENOENT;
	if (S_ISDIR(inode->i_mode))
		return -EISDIR;
	if (is_taken(inode))
		return -EBUSY;
	copy = copy_of(inode->i_op);
	if (!copy)
		return -ENOMEM;
	taken = taken_new(node, dentry);
	if (IS_ERR(taken))
		return PTR_ERR(taken);
	node->taken = taken;
	hash_add_rcu(table, &taken->in_table, (unsigned long)inode);
	operations_set(inode, copy,
		       taken->i_fop ? &hl_file_entry_operations : NULL);
	return 0;
}

static bool has_lease(const struct inode *inode)
{
	const struct file_lock_context *locks = READ_ONCE(inode->i_flctx);

	return locks && !list_empty_careful(&locks->flc_lease);
}

/* Also when the file was unlinked meanwhile: we hold the inode. */
void hl_inode_give_back(struct hl_node *node)
{
	struct hl_taken *taken = node->taken;

	if (!taken)
		return;
	if (taken->i_fop && has_lease(taken->inode))
		leased = true;
	operations_set(taken->inode, taken->i_op, taken->i_fop);
	hash_del_rcu(&taken->in_table);
}

bool hl_inode_is_of(const struct hl_node *node, const struct inode *inode)
{
	return node->taken && node->taken->inode == inode;
}

/* NULL: it is nowhere. */
struct dentry *hl_inode_dentry(const struct hl_node *node)
{
	return node->taken ? node->taken->dentry : NULL;
}

/* The last step, after which a file system that was unmounted can go. */
void hl_inode_drop(struct hl_node *node)
{
	struct hl_taken *taken = node->taken;
	struct super_block *sb;

	if (!taken)
		return;
	node->taken = NULL;
	sb = taken->dentry->d_sb;
	dput(taken->dentry);
	deactivate_super(sb);
	kfree_rcu(taken, rcu);
}

/*
 * Who opens a file looks up its operations, sleeps until a lease on it is
 * broken, and then calls them: nothing says that it is there.  So once they
 * are given back, all who sleep begin their system calls anew.
 */
void hl_inodes_settle(void)
{
	if (!leased)
		return;
	hl_flights_wake();
	msleep(SETTLE_MS);
}

/* When nothing is in flight any more. */
void hl_inodes_free(void)
{
	struct ops_copy *entry, *next;

	list_for_each_entry_safe(entry, next, &copies, node)
		kfree(entry);
}
