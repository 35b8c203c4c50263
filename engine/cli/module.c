/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module for a kernel of the user's own; see module.h. */
#include <stdio.h>

#include "cli.h"
#include "module.h"

/* A folder in the build folder for each kernel's build tree. */
static char *folder_for(const char *kdir)
{
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256,
                                                         kdir, -1);

    return g_strdup_printf("%s/module/kdir-%.12s", hl_build_dir(), sum);
}

static gboolean make(char **words, const char *kdir, GError **error)
{
    g_autofree char *output = NULL, *errors = NULL;
    int status;

    if (!g_spawn_sync(NULL, words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                      &output, &errors, &status, error)) {
        return FALSE;
    }
    if (!g_spawn_check_wait_status(status, NULL)) {
        fprintf(stderr, "%s%s", output, errors);
        return hl_fail(error, "--kdir %s: cannot build the module, see above",
                       kdir);
    }
    return TRUE;
}

char *hl_module_build(const struct hl_target *target, const char *kdir,
                      GError **error)
{
    g_autofree char *absolute = g_canonicalize_filename(kdir, NULL);
    g_autofree char *folder = folder_for(absolute);
    char *words[] = {
        g_strdup("make"),
        g_strdup_printf("-j%u", g_get_num_processors()),
        g_strdup("-C"),
        g_strdup(HL_SOURCE_DIR "/guest/module"),
        g_strconcat("KDIR=", absolute, NULL),
        g_strconcat("BUILD=", folder, NULL),
        g_strconcat("ARCH=", hl_target_get(target, "kernel_arch", ""), NULL),
        g_strconcat("CROSS_COMPILE=", hl_target_get(target, "cross", ""),
                    NULL),
        NULL,
    };
    gboolean good = make(words, kdir, error);

    for (char **word = words; *word; word++) {
        g_free(*word);
    }
    return good ? g_build_filename(folder, "hyperlua.ko", NULL) : NULL;
}
