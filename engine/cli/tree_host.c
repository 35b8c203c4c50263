/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host files and folders into the guest's tree; see tree.h. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cli.h"
#include "tree.h"

/* "device:inode", which tells hard links. */
static char *key_of(const struct stat *st)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                           (guint64)st->st_dev, (guint64)st->st_ino);
}

static struct hl_node *node_of(struct hl_tree *tree, const char *host,
                               const struct stat *st, gboolean keep_owner)
{
    struct hl_node *node = hl_node_new(st->st_mode);

    node->uid = keep_owner ? st->st_uid : 0;
    node->gid = keep_owner ? st->st_gid : 0;
    node->mtime = (guint32)CLAMP(st->st_mtime, 0, G_MAXUINT32);
    node->major = major(st->st_rdev);
    node->minor = minor(st->st_rdev);
    if (S_ISLNK(st->st_mode)) {
        char *target = g_file_read_link(host, NULL);

        hl_node_set_text(node, target ? target : g_strdup(""));
    } else if (S_ISREG(st->st_mode)) {
        node->source = g_strdup(host);
        node->size = (guint32)st->st_size;
    }
    hl_tree_count(tree, node->size);
    return node;
}

/* A file's other names are the same node. */
static struct hl_node *file_of(struct hl_tree *tree, const char *host,
                               const struct stat *st, gboolean keep_owner)
{
    g_autofree char *key = key_of(st);
    struct hl_node *node = g_hash_table_lookup(tree->seen, key);

    if (node) {
        return hl_node_ref(node);
    }
    node = node_of(tree, host, st, keep_owner);
    if (st->st_nlink > 1) {
        g_hash_table_insert(tree->seen, g_steal_pointer(&key),
                            hl_node_ref(node));
    }
    return node;
}

static gboolean add(struct hl_tree *tree, const char *host, const char *path,
                    gboolean keep_owner, gboolean follow, GError **error);

static gboolean add_all(struct hl_tree *tree, GDir *folder, const char *host,
                        const char *path, gboolean keep_owner, GError **error)
{
    const char *name;

    while ((name = g_dir_read_name(folder))) {
        g_autofree char *from = g_build_filename(host, name, NULL);
        g_autofree char *to = g_strconcat(path, "/", name, NULL);

        if (!add(tree, from, to, keep_owner, FALSE, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* A folder that the guest has already stays as it is, and gets more in it. */
static gboolean add_folder(struct hl_tree *tree, const char *host,
                           const char *path, const struct stat *st,
                           gboolean keep_owner, GError **error)
{
    g_autofree char *real = hl_tree_folder(tree, path, error);
    GDir *folder = real ? g_dir_open(host, 0, error) : NULL;
    struct hl_node *node = folder ? g_tree_lookup(tree->nodes, real) : NULL;
    gboolean good;

    if (!folder) {
        return FALSE;
    }
    if (node && node->implied) {
        g_tree_replace(tree->nodes, g_strdup(real),
                       node_of(tree, host, st, keep_owner));
    }
    good = add_all(tree, folder, host, real, keep_owner, error);
    g_dir_close(folder);
    return good;
}

static gboolean add(struct hl_tree *tree, const char *host, const char *path,
                    gboolean keep_owner, gboolean follow, GError **error)
{
    struct stat st;

    if (follow ? stat(host, &st) : lstat(host, &st)) {
        return hl_fail(error, "cannot read %s: %s", host, strerror(errno));
    }
    if (S_ISDIR(st.st_mode)) {
        return add_folder(tree, host, path, &st, keep_owner, error);
    }
    if (S_ISREG(st.st_mode) && st.st_size > G_MAXUINT32) {
        return hl_fail(error, "%s is too large for an initramfs (4 GiB)",
                       host);
    }
    return hl_tree_put(tree, path, file_of(tree, host, &st, keep_owner),
                       error);
}

gboolean hl_tree_add(struct hl_tree *tree, const char *host,
                     const char *path, gboolean keep_owner, GError **error)
{
    return add(tree, host, path, keep_owner, TRUE, error);
}
