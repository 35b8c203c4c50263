/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells by its first bytes what a --rootfs is; see root.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "root.h"

/* Where an ext2, ext3 or ext4 image has its two bytes. */
enum { EXT_AT = 1024 + 56, SQUASHFS_VERSION_AT = 28, HEAD = 2048 };

static gboolean is_ext(const unsigned char *head)
{
    return head[EXT_AT] == 0x53 && head[EXT_AT + 1] == 0xef;
}

/* Vendors and other byte orders have mixed these four up in every way. */
static gboolean is_squashfs(const unsigned char *head)
{
    static const char magics[][5] = {
        "hsqs", "sqsh", "shsq", "qshs", "sqlz", "hsqt", "tqsh",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(magics); i++) {
        if (memcmp(head, magics[i], 4) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean is_stock_squashfs(const unsigned char *head)
{
    return memcmp(head, "hsqs", 4) == 0 && head[SQUASHFS_VERSION_AT] == 4
        && head[SQUASHFS_VERSION_AT + 1] == 0;
}

static gboolean read_head(const char *path, unsigned char *head,
                          GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, head, HEAD);

    if (got < 0) {
        hl_fail(error, "%s", strerror(errno));
    } else if (got == 0) {
        hl_fail(error, "is empty");
    }
    if (fd >= 0) {
        close(fd);
    }
    return got > 0;
}

static gboolean add_file(struct hl_tree *tree, const char *path,
                         GError **error)
{
    unsigned char head[HEAD] = "";

    if (!read_head(path, head, error)) {
        return FALSE;
    }
    if (is_squashfs(head)) {
        return is_stock_squashfs(head)
            ? hl_root_read_squashfs(tree, path, error)
            : hl_fail(error, "a squashfs of an old version or a vendor's own "
                      "kind: unpack it, and give the folder");
    }
    return is_ext(head) ? hl_root_read_ext(tree, path, error)
                        : hl_root_read_archive(tree, path, error);
}

gboolean hl_root_add(struct hl_tree *tree, const char *path, GError **error)
{
    gboolean good;
    struct stat st;

    if (stat(path, &st)) {
        good = hl_fail(error, "%s", strerror(errno));
    } else if (S_ISDIR(st.st_mode)) {
        good = hl_tree_add(tree, path, "", TRUE, error);
    } else if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)) {
        good = add_file(tree, path, error);
    } else {
        good = hl_fail(error, "neither a folder nor a file");
    }
    if (good && !g_tree_nnodes(tree->nodes)) {
        good = hl_fail(error, "has no files in it");
    }
    return good;
}

char *hl_root_path(const char *folder, const char *name, size_t length,
                   GError **error)
{
    gboolean is_name = length && !memchr(name, '/', length)
        && !memchr(name, '\0', length) && !(length == 1 && name[0] == '.')
        && !(length == 2 && memcmp(name, "..", 2) == 0);

    if (!is_name) {
        hl_fail(error, "damaged: /%s has an entry without a proper name",
                folder);
        return NULL;
    }
    if (strlen(folder) + length + 1 >= HL_PATH_MAX) {
        hl_fail(error, "/%.64s... has paths longer than %d bytes", folder,
                HL_PATH_MAX - 1);
        return NULL;
    }
    return g_strdup_printf("%s%s%.*s", folder, *folder ? "/" : "",
                           (int)length, name);
}

gboolean hl_root_set_link(struct hl_node *node, char *text, const char *path,
                          GError **error)
{
    hl_node_set_text(node, text);
    if (!*text || strlen(text) >= HL_PATH_MAX) {
        return hl_fail(error, "damaged: its link /%s has a target of %zu "
                       "bytes", path, strlen(text));
    }
    return TRUE;
}
