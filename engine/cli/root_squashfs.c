/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A squashfs image (version 4) as --rootfs, by libsquashfs; see root.h. */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>

#include "cli.h"
#include "root.h"

struct folder {
    sqfs_inode_generic_t *inode;
    char *path;
};

struct reader {
    struct hl_tree *tree;
    sqfs_super_t super;
    sqfs_file_t *file;
    sqfs_compressor_t *compressor;
    sqfs_id_table_t *ids;
    sqfs_dir_reader_t *names;
    sqfs_data_reader_t *contents;
    GQueue folders;         /* struct folder *, to be read */
    GHashTable *files;      /* inode number, struct hl_node * */
    GHashTable *entered;    /* inode numbers of folders: one place each */
    GError **error;
};

static const char *reason(int code)
{
    static const struct {
        int code;
        const char *text;
    } reasons[] = {
        { SQFS_ERROR_IO, "cannot be read" },
        { SQFS_ERROR_ALLOC, "no memory" },
        { SQFS_ERROR_COMPRESSOR, "the compressed data are wrong" },
        { SQFS_ERROR_UNSUPPORTED, "a feature that is not supported" },
        { SQFS_ERROR_OUT_OF_BOUNDS, "leads beyond the image's end" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
        if (reasons[i].code == code) {
            return reasons[i].text;
        }
    }
    return "the data are inconsistent";
}

static gboolean damaged(struct reader *r, const char *path, int code)
{
    return hl_fail(r->error, "cut off or damaged: /%s: %s", path,
                   reason(code));
}

static gboolean read_file(struct reader *r, const sqfs_inode_generic_t *inode,
                          struct hl_node *node, const char *path)
{
    char block[65536];
    sqfs_u64 size = 0;

    sqfs_inode_get_file_size(inode, &size);
    if (!hl_tree_spool(r->tree, node, size, r->error)) {
        g_prefix_error(r->error, "its file /%s is ", path);
        return FALSE;
    }
    for (guint64 at = 0; node->spooled && at < size;) {
        sqfs_s32 got = sqfs_data_reader_read(r->contents, inode, at, block,
                                             sizeof(block));

        if (got <= 0) {
            return damaged(r, path, got);
        }
        if (!hl_tree_spool_write(r->tree, node, at, block, (size_t)got,
                                 r->error)) {
            return FALSE;
        }
        at += (guint64)got;
    }
    return TRUE;
}

static gboolean read_link(struct reader *r, const sqfs_inode_generic_t *inode,
                          struct hl_node *node, const char *path)
{
    guint32 size = inode->base.type == SQFS_INODE_SLINK
        ? inode->data.slink.target_size : inode->data.slink_ext.target_size;

    hl_tree_count(r->tree, 0);
    return hl_root_set_link(node, g_strndup((const char *)inode->extra,
                                            MIN(size, HL_PATH_MAX)),
                            path, r->error);
}

/* The number is in the form of Linux's new_encode_dev. */
static void set_device(struct hl_node *node, const sqfs_inode_generic_t *inode)
{
    gboolean is_plain = inode->base.type == SQFS_INODE_BDEV
        || inode->base.type == SQFS_INODE_CDEV;
    guint32 number = is_plain ? inode->data.dev.devno
                              : inode->data.dev_ext.devno;

    node->major = number >> 8 & 0xfff;
    node->minor = (number & 0xff) | (number >> 12 & 0xfff00);
}

static gboolean fill(struct reader *r, const sqfs_inode_generic_t *inode,
                     struct hl_node *node, const char *path)
{
    int code = sqfs_id_table_index_to_id(r->ids, inode->base.uid_idx,
                                         &node->uid);

    code = code ? code : sqfs_id_table_index_to_id(r->ids, inode->base.gid_idx,
                                                   &node->gid);
    if (code) {
        return damaged(r, path, code);
    }
    node->mtime = inode->base.mod_time;
    switch (node->mode & S_IFMT) {
    case S_IFREG:
        return read_file(r, inode, node, path);
    case S_IFLNK:
        return read_link(r, inode, node, path);
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

static gboolean has_other_names(const sqfs_inode_generic_t *inode)
{
    switch (inode->base.type) {
    case SQFS_INODE_FILE:
        return FALSE;
    case SQFS_INODE_EXT_FILE:
        return inode->data.file_ext.nlink > 1;
    default:    /* all others begin with it */
        return inode->data.slink.nlink > 1;
    }
}

/* Takes inode and path over, to read the folder later. */
static gboolean enter_later(struct reader *r, sqfs_inode_generic_t *inode,
                            char *path)
{
    gpointer number = GUINT_TO_POINTER(inode->base.inode_number);
    struct folder *folder;

    if (!g_hash_table_add(r->entered, number)) {
        hl_fail(r->error, "damaged: the folder /%s is in two places", path);
        sqfs_free(inode);
        g_free(path);
        return FALSE;
    }
    folder = g_new0(struct folder, 1);
    folder->inode = inode;
    folder->path = path;
    g_queue_push_tail(&r->folders, folder);
    return TRUE;
}

static struct hl_node *new_node(struct reader *r, const char *path,
                                const sqfs_inode_generic_t *inode)
{
    gpointer number = GUINT_TO_POINTER(inode->base.inode_number);
    struct hl_node *node = hl_node_new(inode->base.mode);

    if (!fill(r, inode, node, path)) {
        hl_node_unref(node);
        return NULL;
    }
    if (!S_ISDIR(node->mode) && has_other_names(inode)) {
        g_hash_table_insert(r->files, number, hl_node_ref(node));
    }
    return node;
}

static gboolean add_inode(struct reader *r, sqfs_inode_generic_t *inode,
                          const char *path)
{
    gpointer number = GUINT_TO_POINTER(inode->base.inode_number);
    struct hl_node *known = g_hash_table_lookup(r->files, number);
    struct hl_node *node = known ? hl_node_ref(known)
                                 : new_node(r, path, inode);

    if (node && S_ISDIR(node->mode)) {
        return enter_later(r, inode, g_strdup(path))
            ? hl_tree_put(r->tree, path, node, r->error)
            : (hl_node_unref(node), FALSE);
    }
    sqfs_free(inode);
    return node && hl_tree_put(r->tree, path, node, r->error);
}

static gboolean add_entry(struct reader *r, const char *folder,
                          const sqfs_dir_entry_t *entry)
{
    g_autofree char *path = hl_root_path(folder, (const char *)entry->name,
                                         (size_t)entry->size + 1, r->error);
    sqfs_inode_generic_t *inode = NULL;
    int code = path ? sqfs_dir_reader_get_inode(r->names, &inode) : 0;

    if (code) {
        return damaged(r, path, code);
    }
    return path && add_inode(r, inode, path);
}

static gboolean read_folder(struct reader *r, const struct folder *folder)
{
    int code = sqfs_dir_reader_open_dir(r->names, folder->inode, 0);
    gboolean good = TRUE;

    while (!code && good) {
        sqfs_dir_entry_t *entry = NULL;

        code = sqfs_dir_reader_read(r->names, &entry);
        if (!code) {
            good = add_entry(r, folder->path, entry);
        }
        sqfs_free(entry);
    }
    return good && (code > 0 || damaged(r, folder->path, code));
}

static void free_folder(void *data)
{
    struct folder *folder = data;

    sqfs_free(folder->inode);
    g_free(folder->path);
    g_free(folder);
}

/* A hostile image may nest as deep as it likes: folders wait in a line. */
static gboolean read_folders(struct reader *r)
{
    gboolean good = TRUE;
    struct folder *folder;

    while (good && (folder = g_queue_pop_head(&r->folders))) {
        good = read_folder(r, folder);
        free_folder(folder);
    }
    return good;
}

static int open_tables(struct reader *r)
{
    sqfs_compressor_config_t config;
    int code = sqfs_super_read(&r->super, r->file);

    if (code) {
        return code;
    }
    code = sqfs_compressor_config_init(&config, r->super.compression_id,
                                       r->super.block_size,
                                       SQFS_COMP_FLAG_UNCOMPRESS);
    code = code ? code : sqfs_compressor_create(&config, &r->compressor);
    if (code) {
        return code;
    }
    r->ids = sqfs_id_table_create(0);
    r->names = sqfs_dir_reader_create(&r->super, r->compressor, r->file, 0);
    r->contents = sqfs_data_reader_create(r->file, r->super.block_size,
                                          r->compressor, 0);
    if (!r->ids || !r->names || !r->contents) {
        return SQFS_ERROR_ALLOC;
    }
    code = sqfs_id_table_read(r->ids, r->file, &r->super, r->compressor);
    return code ? code : sqfs_data_reader_load_fragment_table(r->contents,
                                                              &r->super);
}

static gboolean read_all(struct reader *r)
{
    sqfs_inode_generic_t *root = NULL;
    int code = open_tables(r);

    if (code && !r->compressor) {
        const char *name = sqfs_compressor_name_from_id(
            r->super.compression_id);

        return hl_fail(r->error, "damaged, or compressed with what libsquashfs "
                       "cannot read here (%s): unpack it, and give the folder",
                       name ? name : "unknown");
    }
    code = code ? code : sqfs_dir_reader_get_root_inode(r->names, &root);
    return code ? damaged(r, "", code)
                : enter_later(r, root, g_strdup("")) && read_folders(r);
}

static void clean_up(struct reader *r)
{
    g_queue_clear_full(&r->folders, free_folder);
    g_hash_table_unref(r->files);
    g_hash_table_unref(r->entered);
    sqfs_destroy(r->contents);
    sqfs_destroy(r->names);
    sqfs_destroy(r->ids);
    sqfs_destroy(r->compressor);
    sqfs_destroy(r->file);
}

gboolean hl_root_read_squashfs(struct hl_tree *tree, const char *path,
                               GError **error)
{
    struct reader r = {
        .tree = tree, .error = error, .folders = G_QUEUE_INIT,
        .file = sqfs_open_file(path, SQFS_FILE_OPEN_READ_ONLY),
        .files = g_hash_table_new_full(NULL, NULL, NULL, hl_node_unref),
        .entered = g_hash_table_new(NULL, NULL),
    };
    gboolean good = r.file ? read_all(&r) : damaged(&r, "", SQFS_ERROR_IO);

    clean_up(&r);
    return good;
}
