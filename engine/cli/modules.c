/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of a kernel's modules a guest needs; see modules.h. The distribution
 * makes modules.dep when a kernel is installed, which ours are not: each
 * module says itself what it depends on.
 */
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "modinfo.h"
#include "modules.h"

/* No kernel's folders or dependencies go as deep. */
enum { DEPTH_MAX = 32 };

/* "kernel/drivers/net/virtio-net.ko.xz" is virtio_net; NULL: no module. */
static char *name_of(const char *path)
{
    g_autofree char *base = g_path_get_basename(path);
    char *end = strstr(base, ".ko");

    if (!end || end == base || (end[3] && end[3] != '.')) {
        return NULL;
    }
    *end = '\0';
    return g_strdup(g_strdelimit(base, "-", '_'));
}

/* Of two, the one that depmod takes: updates/ comes behind kernel/. */
static void note_file(struct hl_modules *modules, char *path)
{
    char *name = name_of(path);
    const char *other = name ? g_hash_table_lookup(modules->files, name)
                             : NULL;

    if (!name || (other && strcmp(other, path) > 0)) {
        g_free(name);
        g_free(path);
        return;
    }
    g_hash_table_replace(modules->files, name, path);
}

/* Links are left: build and source lead out of the folder. */
static gboolean scan(struct hl_modules *modules, const char *folder,
                     int depth, GError **error)
{
    GDir *dir = g_dir_open(folder, 0, error);
    gboolean good = dir != NULL;
    const char *name;

    while (good && (name = g_dir_read_name(dir))) {
        char *path = g_build_filename(folder, name, NULL);
        struct stat st = { 0 };

        lstat(path, &st);
        if (S_ISREG(st.st_mode)) {
            note_file(modules, g_steal_pointer(&path));
        } else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
            good = scan(modules, path, depth + 1, error);
        }
        g_free(path);
    }
    if (dir) {
        g_dir_close(dir);
    }
    return good;
}

static void read_builtin(struct hl_modules *modules)
{
    g_autofree char *path = g_build_filename(modules->folder,
                                             "modules.builtin", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    modules->complete = g_file_get_contents(path, &text, NULL, NULL);
    lines = g_strsplit(text ? text : "", "\n", -1);
    for (char **line = lines; *line; line++) {
        char *name = name_of(*line);

        if (name) {
            g_hash_table_add(modules->builtin, name);
        }
    }
}

struct hl_modules *hl_modules_open(const char *folder, GError **error)
{
    struct hl_modules *modules = g_new0(struct hl_modules, 1);

    modules->folder = g_strdup(folder);
    modules->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                           g_free);
    modules->builtin = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                             NULL);
    modules->taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                           NULL);
    modules->names = g_ptr_array_new_with_free_func(g_free);
    modules->contents = g_ptr_array_new_with_free_func(
        (GDestroyNotify)g_bytes_unref);
    if (*folder && !scan(modules, folder, 0, error)) {
        hl_modules_free(modules);
        return NULL;
    }
    read_builtin(modules);
    return modules;
}

void hl_modules_free(struct hl_modules *modules)
{
    if (modules) {
        g_free(modules->folder);
        g_hash_table_unref(modules->files);
        g_hash_table_unref(modules->builtin);
        g_hash_table_unref(modules->taken);
        g_ptr_array_unref(modules->names);
        g_ptr_array_unref(modules->contents);
        g_free(modules);
    }
}

static gboolean need(struct hl_modules *modules, const char *name, int depth,
                     GError **error);

static gboolean take(struct hl_modules *modules, const char *name,
                     const char *path, int depth, GError **error)
{
    g_autoptr(GBytes) content = hl_modinfo_load(path, error);
    g_auto(GStrv) depends = content
        ? hl_modinfo_depends(content, path, error) : NULL;

    if (!depends) {
        return FALSE;
    }
    for (char **each = depends; *each; each++) {
        if (**each && !need(modules, *each, depth + 1, error)) {
            return FALSE;
        }
    }
    g_ptr_array_add(modules->names, g_strdup(name));
    g_ptr_array_add(modules->contents, g_steal_pointer(&content));
    return TRUE;
}

static gboolean need(struct hl_modules *modules, const char *given, int depth,
                     GError **error)
{
    g_autofree char *name = g_strdelimit(g_strdup(given), "-", '_');
    const char *path = g_hash_table_lookup(modules->files, name);

    if (depth > DEPTH_MAX) {
        return hl_fail(error, "the modules of %s depend on each other more "
                       "than %d deep", modules->folder, DEPTH_MAX);
    }
    if (g_hash_table_contains(modules->builtin, name)
        || !g_hash_table_add(modules->taken, g_strdup(name))) {
        return TRUE;
    }
    if (path) {
        return take(modules, name, path, depth, error);
    }
    return !modules->complete
        || hl_fail(error, "the kernel of %s has no %s, neither as a module "
                   "nor built in", modules->folder, name);
}

gboolean hl_modules_need(struct hl_modules *modules, const char *name,
                         GError **error)
{
    return need(modules, name, 0, error);
}

gboolean hl_modules_want(struct hl_modules *modules, const char *name,
                         GError **error)
{
    return !g_hash_table_contains(modules->files, name)
        || need(modules, name, 0, error);
}
