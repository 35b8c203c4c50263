// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of nodes by id.  Changed under one mutex, in process context, by
 * whoever serves the engine's work; read under RCU.  A node lives as long as
 * somebody holds it, the table or an open file.
 */
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "node.h"
#include "place.h"
#include "wait.h"

static DEFINE_MUTEX(nodes_mutex);
static DEFINE_XARRAY(nodes);
static bool closed;		/* the module goes */

bool hl_node_try_get(struct hl_node *node)
{
	return refcount_inc_not_zero(&node->refs);
}

void hl_node_put(struct hl_node *node)
{
	if (!refcount_dec_and_test(&node->refs))
		return;
	if (node->map)
		hl_map_put(node->map);
	kfree_rcu(node, rcu);
}

/* NULL, or a node to be put back. */
struct hl_node *hl_node_find(u32 id)
{
	struct hl_node *node;

	rcu_read_lock();
	node = xa_load(&nodes, id);
	if (node && !hl_node_try_get(node))
		node = NULL;
	rcu_read_unlock();
	return node;
}

static void take_want(struct hl_node *node, const struct hl_node_want *want)
{
	WRITE_ONCE(node->flags, want->flags);
	WRITE_ONCE(node->mode, want->mode);
	WRITE_ONCE(node->seek, want->seek);
	WRITE_ONCE(node->size, want->size);
	WRITE_ONCE(node->device, want->device);
}

static struct hl_node *node_new(const struct hl_node_want *want)
{
	struct hl_node *node = kzalloc(sizeof(*node) + want->path_size + 1,
				       GFP_KERNEL);
	int error;

	if (!node)
		return ERR_PTR(-ENOMEM);
	node->id = want->id;
	node->path_size = want->path_size;
	memcpy(node->path, want->path, want->path_size);
	refcount_set(&node->refs, 1);
	init_waitqueue_head(&node->poll);
	take_want(node, want);
	error = hl_map_resize(node, want->map_size);
	if (error) {
		kfree(node);
		return ERR_PTR(error);
	}
	return node;
}

static int node_create(const struct hl_node_want *want)
{
	struct hl_node *node = node_new(want);
	int error;

	lockdep_assert_held(&nodes_mutex);
	if (IS_ERR(node))
		return PTR_ERR(node);
	error = xa_err(xa_store(&nodes, node->id, node, GFP_KERNEL));
	if (error)
		goto put_node;
	error = hl_place(node);
	if (error)
		goto erase_node;
	return 0;

erase_node:
	xa_erase(&nodes, node->id);
put_node:
	hl_node_put(node);
	return error;
}

static int node_change(struct hl_node *node, const struct hl_node_want *want)
{
	bool other_mode = node->mode != want->mode;
	int error;

	lockdep_assert_held(&nodes_mutex);
	error = hl_map_resize(node, want->map_size);
	if (error)
		return error;
	take_want(node, want);
	if (other_mode)
		hl_place_chmod(node);
	return 0;
}

/* Called to serve HL_OP_NODE_ADD. */
int hl_node_add(const struct hl_node_want *want)
{
	struct hl_node *node;
	int error;

	mutex_lock(&nodes_mutex);
	node = xa_load(&nodes, want->id);
	if (closed)
		error = -ESHUTDOWN;
	else if (node)
		error = node_change(node, want);
	else
		error = node_create(want);
	mutex_unlock(&nodes_mutex);
	return error;
}

/* Who waits in it or polls it comes out before its file goes. */
static void node_forget(struct hl_node *node)
{
	lockdep_assert_held(&nodes_mutex);
	xa_erase(&nodes, node->id);
	WRITE_ONCE(node->removed, true);
	hl_waits_cancel(node);
	wake_up_interruptible_poll(&node->poll, EPOLLERR | EPOLLHUP);
	hl_unplace(node);
	hl_node_put(node);
}

int hl_node_remove(u32 id)
{
	struct hl_node *node;

	mutex_lock(&nodes_mutex);
	node = closed ? NULL : xa_load(&nodes, id);
	if (node)
		node_forget(node);
	mutex_unlock(&nodes_mutex);
	return node ? 0 : -ENOENT;
}

void hl_nodes_remove_all(void)
{
	struct hl_node *node;
	unsigned long id;

	mutex_lock(&nodes_mutex);
	closed = true;
	xa_for_each(&nodes, id, node)
		node_forget(node);
	mutex_unlock(&nodes_mutex);
	xa_destroy(&nodes);
}

/* Under the mutex, in the order of their ids. */
void hl_nodes_each(void (*visit)(struct hl_node *node, void *data),
		   void *data)
{
	struct hl_node *node;
	unsigned long id;

	mutex_lock(&nodes_mutex);
	xa_for_each(&nodes, id, node)
		visit(node, data);
	mutex_unlock(&nodes_mutex);
}
