/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's root filesystem as a tree of names, before it is written.
 *
 * Paths have no leading slash. Symbolic links in the folders of a path are
 * followed inside the tree: with /bin -> usr/bin, /bin/x is put in usr/bin.
 */
#ifndef HL_CLI_TREE_H
#define HL_CLI_TREE_H

#include <stdio.h>

#include <glib.h>

struct hl_node {
    guint32 mode, uid, gid, mtime, size;
    guint32 major, minor;
    guint32 ino;        /* shared by hard links; 0: given when written */
    char *source;       /* host file with the content, or NULL */
    char *data;         /* or the content itself: text, a link's target */
    gboolean present;   /* in an archive already: known, not written */
    gboolean implied;   /* a folder made because something is in it */
};

struct hl_tree {
    GTree *nodes;           /* char *path, struct hl_node *: parents first */
    GHashTable *inodes;     /* char *"device:inode", guint32 ino */
    guint32 last_ino;
};

struct hl_tree *hl_tree_new(void);
void hl_tree_free(struct hl_tree *tree);

/* Where a folder really is; it is made when it is missing. */
char *hl_tree_folder(struct hl_tree *tree, const char *path, GError **error);

/* Takes the node over; missing folders above it are made. */
gboolean hl_tree_put(struct hl_tree *tree, const char *path,
                     struct hl_node *node, GError **error);
gboolean hl_tree_has(struct hl_tree *tree, const char *path);

gboolean hl_tree_put_text(struct hl_tree *tree, const char *path,
                          guint32 mode, const char *data, size_t size,
                          GError **error);

/*
 * A host file or folder with all that is in it, modes kept. With keep_owner
 * owners are kept as well, otherwise all is root's.
 */
gboolean hl_tree_add(struct hl_tree *tree, const char *host,
                     const char *path, gboolean keep_owner, GError **error);

/* Appends everything but the nodes that are present. */
gboolean hl_tree_write(struct hl_tree *tree, FILE *out, GError **error);

#endif
