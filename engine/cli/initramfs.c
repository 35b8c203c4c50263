/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the initramfs of one run: a root filesystem (the user's, or busybox
 * and what programs expect beside it), what --add names, and /hyperlua with
 * our process 1, the module, and the command.
 */
#define _GNU_SOURCE     /* memmem */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apart.h"
#include "cli.h"
#include "cpio.h"
#include "initramfs.h"
#include "root.h"
#include "tree.h"

/* guest/programs/init.c reads no more. */
enum { COMMAND_MAX = 128 * 1024 };

/* MiB: what the kernel itself takes, and what programs have to work with. */
enum { PARTS = 3, MIB = 1 << 20, KERNEL = 20, FREE = 108 };

static const struct {
    const char *path;
    guint32 mode;
    const char *data;
} base[] = {
    { "root", S_IFDIR | 0700, "" },
    { "usr", S_IFDIR | 0755, "" },
    { "sbin", S_IFLNK | 0777, "bin" },
    { "usr/bin", S_IFLNK | 0777, "../bin" },
    { "usr/sbin", S_IFLNK | 0777, "../bin" },
    { "etc/passwd", S_IFREG | 0644, "root::0:0:root:/root:/bin/sh\n" },
    { "etc/group", S_IFREG | 0644, "root:x:0:\n" },
    { "etc/hosts", S_IFREG | 0644, "127.0.0.1 localhost\n" },
};

/* busybox carries its sorted list of names: "[", "[[", ... and an empty one. */
static gboolean add_applets(struct hl_tree *tree, const char *busybox,
                            GError **error)
{
    static const char first[] = "\0[\0[[";
    g_autofree char *bytes = NULL;
    gsize size;
    const char *name;

    if (!g_file_get_contents(busybox, &bytes, &size, error)) {
        return FALSE;
    }
    name = memmem(bytes, size, first, sizeof(first));
    if (!name) {
        return hl_fail(error, "%s has no list of its commands", busybox);
    }
    for (name++; *name; name += strlen(name) + 1) {
        g_autofree char *path = g_strconcat("bin/", name, NULL);

        if (strcmp(name, "busybox") != 0
            && !hl_tree_put_text(tree, path, S_IFLNK | 0777, "busybox",
                                 strlen("busybox"), error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean add_base(struct hl_tree *tree, const char *busybox,
                         GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(base); i++) {
        if (!hl_tree_put_text(tree, base[i].path, base[i].mode, base[i].data,
                              strlen(base[i].data), error)) {
            return FALSE;
        }
    }
    return hl_tree_add(tree, busybox, "bin/busybox", FALSE, error)
        && add_applets(tree, busybox, error);
}

static gboolean add_rootfs(struct hl_tree *tree,
                           const struct hl_initramfs *want, GError **error)
{
    gboolean good = hl_root_add(tree, want->rootfs, error)
        && hl_root_check(tree, want->target, error);

    if (!good) {
        g_prefix_error(error, "--rootfs %s: ", want->rootfs);
    }
    return good;
}

/* "HOSTPATH:GUESTPATH"; a GUESTPATH with a final slash names the folder. */
static gboolean add_one(struct hl_tree *tree, const char *text,
                        GError **error)
{
    const char *colon = g_strrstr(text, ":/");
    g_autofree char *host = colon ? g_strndup(text, colon - text) : NULL;
    g_autofree char *name = NULL, *guest = NULL;

    if (!host || !*host) {
        return hl_fail(error, "--add %s: give HOSTPATH:GUESTPATH, with a "
                       "GUESTPATH that begins with /", text);
    }
    name = g_path_get_basename(host);
    guest = g_strconcat(colon + 2,
        g_str_has_suffix(colon, "/") && !g_file_test(host, G_FILE_TEST_IS_DIR)
        ? name : "", NULL);
    if (!hl_tree_add(tree, host, guest, FALSE, error)) {
        g_prefix_error(error, "--add: ");
        return FALSE;
    }
    return TRUE;
}

static gboolean add_command(struct hl_tree *tree, char **command,
                            GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (char **arg = command; arg && *arg; arg++) {
        g_string_append_len(text, *arg, (gssize)strlen(*arg) + 1);
    }
    if (text->len > COMMAND_MAX) {
        return hl_fail(error, "the command is too long: at most %d bytes",
                       COMMAND_MAX);
    }
    return !command || hl_tree_put_text(tree, "hyperlua/command",
        S_IFREG | 0644, text->str, text->len, error);
}

static gboolean add_bytes(struct hl_tree *tree, const char *path,
                          GBytes *content, GError **error)
{
    struct hl_node *node = hl_node_new(S_IFREG | 0644);
    gsize size;
    const void *data = g_bytes_get_data(content, &size);

    if (!hl_tree_spool(tree, node, size, error)
        || !hl_tree_spool_write(tree, node, 0, data, size, error)) {
        hl_node_unref(node);
        return FALSE;
    }
    return hl_tree_put(tree, path, node, error);
}

/* Process 1 loads the modules by the order of their names. */
static gboolean add_devices(struct hl_tree *tree,
                            const struct hl_modules *modules,
                            const struct hl_devices *devices, GError **error)
{
    g_autofree char *text = hl_devices_text(devices);

    for (guint i = 0; modules && i < modules->names->len; i++) {
        g_autofree char *path = g_strdup_printf(
            "hyperlua/modules/%03u-%s.ko", i + 1,
            (char *)modules->names->pdata[i]);

        if (!add_bytes(tree, path, modules->contents->pdata[i], error)) {
            return FALSE;
        }
    }
    return !text || hl_tree_put_text(tree, "hyperlua/devices",
        S_IFREG | 0644, text, strlen(text), error);
}

/* Which of the root's inits is to run: process 1 reads it there. */
static gboolean add_own_init(struct hl_tree *tree,
                             const struct hl_initramfs *want, GError **error)
{
    const char *init = want->command ? NULL : hl_root_init(tree);

    if (!want->command && !init) {
        g_autofree char *names = hl_root_inits();

        return hl_fail(error, "--rootfs %s: no init in it (%s): give a COMMAND "
                       "after --", want->rootfs, names);
    }
    return !init || hl_tree_put_text(tree, "hyperlua/own-init",
        S_IFREG | 0644, init, strlen(init), error);
}

/* The kernel opens it for process 1, before anything is mounted on /dev. */
static gboolean add_console(struct hl_tree *tree, GError **error)
{
    struct hl_node *node = hl_node_new(S_IFCHR | 0600);

    node->major = 5;
    node->minor = 1;
    return hl_tree_put(tree, "dev/console", node, error);
}

static gboolean fill(struct hl_tree *tree, const struct hl_initramfs *want,
                     GError **error)
{
    if (want->rootfs ? !add_rootfs(tree, want, error)
                     : !add_base(tree, want->busybox, error)) {
        return FALSE;
    }
    for (guint i = 0; i < want->adds->len; i++) {
        if (!add_one(tree, want->adds->pdata[i], error)) {
            return FALSE;
        }
    }
    return add_own_init(tree, want, error)
        && add_console(tree, error)
        && hl_tree_add(tree, want->init, "hyperlua/init", FALSE, error)
        && hl_tree_add(tree, want->module, "hyperlua/hyperlua.ko", FALSE,
                       error)
        && add_devices(tree, want->modules, want->devices, error)
        && add_command(tree, want->command, error);
}

static int most_of(const struct hl_initramfs *want, const char *key)
{
    return atoi(hl_target_get(want->target, key, "4096"));
}

/*
 * Linux gives its root filesystem half of the memory that the initramfs, which
 * is there until all of it is unpacked, leaves over.
 */
static gboolean measure(const struct hl_initramfs *want,
                        const struct hl_tree *tree, int *memory,
                        GError **error)
{
    guint64 size = (tree->bytes + MIB - 1) / MIB;
    guint64 need = PARTS * size + KERNEL;
    guint64 most = (guint64)most_of(want, "memory_most");
    const char *option = want->rootfs ? "--rootfs " : "--add: ";
    const char *what = want->rootfs ? want->rootfs : "all together";

    if (want->memory && (guint64)want->memory < need) {
        return hl_fail(error, "--memory %d: too little to hold %s: give "
                       "%" G_GUINT64_FORMAT " (MiB)", want->memory,
                       what, need + FREE);
    }
    if (!want->memory && need > most) {
        return hl_fail(error, "%s%s is too big for an initramfs: it needs "
                       "--memory %" G_GUINT64_FORMAT " (MiB), and target %s "
                       "can have %" G_GUINT64_FORMAT, option, what,
                       need + FREE, want->target->arch, most);
    }
    *memory = (int)MIN(need + FREE, MAX(most, need));
    return TRUE;
}

/* QEMU puts it where a machine's first memory is. */
static gboolean check_size(const struct hl_initramfs *want, FILE *out,
                           GError **error)
{
    const char *option = want->rootfs ? "--rootfs " : "--add: ";
    const char *what = want->rootfs ? want->rootfs : "all together";
    long size = ftell(out) / MIB, most = most_of(want, "initramfs_most");

    return size < most
        || hl_fail(error, "%s%s is too big for an initramfs: it makes %ld MiB, "
                   "and target %s can have %ld", option, what, size,
                   want->target->arch, most);
}

static gboolean write_all(const struct hl_initramfs *want, const char *path,
                          struct hl_tree *tree, GError **error)
{
    FILE *out = fopen(path, "wbe");
    gboolean good;

    if (!out) {
        return hl_fail(error, "cannot write %s: %s", path, strerror(errno));
    }
    good = hl_tree_write(tree, out, error) && hl_cpio_end(out, path, error)
        && check_size(want, out, error);
    fclose(out);
    return good;
}

struct work {
    const struct hl_initramfs *want;
    const char *path;
};

static gboolean make(const void *data, int *memory, GError **error)
{
    const struct work *work = data;
    const struct hl_initramfs *want = work->want;
    g_autofree char *folder = g_path_get_dirname(work->path);
    guint64 most = (guint64)(want->memory ? want->memory
                             : most_of(want, "memory_most")) * MIB / PARTS;
    struct hl_tree *tree = hl_tree_new(folder, most);
    gboolean good = fill(tree, want, error)
        && measure(want, tree, memory, error)
        && write_all(want, work->path, tree, error);

    hl_tree_free(tree);
    return good;
}

/* What --add alone gives is the user's own; a root may be from anywhere. */
gboolean hl_initramfs_write(const struct hl_initramfs *want,
                            const char *path, int *memory, GError **error)
{
    struct work work = { want, path };
    g_autofree char *what = g_strdup_printf("--rootfs %s", want->rootfs);

    return want->rootfs ? hl_apart(make, &work, what, memory, error)
                        : make(&work, memory, error);
}
