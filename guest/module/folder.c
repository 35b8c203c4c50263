// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Folders that were made for nodes, by path.  Each counts the nodes and the
 * folders of ours in it, and goes with the last.  Under the nodes' mutex.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>

#include "place.h"

struct hl_folder {
	struct hlist_node in_table;
	struct hl_folder *parent;	/* NULL: it is not ours */
	void (*unmake)(struct hl_folder *folder);
	void *made;			/* the placer's */
	u32 count;
	char path[];
};

static DEFINE_HASHTABLE(folders, 8);

const char *hl_folder_path(const struct hl_folder *folder)
{
	return folder->path;
}

void **hl_folder_made(struct hl_folder *folder)
{
	return &folder->made;
}

static u32 hash_of(const char *path)
{
	return full_name_hash(NULL, path, strlen(path));
}

static struct hl_folder *find(const char *path)
{
	struct hl_folder *folder;

	hash_for_each_possible(folders, folder, in_table, hash_of(path)) {
		if (!strcmp(folder->path, path))
			return folder;
	}
	return NULL;
}

static struct hl_folder *hold(struct hl_folder *folder)
{
	if (folder)
		folder->count++;
	return folder;
}

/* NULL is a folder that is not ours. */
void hl_folder_put(struct hl_folder *folder)
{
	while (folder && !--folder->count) {
		struct hl_folder *parent = folder->parent;

		folder->unmake(folder);
		hash_del(&folder->in_table);
		kfree(folder);
		folder = parent;
	}
}

static bool exists(const char *path)
{
	struct path found;

	if (kern_path(path, LOOKUP_FOLLOW, &found))
		return false;
	path_put(&found);
	return true;
}

/* Takes over the caller's hold on the parent. */
static struct hl_folder *folder_new(const char *path, struct hl_folder *parent,
				    int (*make)(struct hl_folder *folder),
				    void (*unmake)(struct hl_folder *folder))
{
	struct hl_folder *folder = kzalloc(sizeof(*folder) + strlen(path) + 1,
					   GFP_KERNEL);
	int error = -ENOMEM;

	if (!folder)
		goto put_parent;
	strcpy(folder->path, path);
	folder->parent = parent;
	folder->unmake = unmake;
	error = make(folder);
	if (error)
		goto free_folder;
	hash_add(folders, &folder->in_table, hash_of(path));
	return hold(folder);

free_folder:
	kfree(folder);
put_parent:
	hl_folder_put(parent);
	return ERR_PTR(error);
}

/* Ours that somebody has removed is forgotten; those in it still hold it. */
static struct hl_folder *step(const char *path, struct hl_folder *parent,
			      int (*make)(struct hl_folder *folder),
			      void (*unmake)(struct hl_folder *folder))
{
	struct hl_folder *folder = find(path);

	if (exists(path)) {
		hold(folder);
		hl_folder_put(parent);
		return folder;
	}
	if (folder)
		hash_del(&folder->in_table);
	return folder_new(path, parent, make, unmake);
}

/* Walks down to the folder of the file at path. */
static struct hl_folder *walk(char *path,
			      int (*make)(struct hl_folder *folder),
			      void (*unmake)(struct hl_folder *folder))
{
	struct hl_folder *folder = NULL;
	char *slash = strchr(path + 1, '/');

	while (slash && !IS_ERR(folder)) {
		*slash = '\0';
		folder = step(path, folder, make, unmake);
		*slash = '/';
		slash = strchr(slash + 1, '/');
	}
	return folder;
}

/*
 * Makes what is missing above the file.  NULL: nothing was, the folder is not
 * ours; else it is to be put back.
 */
struct hl_folder *hl_folder_get(const char *path,
				int (*make)(struct hl_folder *folder),
				void (*unmake)(struct hl_folder *folder))
{
	char *copy = kstrdup(path, GFP_KERNEL);
	struct hl_folder *folder;

	if (!copy)
		return ERR_PTR(-ENOMEM);
	folder = walk(copy, make, unmake);
	kfree(copy);
	return folder;
}
