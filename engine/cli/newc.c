/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the names of a cpio archive; see newc.h. Bounds come first. */
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "cpio.h"
#include "newc.h"

enum { HEADER = 110, MODE = 14, SIZE = 54, NAME_SIZE = 94 };

struct archive {
    const char *path;
    const char *data;
    size_t size, at;
};

static guint32 number(const struct archive *a, size_t offset)
{
    char digits[9] = "";

    memcpy(digits, a->data + a->at + offset, 8);
    return (guint32)g_ascii_strtoull(digits, NULL, 16);
}

static size_t padded(size_t size)
{
    return (size + 3) / 4 * 4;
}

static gboolean is_header(const struct archive *a)
{
    return a->size - a->at >= HEADER
        && (memcmp(a->data + a->at, "070701", 6) == 0
            || memcmp(a->data + a->at, "070702", 6) == 0);
}

static gboolean note(struct hl_tree *tree, const char *name, guint32 mode,
                     const char *data, guint32 size, GError **error)
{
    struct hl_node *node = g_new0(struct hl_node, 1);

    node->mode = mode;
    node->present = TRUE;
    node->data = S_ISLNK(mode) ? g_strndup(data, size) : NULL;
    while (*name == '/' || strncmp(name, "./", 2) == 0) {
        name++;
    }
    if (!*name || strcmp(name, ".") == 0) {
        g_free(node->data);
        g_free(node);
        return TRUE;
    }
    return hl_tree_put(tree, name, node, error);
}

static gboolean take(struct archive *a, struct hl_tree *tree, GError **error)
{
    guint32 mode = number(a, MODE);
    size_t size = number(a, SIZE), name_size = number(a, NAME_SIZE);
    size_t data = padded(HEADER + name_size), left = a->size - a->at;
    const char *name = a->data + a->at + HEADER;

    if (!name_size || data > left || size > left - data
        || name[name_size - 1]) {
        return hl_fail(error, "--rootfs %s: the archive is cut off or damaged "
                       "at byte %zu", a->path, a->at);
    }
    a->at = MIN(a->size, a->at + data + padded(size));
    return strcmp(name, "TRAILER!!!") == 0
        || note(tree, name, mode, name - HEADER + data, (guint32)size, error);
}

/* Archives may follow each other, with zeros between them. */
static gboolean read_names(struct archive *a, struct hl_tree *tree,
                           GError **error)
{
    if (!is_header(a)) {
        return hl_fail(error, "--rootfs %s: neither a folder nor a cpio "
                       "archive of the newc form: unpack it, and give the "
                       "folder", a->path);
    }
    while (a->at < a->size) {
        if (is_header(a)) {
            if (!take(a, tree, error)) {
                return FALSE;
            }
        } else if (a->data[a->at++] != '\0') {
            return hl_fail(error, "--rootfs %s: the archive is damaged at "
                           "byte %zu", a->path, a->at - 1);
        }
    }
    return TRUE;
}

gboolean hl_newc_copy(struct hl_tree *tree, const char *path, FILE *out,
                      GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
    struct archive a = { .path = path };

    if (!file) {
        return FALSE;
    }
    a.data = g_mapped_file_get_contents(file);
    a.size = g_mapped_file_get_length(file);
    if (!read_names(&a, tree, error)) {
        return FALSE;
    }
    fwrite(a.data, 1, a.size, out);
    hl_cpio_pad(out);
    return TRUE;
}
