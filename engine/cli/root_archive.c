/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tar or cpio archive as --rootfs, by libarchive; see root.h.
 *
 * cpio archives may follow each other in one file, as Linux takes them: one
 * with microcode, then a compressed one with the files.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "cli.h"
#include "root.h"

enum { BLOCK = 65536 };

/* Lexically; what an entry's links do is kept inside by the tree. */
static gboolean leads_outside(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    int depth = 0;

    for (char **part = parts; *part && depth >= 0; part++) {
        if (strcmp(*part, "..") == 0) {
            depth--;
        } else if (**part && strcmp(*part, ".") != 0) {
            depth++;
        }
    }
    return depth < 0;
}

static gboolean check_path(const char *path, GError **error)
{
    if (!path) {
        return hl_fail(error, "damaged: an entry without a name");
    }
    if (strlen(path) >= HL_PATH_MAX) {
        return hl_fail(error, "its entry %.64s... has a name longer than %d "
                       "bytes", path, HL_PATH_MAX - 1);
    }
    if (leads_outside(path)) {
        return hl_fail(error, "its entry %s leads outside of it", path);
    }
    return TRUE;
}

static gboolean broken(struct archive *a, GError **error)
{
    const char *text = archive_error_string(a);

    return hl_fail(error, "cut off or damaged: %s", text ? text : "no reason");
}

static gboolean read_data(struct archive *a, struct hl_tree *tree,
                          struct hl_node *node, GError **error)
{
    const void *block;
    size_t size;
    la_int64_t offset;
    int got;

    while ((got = archive_read_data_block(a, &block, &size, &offset))
           == ARCHIVE_OK) {
        if (!hl_tree_spool_write(tree, node, (guint64)offset, block, size,
                                 error)) {
            return FALSE;
        }
    }
    return got == ARCHIVE_EOF || broken(a, error);
}

static gboolean take_content(struct archive *a, struct archive_entry *entry,
                             struct hl_tree *tree, struct hl_node *node,
                             GError **error)
{
    la_int64_t size = archive_entry_size(entry);

    if (size < 0) {
        return hl_fail(error, "damaged: a size below zero");
    }
    return hl_tree_spool(tree, node, (guint64)size, error)
        && (!node->spooled || read_data(a, tree, node, error));
}

static guint32 clamp(la_int64_t value)
{
    return (guint32)CLAMP(value, 0, G_MAXUINT32);
}

/* A cpio archive has the content with the last of a file's names. */
static gboolean add_name(struct archive *a, struct archive_entry *entry,
                         struct hl_tree *tree, const char *path,
                         GError **error)
{
    const char *target = archive_entry_hardlink(entry);
    struct hl_node *node = target && !leads_outside(target)
        ? hl_tree_find_entry(tree, target) : NULL;

    if (!node || S_ISDIR(node->mode)) {
        return hl_fail(error, "is a hard link to %s, which is no file before "
                       "it", target);
    }
    hl_node_ref(node);
    if (S_ISREG(node->mode) && archive_entry_size(entry) > 0
        && !take_content(a, entry, tree, node, error)) {
        hl_node_unref(node);
        return FALSE;
    }
    return hl_tree_put(tree, path, node, error);
}

static gboolean fill(struct archive *a, struct archive_entry *entry,
                     struct hl_tree *tree, struct hl_node *node,
                     const char *path, GError **error)
{
    const char *target = archive_entry_symlink(entry);

    node->uid = clamp(archive_entry_uid(entry));
    node->gid = clamp(archive_entry_gid(entry));
    node->mtime = clamp(archive_entry_mtime(entry));
    switch (node->mode & S_IFMT) {
    case S_IFREG:
        return take_content(a, entry, tree, node, error);
    case S_IFLNK:
        hl_tree_count(tree, 0);
        return hl_root_set_link(node, g_strdup(target ? target : ""), path,
                                error);
    case S_IFCHR:
    case S_IFBLK:
        node->major = (guint32)archive_entry_rdevmajor(entry);
        node->minor = (guint32)archive_entry_rdevminor(entry);
        break;
    case S_IFDIR:
    case S_IFIFO:
    case S_IFSOCK:
        break;
    default:
        return hl_fail(error, "is of no known type");
    }
    hl_tree_count(tree, 0);
    return TRUE;
}

static gboolean add_entry(struct archive *a, struct archive_entry *entry,
                          struct hl_tree *tree, GError **error)
{
    const char *path = archive_entry_pathname(entry);
    struct hl_node *node;

    if (!check_path(path, error)) {
        return FALSE;
    }
    if (archive_entry_hardlink(entry)) {
        return add_name(a, entry, tree, path, error)
            || (g_prefix_error(error, "its entry %s: ", path), FALSE);
    }
    node = hl_node_new((guint32)archive_entry_mode(entry));
    if (!fill(a, entry, tree, node, path, error)) {
        g_prefix_error(error, "its entry %s: ", path);
        hl_node_unref(node);
        return FALSE;
    }
    return hl_tree_put(tree, path, node, error);
}

static gboolean read_entries(struct archive *a, struct hl_tree *tree,
                             GError **error)
{
    struct archive_entry *entry;
    int got;

    while ((got = archive_read_next_header(a, &entry)) == ARCHIVE_OK
           || got == ARCHIVE_WARN) {
        if (!add_entry(a, entry, tree, error)) {
            return FALSE;
        }
    }
    return got == ARCHIVE_EOF || broken(a, error);
}

/* No filter that would start a program, and no format beside the two. */
static struct archive *open_at(int fd)
{
    struct archive *a = archive_read_new();

    archive_read_support_filter_gzip(a);
    archive_read_support_filter_bzip2(a);
    archive_read_support_filter_compress(a);
    archive_read_support_filter_xz(a);
    archive_read_support_filter_lzma(a);
    archive_read_support_filter_lzip(a);
    archive_read_support_filter_lz4(a);
    archive_read_support_filter_zstd(a);
    archive_read_support_format_tar(a);
    archive_read_support_format_cpio(a);
    archive_read_open_fd(a, fd, BLOCK);
    return a;
}

/* Where in the file what is no zero goes on; its end: nowhere. */
static off_t skip_zeros(int fd, off_t at)
{
    char block[BLOCK];
    ssize_t got;

    while ((got = pread(fd, block, sizeof(block), at)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            if (block[i]) {
                return at + i;
            }
        }
        at += got;
    }
    return at;
}

static gboolean is_at_end(int fd, off_t at)
{
    char byte;

    return pread(fd, &byte, 1, at) <= 0;
}

/* Reads one archive; *at goes to the next, or to the end of the file. */
static gboolean read_one(struct hl_tree *tree, int fd, off_t *at,
                         GError **error)
{
    struct archive *a;
    gboolean good, is_plain_cpio;

    lseek(fd, *at, SEEK_SET);
    a = open_at(fd);
    good = read_entries(a, tree, error);
    is_plain_cpio = archive_filter_count(a) == 1
        && (archive_format(a) & ARCHIVE_FORMAT_BASE_MASK)
            == ARCHIVE_FORMAT_CPIO;
    *at = is_plain_cpio ? skip_zeros(fd, *at + archive_filter_bytes(a, 0))
                        : lseek(fd, 0, SEEK_END);
    if (!good && archive_format(a) == 0 && archive_filter_count(a) <= 1) {
        g_clear_error(error);
        hl_fail(error, "neither a folder, nor a tar or cpio archive, nor a "
                "squashfs or ext2/3/4 image");
    }
    archive_read_free(a);
    return good;
}

gboolean hl_root_read_archive(struct hl_tree *tree, const char *path,
                              GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    /* Names stay the bytes that they are, whatever the user's locale. */
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t old = uselocale(utf8);
    gboolean good = fd >= 0
        || hl_fail(error, "%s", strerror(errno));

    for (off_t at = 0; good && !is_at_end(fd, at);) {
        good = read_one(tree, fd, &at, error);
    }
    uselocale(old);
    freelocale(utf8);
    if (fd >= 0) {
        close(fd);
    }
    return good;
}
