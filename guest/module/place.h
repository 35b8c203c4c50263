/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_PLACE_H
#define HL_GUEST_PLACE_H

#include <linux/types.h>

struct dentry;
struct hl_folder;
struct hl_node;
struct inode;

/* How a file comes to be in one namespace.  All under the nodes' mutex. */
struct hl_placer {
	const char *top;		/* with a slash at its end */
	const char *mount;		/* what must be mounted, and where; */
	unsigned long magic;		/* or NULL: anything will do */
	/* What is made appears wherever the file system is mounted. */
	bool everywhere;
	/* Makes file and folders; may take the inode over (else place.c). */
	int (*make)(struct hl_node *node);
	/* The inode has been given back, its dentry is still held. */
	void (*unmake)(struct hl_node *node);
	/* Permission bits changed; NULL: by the inode's own setattr. */
	void (*chmod)(struct hl_node *node);
};

extern const struct hl_placer hl_place_sysctl;
extern const struct hl_placer hl_place_proc;
extern const struct hl_placer hl_place_sys;
extern const struct hl_placer hl_place_dev;
extern const struct hl_placer hl_place_file;

/* place.c */
int hl_place(struct hl_node *node);
void hl_unplace(struct hl_node *node);
bool hl_place_moved(struct hl_node *node);
void hl_place_chmod(struct hl_node *node);
const char *hl_place_name(const struct hl_node *node);

/* place_file.c, which place_dev.c uses, too */
int hl_file_make(struct hl_node *node, umode_t type, dev_t dev);
void hl_file_unmake(struct hl_node *node);

/* place_proc.c */
bool hl_proc_is_own(const struct dentry *dentry);

/* place_dev.c */
int hl_dev_nodes_start(void);
void hl_dev_nodes_stop(void);
struct hl_node *hl_dev_node(const struct inode *inode);

/* folder.c: folders that we made, counted */
struct hl_folder *hl_folder_get(const char *path,
				int (*make)(struct hl_folder *folder),
				void (*unmake)(struct hl_folder *folder));
void hl_folder_put(struct hl_folder *folder);
const char *hl_folder_path(const struct hl_folder *folder);
void **hl_folder_made(struct hl_folder *folder);

#endif
