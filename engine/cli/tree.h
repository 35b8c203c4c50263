/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's root filesystem as a tree of names, before it is written.
 *
 * Paths have no leading slash. Symbolic links in the folders of a path are
 * followed inside the tree: with /bin -> usr/bin, /bin/x is put in usr/bin.
 * What is put at a name that is taken replaces what was there.
 */
#ifndef HL_CLI_TREE_H
#define HL_CLI_TREE_H

#include <stdio.h>

#include <glib.h>

/* Linux's PATH_MAX, with the NUL: its initramfs skips what is longer. */
enum { HL_PATH_MAX = 4096 };

/* One file; hard links are names of the same one. */
struct hl_node {
    guint32 mode, uid, gid, mtime, size;
    guint32 major, minor;
    guint32 links;      /* who holds it: its names, and who looks for more */
    guint32 ino;        /* given when it is written */
    char *source;       /* host file with the content, or NULL */
    char *data;         /* or the content itself: text, a link's target */
    guint64 at;         /* or where it waits in the spool */
    gboolean spooled;
    gboolean implied;   /* a folder made because something is in it */
};

struct hl_tree {
    GTree *nodes;           /* char *path, struct hl_node *: parents first */
    GHashTable *seen;       /* char *"device:inode", struct hl_node * */
    guint32 last_ino, entries;
    char *folder;           /* where the spool is made when it is needed */
    int spool;              /* a file without a name, or -1 */
    guint64 spool_end;
    guint64 bytes;          /* what all of it takes in the guest's memory */
    guint64 most;           /* beyond, contents are counted and not kept */
};

struct hl_tree *hl_tree_new(const char *folder, guint64 most);
void hl_tree_free(struct hl_tree *tree);

struct hl_node *hl_node_new(guint32 mode);
struct hl_node *hl_node_ref(struct hl_node *node);
void hl_node_unref(void *node);

/* Takes the text over, as the content. */
void hl_node_set_text(struct hl_node *node, char *text);

/* Where a folder really is; it is made when it is missing. */
char *hl_tree_folder(struct hl_tree *tree, const char *path, GError **error);

/* Takes the node over; missing folders above it are made. */
gboolean hl_tree_put(struct hl_tree *tree, const char *path,
                     struct hl_node *node, GError **error);

/* What is there, behind links too; NULL: nothing. Makes nothing. */
struct hl_node *hl_tree_find(struct hl_tree *tree, const char *path);

/* The same, without following a link at the end of the path. */
struct hl_node *hl_tree_find_entry(struct hl_tree *tree, const char *path);

gboolean hl_tree_put_text(struct hl_tree *tree, const char *path,
                          guint32 mode, const char *data, size_t size,
                          GError **error);

/*
 * A host file or folder with all that is in it, modes kept. With keep_owner
 * owners are kept as well, otherwise all is root's.
 */
gboolean hl_tree_add(struct hl_tree *tree, const char *host,
                     const char *path, gboolean keep_owner, GError **error);

gboolean hl_tree_write(struct hl_tree *tree, FILE *out, GError **error);

/*
 * tree_spool.c: contents wait in a file, so that they are in memory never.
 * The node gets room for size bytes, all zero, which are then filled.
 */
gboolean hl_tree_spool(struct hl_tree *tree, struct hl_node *node,
                       guint64 size, GError **error);
gboolean hl_tree_spool_write(struct hl_tree *tree, const struct hl_node *node,
                             guint64 offset, const void *data, size_t size,
                             GError **error);

/* Counts what an entry of that size takes. */
void hl_tree_count(struct hl_tree *tree, guint64 size);

/* Content from its beginning, wherever it is; how much was read. */
size_t hl_tree_read(struct hl_tree *tree, const struct hl_node *node,
                    void *buffer, size_t size);

#endif
