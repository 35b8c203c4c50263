/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's root filesystem in memory; see tree.h. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "cpio.h"
#include "tree.h"

/* More than any path has, so that a circle of links ends. */
enum { STEPS_MAX = 8192 };

/* An archive may go on for ever; whole distributions have a tenth of that. */
enum { ENTRIES_MAX = 2 << 20 };

struct hl_node *hl_node_new(guint32 mode)
{
    struct hl_node *node = g_new0(struct hl_node, 1);

    node->mode = mode;
    node->links = 1;
    return node;
}

struct hl_node *hl_node_ref(struct hl_node *node)
{
    node->links++;
    return node;
}

void hl_node_unref(void *data)
{
    struct hl_node *node = data;

    if (node && --node->links == 0) {
        g_free(node->source);
        g_free(node->data);
        g_free(node);
    }
}

void hl_node_set_text(struct hl_node *node, char *text)
{
    g_free(node->data);
    node->data = text;
    node->size = (guint32)strlen(text);
}

static int compare(const void *a, const void *b, void *unused)
{
    return strcmp(a, b);
}

struct hl_tree *hl_tree_new(const char *folder, guint64 most)
{
    struct hl_tree *tree = g_new0(struct hl_tree, 1);

    tree->nodes = g_tree_new_full(compare, NULL, g_free, hl_node_unref);
    tree->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                       hl_node_unref);
    tree->folder = g_strdup(folder);
    tree->spool = -1;
    tree->most = most;
    return tree;
}

void hl_tree_free(struct hl_tree *tree)
{
    if (tree->spool >= 0) {
        close(tree->spool);
    }
    g_tree_unref(tree->nodes);
    g_hash_table_unref(tree->seen);
    g_free(tree->folder);
    g_free(tree);
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
    struct hl_node *node = hl_node_new(S_IFDIR | 0755);

    node->implied = TRUE;
    hl_tree_count(tree, 0);
    g_tree_insert(tree->nodes, g_strdup(path), node);
}

enum purpose {
    MAKE_FOLDER,    /* it, and what is missing above it */
    MAKE_ENTRY,     /* what is missing above it */
    FIND,           /* it, behind a link at its end as well */
    FIND_ENTRY,     /* it, be it a link */
};

/* One name further, or into the link that it turns out to be. */
static gboolean step(struct hl_tree *tree, GString *at, GQueue *parts,
                     const char *name, enum purpose purpose)
{
    gboolean makes = purpose == MAKE_FOLDER || purpose == MAKE_ENTRY;
    gboolean follows = purpose == MAKE_FOLDER || purpose == FIND;
    gsize before = at->len;
    struct hl_node *node;

    g_string_append_printf(at, "%s%s", at->len ? "/" : "", name);
    if (!parts->length && !follows) {
        return TRUE;
    }
    node = g_tree_lookup(tree->nodes, at->str);
    if (!node) {
        if (makes) {
            make_folder(tree, at->str);
        }
        return makes;
    }
    if (S_ISLNK(node->mode)) {
        g_string_truncate(at, node->data[0] == '/' ? 0 : before);
        push_parts(parts, node->data);
        return TRUE;
    }
    return S_ISDIR(node->mode) || (!parts->length && purpose == FIND);
}

/* Where a path really is, which may be nowhere; NULL: it cannot be. */
static char *resolve(struct hl_tree *tree, const char *path,
                     enum purpose purpose)
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
            good = steps < STEPS_MAX && at->len < HL_PATH_MAX
                && step(tree, at, &parts, name, purpose);
        }
    }
    g_queue_clear_full(&parts, g_free);
    return good ? g_strdup(at->str) : NULL;
}

static char *resolve_to_make(struct hl_tree *tree, const char *path,
                             enum purpose purpose, GError **error)
{
    char *real = resolve(tree, path, purpose);

    if (!real) {
        hl_fail(error, "/%s cannot be made in the guest: a part of it is no "
                "folder there", path);
    } else if (strlen(real) >= HL_PATH_MAX) {
        hl_fail(error, "/%.64s... cannot be made in the guest: the path is "
                "longer than %d bytes", path, HL_PATH_MAX - 1);
        g_clear_pointer(&real, g_free);
    } else if (++tree->entries > ENTRIES_MAX) {
        hl_fail(error, "more than %d entries", ENTRIES_MAX);
        g_clear_pointer(&real, g_free);
    }
    return real;
}

char *hl_tree_folder(struct hl_tree *tree, const char *path, GError **error)
{
    return resolve_to_make(tree, path, MAKE_FOLDER, error);
}

static struct hl_node *find(struct hl_tree *tree, const char *path,
                            enum purpose purpose)
{
    g_autofree char *real = resolve(tree, path, purpose);

    return real ? g_tree_lookup(tree->nodes, real) : NULL;
}

struct hl_node *hl_tree_find(struct hl_tree *tree, const char *path)
{
    return find(tree, path, FIND);
}

struct hl_node *hl_tree_find_entry(struct hl_tree *tree, const char *path)
{
    return find(tree, path, FIND_ENTRY);
}

static gboolean is_full(struct hl_tree *tree, const char *folder)
{
    g_autofree char *first = g_strconcat(folder, "/", NULL);
    GTreeNode *next = g_tree_lower_bound(tree->nodes, first);

    return next && g_str_has_prefix(g_tree_node_key(next), first);
}

gboolean hl_tree_put(struct hl_tree *tree, const char *path,
                     struct hl_node *node, GError **error)
{
    char *real = resolve_to_make(tree, path, MAKE_ENTRY, error);
    struct hl_node *old = real ? g_tree_lookup(tree->nodes, real) : NULL;

    if (real && !S_ISDIR(node->mode)
        && (!*real || (old && S_ISDIR(old->mode) && is_full(tree, real)))) {
        hl_fail(error, "/%s is a folder in the guest: end it with a slash to "
                "put a file into it", path);
        g_clear_pointer(&real, g_free);
    }
    if (!real || !*real) {
        hl_node_unref(node);
        g_free(real);
        return real != NULL;
    }
    g_tree_replace(tree->nodes, real, node);
    return TRUE;
}

gboolean hl_tree_put_text(struct hl_tree *tree, const char *path,
                          guint32 mode, const char *data, size_t size,
                          GError **error)
{
    struct hl_node *node = hl_node_new(mode);

    node->size = (guint32)size;
    node->data = g_memdup2(data, size + 1);
    hl_tree_count(tree, size);
    return hl_tree_put(tree, path, node, error);
}

struct writing {
    struct hl_tree *tree;
    FILE *out;
    GError **error;
    gboolean failed;
};

static gboolean write_content(struct writing *w, const struct hl_node *node,
                              const struct hl_cpio_entry *entry)
{
    if (!entry->size || node->data) {
        hl_cpio_bytes(w->out, entry, node->data ? node->data : "");
        return TRUE;
    }
    return node->source
        ? hl_cpio_file(w->out, entry, node->source, w->error)
        : hl_cpio_part(w->out, entry, w->tree->spool, node->at, w->error);
}

/* The content of a file with several names is with the first of them. */
static gboolean write_node(void *path, void *data, void *context)
{
    struct writing *w = context;
    struct hl_node *node = data;
    gboolean again = node->ino != 0 && S_ISREG(node->mode);
    struct hl_cpio_entry entry = {
        path, node->ino, node->mode, node->uid, node->gid, node->links,
        node->mtime, again ? 0 : node->size, node->major, node->minor,
    };

    if (!node->ino) {
        node->ino = entry.ino = ++w->tree->last_ino;
    }
    w->failed = !write_content(w, node, &entry);
    return w->failed;
}

gboolean hl_tree_write(struct hl_tree *tree, FILE *out, GError **error)
{
    struct writing w = { tree, out, error, FALSE };

    g_hash_table_remove_all(tree->seen);    /* which leaves only the names */
    g_tree_foreach(tree->nodes, write_node, &w);
    return !w.failed;
}
