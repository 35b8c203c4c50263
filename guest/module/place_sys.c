// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /sys: an empty binary attribute, whose inode is then taken over.  Missing
 * folders are kobjects of ours; one that exists is stood for by a kobject that
 * is never added and only says which kernfs folder is meant, so that any
 * folder will do: a device's, a group's, the root.
 *
 * Under the nodes' mutex.  A folder is counted by its kobject: by the files in
 * it and by its subfolders.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/magic.h>
#include <linux/namei.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "node.h"
#include "place.h"

struct folder {
	struct kobject kobj;
	struct kernfs_node *stands_for;	/* NULL: a folder that we made */
};

static void folder_release(struct kobject *kobj)
{
	struct folder *folder = container_of(kobj, struct folder, kobj);

	if (folder->stands_for)
		kernfs_put(folder->stands_for);
	kfree(folder);
}

/* A folder in /sys/class/net belongs to a network namespace: to the first. */
static const struct kobj_ns_type_operations *child_namespaces(hl_kobject *kobj)
{
	const struct folder *folder = container_of(kobj, struct folder, kobj);

	return folder->stands_for && kernfs_ns_enabled(folder->stands_for) ?
	       &net_ns_type_operations : NULL;
}

static hl_namespace folder_namespace(hl_kobject *kobj)
{
	return hl_first_net();
}

static struct kobj_type folder_type = {
	.release = folder_release,
	.child_ns_type = child_namespaces,
	.namespace = folder_namespace,
	.sysfs_ops = &kobj_sysfs_ops,
};

static struct kobject *folder_new(void)
{
	struct folder *folder = kzalloc(sizeof(*folder), GFP_KERNEL);

	if (!folder)
		return ERR_PTR(-ENOMEM);
	kobject_init(&folder->kobj, &folder_type);
	return &folder->kobj;
}

static struct kobject *folder_standing_for(struct kernfs_node *kn)
{
	struct kobject *kobj = kn->priv;

	if (kobj && kobj->ktype == &folder_type)
		return kobject_get(kobj);
	kobj = folder_new();
	if (IS_ERR(kobj))
		return kobj;
	kernfs_get(kn);
	container_of(kobj, struct folder, kobj)->stands_for = kn;
	kobj->sd = kn;
	return kobj;
}

static struct kobject *folder_at(const char *name)
{
	struct kobject *kobj = ERR_PTR(-EOPNOTSUPP);
	struct path path;
	int error = kern_path(name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (error)
		return ERR_PTR(error);
	if (path.dentry->d_sb->s_magic == SYSFS_MAGIC)
		kobj = folder_standing_for(d_inode(path.dentry)->i_private);
	path_put(&path);
	return kobj;
}

/* Takes over the caller's hold on the parent. */
static struct kobject *folder_below(struct kobject *parent, const char *name)
{
	struct kobject *kobj = folder_new();
	int error;

	if (!IS_ERR(kobj)) {
		error = kobject_add(kobj, parent, "%s", name);
		if (error) {
			kobject_put(kobj);
			kobj = ERR_PTR(error);
		}
	}
	kobject_put(parent);
	return kobj;
}

/* Cuts path down to what exists; what was cut follows the NULs. */
static struct kobject *deepest(char *path)
{
	struct kobject *kobj = ERR_PTR(-ENOENT);
	char *slash;

	while (PTR_ERR_OR_ZERO(kobj) == -ENOENT) {
		slash = strrchr(path, '/');
		if (slash == path)
			break;
		*slash = '\0';
		kobj = folder_at(path);
	}
	return kobj;
}

/* The folder of the file at path, whose last part is not one. */
static struct kobject *folder_get(const char *path)
{
	size_t length = kbasename(path) - path - 1;
	char *copy = kstrdup(path, GFP_KERNEL);
	struct kobject *kobj;
	size_t at;

	if (!copy)
		return ERR_PTR(-ENOMEM);
	kobj = deepest(copy);
	for (at = strlen(copy); at < length && !IS_ERR(kobj);
	     at += 1 + strlen(copy + at + 1))
		kobj = folder_below(kobj, copy + at + 1);
	kfree(copy);
	return kobj;
}

static int sys_make(struct hl_node *node)
{
	struct bin_attribute *attribute = kzalloc(sizeof(*attribute),
						  GFP_KERNEL);
	struct kobject *folder;
	int error;

	if (!attribute)
		return -ENOMEM;
	folder = folder_get(node->path);
	error = PTR_ERR_OR_ZERO(folder);
	if (error)
		goto free_attribute;
	if (kernfs_ns_enabled(folder->sd)) {
		error = -EOPNOTSUPP;	/* binary attributes have none */
		goto put_folder;
	}
	sysfs_bin_attr_init(attribute);
	attribute->attr.name = hl_place_name(node);
	attribute->attr.mode = node->mode;
	error = sysfs_create_bin_file(folder, attribute);
	if (error)
		goto put_folder;
	node->folder = folder;
	node->made = attribute;
	return 0;

put_folder:
	kobject_put(folder);
free_attribute:
	kfree(attribute);
	return error;
}

static void sys_unmake(struct hl_node *node)
{
	sysfs_remove_bin_file(node->folder, node->made);
	kobject_put(node->folder);
	kfree(node->made);
	node->folder = NULL;
	node->made = NULL;
}

const struct hl_placer hl_place_sys = {
	.top = "/sys/",
	.mount = "/sys",
	.magic = SYSFS_MAGIC,
	.everywhere = true,
	.make = sys_make,
	.unmake = sys_unmake,
};
