/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A target's description and files; see target.h. */
#include <string.h>

#include "cli.h"
#include "target.h"

#define FOLDER HL_SOURCE_DIR "/guest/targets"

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **hl_target_names(void)
{
    GPtrArray *names = g_ptr_array_new();
    GDir *folder = g_dir_open(FOLDER, 0, NULL);
    const char *file;

    while (folder && (file = g_dir_read_name(folder))) {
        if (g_str_has_suffix(file, ".conf")) {
            g_ptr_array_add(names,
                            g_strndup(file, strlen(file) - strlen(".conf")));
        }
    }
    if (folder) {
        g_dir_close(folder);
    }
    g_ptr_array_sort(names, compare);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static GHashTable *parse(const char *text)
{
    GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal,
                                             g_free, g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++) {
        char *equals = strchr(*line, '=');

        if (equals && **line != '#') {
            g_hash_table_replace(keys, g_strndup(*line, equals - *line),
                                 g_strdup(equals + 1));
        }
    }
    return keys;
}

struct hl_target *hl_target_load(const char *arch, GError **error)
{
    g_autofree char *path = g_strdup_printf(FOLDER "/%s.conf", arch);
    g_autofree char *text = NULL;
    struct hl_target *target;

    if (strchr(arch, '/') || !g_file_get_contents(path, &text, NULL, NULL)) {
        g_auto(GStrv) names = hl_target_names();
        g_autofree char *list = g_strjoinv(", ", names);

        hl_fail(error, "--arch %s: no such target (there are: %s)", arch,
                list);
        return NULL;
    }
    target = g_new0(struct hl_target, 1);
    target->arch = g_strdup(arch);
    target->keys = parse(text);
    return target;
}

void hl_target_free(struct hl_target *target)
{
    if (target) {
        g_free(target->arch);
        g_hash_table_unref(target->keys);
        g_free(target);
    }
}

const char *hl_target_get(const struct hl_target *target, const char *key,
                          const char *fallback)
{
    const char *value = g_hash_table_lookup(target->keys, key);

    return value && *value ? value : fallback;
}

char *hl_target_file(const struct hl_target *target, const char *name,
                     GError **error)
{
    g_autofree char *short_name = g_strdup_printf("build/targets/%s/%s",
                                                  target->arch, name);
    char *path = g_strdup_printf("%s/targets/%s/%s", hl_build_dir(),
                                 target->arch, name);

    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        return path;
    }
    g_free(path);
    hl_fail(error, "target %s is not set up (no %s): run guest/setup %s",
            target->arch, short_name, target->arch);
    return NULL;
}
