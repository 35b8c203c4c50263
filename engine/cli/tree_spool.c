/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contents of the guest's files, until the tree is written; see tree.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "cli.h"
#include "tree.h"

/* What a file takes beside its pages: inode, name, and their overhead. */
enum { PAGE = 4096, ENTRY = 1024 };

static gboolean open_spool(struct hl_tree *tree, GError **error)
{
    g_autofree char *path = g_build_filename(tree->folder, "spool-XXXXXX",
                                             NULL);

    if (tree->spool >= 0) {
        return TRUE;
    }
    tree->spool = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    if (tree->spool < 0) {
        return hl_fail(error, "cannot make a file in %s: %s", tree->folder,
                       strerror(errno));
    }
    g_unlink(path);
    return TRUE;
}

void hl_tree_count(struct hl_tree *tree, guint64 size)
{
    tree->bytes += (size + PAGE - 1) / PAGE * PAGE + ENTRY;
}

/* A tree that does not fit is refused at its end, with what it would need. */
gboolean hl_tree_spool(struct hl_tree *tree, struct hl_node *node,
                       guint64 size, GError **error)
{
    if (size > G_MAXUINT32) {
        return hl_fail(error, "too large for an initramfs (4 GiB)");
    }
    hl_tree_count(tree, size);
    node->size = (guint32)size;
    node->at = tree->spool_end;
    node->spooled = size > 0 && tree->bytes <= tree->most;
    if (!node->spooled) {
        return TRUE;
    }
    tree->spool_end += size;
    return open_spool(tree, error)
        && (!ftruncate(tree->spool, (off_t)tree->spool_end)
            || hl_fail(error, "cannot write to %s: %s", tree->folder,
                       strerror(errno)));
}

gboolean hl_tree_spool_write(struct hl_tree *tree, const struct hl_node *node,
                             guint64 offset, const void *data, size_t size,
                             GError **error)
{
    if (offset > node->size || size > node->size - offset) {
        return hl_fail(error, "has more content than it says");
    }
    while (node->spooled && size) {
        ssize_t done = pwrite(tree->spool, data, size,
                              (off_t)(node->at + offset));

        if (done < 0) {
            return hl_fail(error, "cannot write to %s: %s", tree->folder,
                           strerror(errno));
        }
        data = (const char *)data + done;
        offset += (size_t)done;
        size -= (size_t)done;
    }
    return TRUE;
}

static size_t read_at(int fd, guint64 at, void *buffer, size_t size)
{
    ssize_t got = fd < 0 ? 0 : pread(fd, buffer, size, (off_t)at);

    return got > 0 ? (size_t)got : 0;
}

size_t hl_tree_read(struct hl_tree *tree, const struct hl_node *node,
                    void *buffer, size_t size)
{
    size = MIN(size, node->size);
    if (node->source) {
        int fd = open(node->source, O_RDONLY | O_CLOEXEC);

        size = read_at(fd, 0, buffer, size);
        if (fd >= 0) {
            close(fd);
        }
        return size;
    }
    if (node->data) {
        memcpy(buffer, node->data, size);
        return size;
    }
    return node->spooled ? read_at(tree->spool, node->at, buffer, size) : 0;
}
