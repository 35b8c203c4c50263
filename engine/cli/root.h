/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --rootfs: a folder, an archive or an image, into the guest's tree.
 *
 * Each kind has a reader, root_KIND.c. What they read is hostile: they bound
 * every length, and end in one error that says what is wrong. The caller puts
 * "--rootfs PATH: " before it.
 */
#ifndef HL_CLI_ROOT_H
#define HL_CLI_ROOT_H

#include "target.h"
#include "tree.h"

gboolean hl_root_add(struct hl_tree *tree, const char *path, GError **error);

/* root_check.c: whether the target's kernel can run the root's programs. */
gboolean hl_root_check(struct hl_tree *tree, const struct hl_target *target,
                       GError **error);

/* Its own init, as an absolute path; NULL: it has none. */
const char *hl_root_init(struct hl_tree *tree);

/* The names that hl_root_init looks for. */
char *hl_root_inits(void);

gboolean hl_root_read_archive(struct hl_tree *tree, const char *path,
                              GError **error);
gboolean hl_root_read_ext(struct hl_tree *tree, const char *path,
                          GError **error);
gboolean hl_root_read_squashfs(struct hl_tree *tree, const char *path,
                               GError **error);

/* "folder/name" of an image's entry, or NULL when there can be no such. */
char *hl_root_path(const char *folder, const char *name, size_t length,
                   GError **error);

/* The target of a symbolic link; it takes the text over. */
gboolean hl_root_set_link(struct hl_node *node, char *text, const char *path,
                          GError **error);

#endif
