// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /dev: character devices of one number, a minor each.  Not device_create(),
 * which would take minutes for 10,000, nor a cdev each.
 *
 * Made under the nodes' mutex; minors are looked up under RCU by open.
 */
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/xarray.h>

#include "file.h"
#include "place.h"

#define MINORS (MINORMASK + 1)

static dev_t first;
static struct cdev devices;
static DEFINE_XARRAY_ALLOC(minors);

static int dev_make(struct hl_node *node)
{
	int error = xa_alloc(&minors, &node->minor, node,
			     XA_LIMIT(0, MINORMASK), GFP_KERNEL);

	if (error)
		return error;
	error = hl_file_make(node, S_IFCHR, MKDEV(MAJOR(first), node->minor));
	if (error)
		xa_erase(&minors, node->minor);
	return error;
}

static void dev_unmake(struct hl_node *node)
{
	xa_erase(&minors, node->minor);
	hl_file_unmake(node);
}

const struct hl_placer hl_place_dev = {
	.top = "/dev/",
	.make = dev_make,
	.unmake = dev_unmake,
};

/*
 * By the number of a device: NULL when it is not ours, or when the node has
 * gone.  The caller makes sure that the node stays.
 */
struct hl_node *hl_dev_node(const struct inode *inode)
{
	if (!S_ISCHR(inode->i_mode) || imajor(inode) != MAJOR(first))
		return NULL;
	return xa_load(&minors, iminor(inode));
}

int hl_dev_nodes_start(void)
{
	int error = alloc_chrdev_region(&first, 0, MINORS, "hyperfile");

	if (error)
		return error;
	cdev_init(&devices, &hl_file_operations);
	devices.owner = THIS_MODULE;
	error = cdev_add(&devices, first, MINORS);
	if (error)
		unregister_chrdev_region(first, MINORS);
	return error;
}

void hl_dev_nodes_stop(void)
{
	cdev_del(&devices);
	unregister_chrdev_region(first, MINORS);
	xa_destroy(&minors);
}
