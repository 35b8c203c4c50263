/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's root filesystem in memory; see tree.h. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "cpio.h"
#include "tree.h"

/* More than any real path has, so that a circle of links ends. */
enum { STEPS_MAX = 1000 };

static void free_node(void *data)
{
    struct hl_node *node = data;

    g_free(node->source);
    g_free(node->data);
    g_free(node);
}

static int compare(const void *a, const void *b, void *unused)
{
    return strcmp(a, b);
}

struct hl_tree *hl_tree_new(void)
{
    struct hl_tree *tree = g_new0(struct hl_tree, 1);

    tree->nodes = g_tree_new_full(compare, NULL, g_free, free_node);
    tree->inodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                         NULL);
    return tree;
}

void hl_tree_free(struct hl_tree *tree)
{
    if (tree) {
        g_tree_unref(tree->nodes);
        g_hash_table_unref(tree->inodes);
        g_free(tree);
    }
}

static void push_parts(GQueue *parts, const char *path)
{
    g_auto(GStrv) split = g_strsplit(path, "/", -1);

    for (guint i = g_strv_length(split); i-- > 0;) {
        g_queue_push_head(parts, g_strdup(split[i]));
    }
}

static void step_up(GString *at)
{
    char *slash = strrchr(at->str, '/');

    g_string_truncate(at, slash ? (gsize)(slash - at->str) : 0);
}

static void make_folder(struct hl_tree *tree, const char *path)
{
    struct hl_node *node = g_new0(struct hl_node, 1);

    node->mode = S_IFDIR | 0755;
    node->implied = TRUE;
    g_tree_insert(tree->nodes, g_strdup(path), node);
}

/* One name further, or into the link that it turns out to be. */
static gboolean step(struct hl_tree *tree, GString *at, GQueue *parts,
                     const char *name, gboolean is_folder)
{
    gsize before = at->len;
    struct hl_node *node;

    g_string_append_printf(at, "%s%s", at->len ? "/" : "", name);
    node = g_tree_lookup(tree->nodes, at->str);
    if (!is_folder) {
        return TRUE;
    }
    if (!node) {
        make_folder(tree, at->str);
    } else if (S_ISLNK(node->mode)) {
        g_string_truncate(at, node->data[0] == '/' ? 0 : before);
        push_parts(parts, node->data);
    } else if (!S_ISDIR(node->mode)) {
        return FALSE;
    }
    return TRUE;
}

/* Where a path really is. Makes its missing folders, itself if is_folder. */
static char *resolve(struct hl_tree *tree, const char *path,
                     gboolean is_folder, GError **error)
{
    g_autoptr(GString) at = g_string_new(NULL);
    GQueue parts = G_QUEUE_INIT;
    gboolean good = TRUE;

    push_parts(&parts, path);
    for (int steps = 0; good && parts.length; steps++) {
        g_autofree char *name = g_queue_pop_head(&parts);

        if (strcmp(name, "..") == 0) {
            step_up(at);
        } else if (*name && strcmp(name, ".") != 0) {
            good = steps < STEPS_MAX
                && step(tree, at, &parts, name, is_folder || parts.length);
        }
    }
    g_queue_clear_full(&parts, g_free);
    if (!good) {
        hl_fail(error, "/%s cannot be made in the guest: a part of it is no "
                "folder there", path);
        return NULL;
    }
    return g_strdup(at->str);
}

char *hl_tree_folder(struct hl_tree *tree, const char *path, GError **error)
{
    return resolve(tree, path, TRUE, error);
}

gboolean hl_tree_put(struct hl_tree *tree, const char *path,
                     struct hl_node *node, GError **error)
{
    char *real = resolve(tree, path, FALSE, error);
    struct hl_node *old = real ? g_tree_lookup(tree->nodes, real) : NULL;
    gboolean is_folder = real && (!*real || (old && S_ISDIR(old->mode)));

    if (is_folder && !S_ISDIR(node->mode)) {
        hl_fail(error, "/%s is a folder in the guest: end it with a slash to "
                "put a file into it", path);
        g_clear_pointer(&real, g_free);
    }
    if (!real) {
        free_node(node);
        return FALSE;
    }
    g_tree_replace(tree->nodes, real, node);
    return TRUE;
}

gboolean hl_tree_has(struct hl_tree *tree, const char *path)
{
    return g_tree_lookup(tree->nodes, path) != NULL;
}

gboolean hl_tree_put_text(struct hl_tree *tree, const char *path,
                          guint32 mode, const char *data, size_t size,
                          GError **error)
{
    struct hl_node *node = g_new0(struct hl_node, 1);

    node->mode = mode;
    node->size = (guint32)size;
    node->data = g_memdup2(data, size + 1);
    return hl_tree_put(tree, path, node, error);
}

struct writing {
    struct hl_tree *tree;
    FILE *out;
    GHashTable *linked;     /* inodes whose content has been written */
    GError **error;
    gboolean failed;
};

static gboolean write_node(void *path, void *data, void *context)
{
    struct writing *w = context;
    struct hl_node *node = data;
    gboolean again = node->ino
        && !g_hash_table_add(w->linked, GUINT_TO_POINTER(node->ino));
    struct hl_cpio_entry entry = {
        path, node->ino ? node->ino : ++w->tree->last_ino, node->mode,
        node->uid, node->gid, node->ino ? 2 : 1, node->mtime,
        again ? 0 : node->size, node->major, node->minor,
    };

    if (node->present) {
        return FALSE;
    }
    if (node->source && !again) {
        w->failed = !hl_cpio_file(w->out, &entry, node->source, w->error);
    } else {
        hl_cpio_bytes(w->out, &entry, node->data ? node->data : "");
    }
    return w->failed;
}

gboolean hl_tree_write(struct hl_tree *tree, FILE *out, GError **error)
{
    g_autoptr(GHashTable) linked = g_hash_table_new(NULL, NULL);
    struct writing w = { tree, out, linked, error, FALSE };

    g_tree_foreach(tree->nodes, write_node, &w);
    return !w.failed;
}
