/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ext2, ext3 or ext4 image as --rootfs, by libext2fs; see root.h. */
#include <string.h>
#include <sys/stat.h>

#include <ext2fs/ext2fs.h>

#include "cli.h"
#include "root.h"

struct folder {
    ext2_ino_t ino;
    char *path;
};

struct reader {
    struct hl_tree *tree;
    ext2_filsys fs;
    GQueue folders;         /* struct folder *, to be read */
    GHashTable *files;      /* inode, struct hl_node * */
    GHashTable *entered;    /* inodes of folders: none has two places */
    const char *path;       /* of the folder that is being read */
    GError **error;
    gboolean failed;
};

static gboolean damaged(struct reader *r, const char *path, errcode_t code)
{
    return hl_fail(r->error, "damaged: /%s: %s", path, error_message(code));
}

static gboolean read_blocks(struct reader *r, ext2_file_t file,
                            const struct hl_node *node, const char *path)
{
    char block[65536];
    guint64 at = 0;

    while (at < node->size) {
        unsigned got = 0;
        errcode_t code = ext2fs_file_read(file, block, sizeof(block), &got);

        if (code || !got) {
            return damaged(r, path, code ? code : EXT2_ET_SHORT_READ);
        }
        /* Data in an inode come with all that it has room for. */
        got = MIN(got, node->size - at);
        if (!hl_tree_spool_write(r->tree, node, at, block, got, r->error)) {
            return FALSE;
        }
        at += got;
    }
    return TRUE;
}

static gboolean read_file(struct reader *r, ext2_ino_t ino,
                          struct ext2_inode *inode, struct hl_node *node,
                          const char *path)
{
    ext2_file_t file;
    errcode_t code;
    gboolean good;

    if (!hl_tree_spool(r->tree, node, EXT2_I_SIZE(inode), r->error)) {
        g_prefix_error(r->error, "its file /%s is ", path);
        return FALSE;
    }
    if (!node->spooled) {
        return TRUE;
    }
    code = ext2fs_file_open2(r->fs, ino, inode, 0, &file);
    if (code) {
        return damaged(r, path, code);
    }
    good = read_blocks(r, file, node, path);
    ext2fs_file_close(file);
    return good;
}

/* A short target is in the inode itself. */
static gboolean read_link(struct reader *r, ext2_ino_t ino,
                          struct ext2_inode *inode, struct hl_node *node,
                          const char *path)
{
    char target[HL_PATH_MAX] = "";
    ext2_file_t file;
    unsigned got = 0;
    errcode_t code;

    hl_tree_count(r->tree, 0);
    if (ext2fs_is_fast_symlink(inode)) {
        memcpy(target, inode->i_block, sizeof(inode->i_block));
        return hl_root_set_link(node, g_strdup(target), path, r->error);
    }
    code = ext2fs_file_open2(r->fs, ino, inode, 0, &file);
    if (!code) {
        code = ext2fs_file_read(file, target, sizeof(target) - 1, &got);
        ext2fs_file_close(file);
    }
    return code ? damaged(r, path, code)
                : hl_root_set_link(node, g_strdup(target), path, r->error);
}

/* Linux's two forms of a device number; only one is there. */
static void set_device(struct hl_node *node, const struct ext2_inode *inode)
{
    guint32 old = inode->i_block[0], new = inode->i_block[1];

    node->major = old ? old >> 8 & 0xff : new >> 8 & 0xfff;
    node->minor = old ? old & 0xff : (new & 0xff) | (new >> 12 & 0xfff00);
}

static gboolean fill(struct reader *r, ext2_ino_t ino,
                     struct ext2_inode *inode, struct hl_node *node,
                     const char *path)
{
    node->uid = inode_uid(*inode);
    node->gid = inode_gid(*inode);
    node->mtime = inode->i_mtime;
    switch (inode->i_mode & S_IFMT) {
    case S_IFREG:
        return read_file(r, ino, inode, node, path);
    case S_IFLNK:
        return read_link(r, ino, inode, node, path);
    case S_IFCHR:
    case S_IFBLK:
        set_device(node, inode);
        break;
    case S_IFDIR:
    case S_IFIFO:
    case S_IFSOCK:
        break;
    default:
        return hl_fail(r->error, "damaged: /%s is of no known type", path);
    }
    hl_tree_count(r->tree, 0);
    return TRUE;
}

static gboolean enter_later(struct reader *r, ext2_ino_t ino, char *path)
{
    struct folder *folder;

    if (!g_hash_table_add(r->entered, GUINT_TO_POINTER(ino))) {
        hl_fail(r->error, "damaged: the folder /%s is in two places", path);
        g_free(path);
        return FALSE;
    }
    folder = g_new0(struct folder, 1);
    folder->ino = ino;
    folder->path = path;
    g_queue_push_tail(&r->folders, folder);
    return TRUE;
}

static gboolean add_new(struct reader *r, ext2_ino_t ino, const char *path)
{
    struct ext2_inode inode;
    errcode_t code = ext2fs_read_inode(r->fs, ino, &inode);
    struct hl_node *node;

    if (code) {
        return damaged(r, path, code);
    }
    node = hl_node_new(inode.i_mode);
    if (!fill(r, ino, &inode, node, path)) {
        hl_node_unref(node);
        return FALSE;
    }
    if (!S_ISDIR(node->mode) && inode.i_links_count > 1) {
        g_hash_table_insert(r->files, GUINT_TO_POINTER(ino),
                            hl_node_ref(node));
    }
    return (!S_ISDIR(node->mode) || enter_later(r, ino, g_strdup(path)))
        && hl_tree_put(r->tree, path, node, r->error);
}

static gboolean add_entry(struct reader *r, ext2_ino_t ino, const char *path)
{
    struct hl_node *node = g_hash_table_lookup(r->files,
                                               GUINT_TO_POINTER(ino));

    return node ? hl_tree_put(r->tree, path, hl_node_ref(node), r->error)
                : add_new(r, ino, path);
}

static int take_entry(ext2_ino_t dir, int kind, struct ext2_dir_entry *dirent,
                      int offset, int blocksize, char *buffer, void *data)
{
    struct reader *r = data;
    size_t length = (size_t)ext2fs_dirent_name_len(dirent);
    g_autofree char *path = NULL;

    /* kind tells these two, but not in a folder inside of an inode. */
    if ((length == 1 || length == 2)
        && memcmp(dirent->name, "..", length) == 0) {
        return 0;
    }
    path = hl_root_path(r->path, dirent->name, length, r->error);
    r->failed = !path || !add_entry(r, dirent->inode, path);
    return r->failed ? DIRENT_ABORT : 0;
}

/* A hostile image may nest as deep as it likes: folders wait in a line. */
static gboolean read_folders(struct reader *r)
{
    struct folder *folder;
    errcode_t code = 0;

    while (!r->failed && (folder = g_queue_pop_head(&r->folders))) {
        r->path = folder->path;
        code = ext2fs_dir_iterate2(r->fs, folder->ino, 0, NULL, take_entry, r);
        if (code && !r->failed) {
            r->failed = !damaged(r, folder->path, code);
        }
        g_free(folder->path);
        g_free(folder);
    }
    return !r->failed;
}

static void free_folder(void *data)
{
    struct folder *folder = data;

    g_free(folder->path);
    g_free(folder);
}

static gboolean read_all(struct hl_tree *tree, ext2_filsys fs, GError **error)
{
    struct reader r = {
        .tree = tree, .fs = fs, .error = error, .folders = G_QUEUE_INIT,
        .files = g_hash_table_new_full(NULL, NULL, NULL, hl_node_unref),
        .entered = g_hash_table_new(NULL, NULL),
    };
    gboolean good = enter_later(&r, EXT2_ROOT_INO, g_strdup(""))
                    && read_folders(&r);

    g_queue_clear_full(&r.folders, free_folder);
    g_hash_table_unref(r.files);
    g_hash_table_unref(r.entered);
    return good;
}

gboolean hl_root_read_ext(struct hl_tree *tree, const char *path,
                          GError **error)
{
    ext2_filsys fs = NULL;
    errcode_t code;
    gboolean good;

    initialize_ext2_error_table();
    code = ext2fs_open(path, EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs);
    if (code) {
        return hl_fail(error, "cannot read this ext2/3/4 image: %s",
                       error_message(code));
    }
    good = !ext2fs_has_feature_journal_needs_recovery(fs->super)
        || hl_fail(error, "this image was not unmounted: run e2fsck on it "
                   "first");
    good = good && read_all(tree, fs, error);
    ext2fs_free(fs);
    return good;
}
