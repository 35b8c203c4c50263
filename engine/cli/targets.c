/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hyperlua targets: a line for each file of guest/targets, with what
 * guest/setup has made for it.
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "options.h"
#include "target.h"
#include "targets.h"

/* What a run takes from there. */
static const char *const parts[] = {
    "kernel", "hyperlua.ko", "programs/init", "busybox", "qemu",
};

static const struct hl_options targets_options = {
    .usage = "targets",
    .about = "Lists what --arch can name, and what is installed for each.",
    .table = (const struct hl_option[]) { { 0 } },
};

static const char *missing_part(const struct hl_target *target)
{
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = hl_target_file(target, parts[i], NULL);

        if (!path) {
            return parts[i];
        }
    }
    return NULL;
}

static char *kernel_release(const struct hl_target *target)
{
    g_autofree char *path = hl_target_file(target, "release", NULL);
    char *text = NULL;

    if (!path || !g_file_get_contents(path, &text, NULL, NULL)) {
        return g_strdup("?");
    }
    return g_strchomp(text);
}

/* As it says itself: "QEMU emulator version 10.0.13 (Debian ...)". */
static char *qemu_version(const struct hl_target *target)
{
    g_autofree char *path = hl_target_file(target, "qemu", NULL);
    char *words[] = { path, "--version", NULL };
    g_autofree char *text = NULL;
    const char *number;

    if (!path || !g_spawn_sync(NULL, words, NULL, G_SPAWN_STDERR_TO_DEV_NULL,
                               NULL, NULL, &text, NULL, NULL, NULL)) {
        return g_strdup("?");
    }
    number = strstr(text, "version ");
    number = number ? number + strlen("version ") : "?";
    return g_strndup(number, strcspn(number, " \n"));
}

static void print_target(const struct hl_target *target)
{
    const char *missing = missing_part(target);

    printf("%-9s %-17s %-11s ", target->arch,
           hl_target_get(target, "machine", "-"),
           hl_target_get(target, "cpu", "-"));
    if (missing) {
        printf("not set up (no %s): run guest/setup %s\n", missing,
               target->arch);
    } else {
        g_autofree char *release = kernel_release(target);
        g_autofree char *version = qemu_version(target);

        printf("%-29s %s\n", release, version);
    }
}

int hl_targets_command(char **args, GError **error)
{
    g_auto(GStrv) names = hl_target_names();
    gboolean helped = FALSE;
    char **rest;

    if (!hl_options_parse(&targets_options, args, NULL, &rest, &helped,
                          error)) {
        return HL_EXIT_FAILED;
    }
    if (helped) {
        return 0;
    }
    printf("%-9s %-17s %-11s %-29s %s\n", "target", "machine", "CPU", "Linux",
           "QEMU");
    for (char **name = names; *name; name++) {
        struct hl_target *target = hl_target_load(*name, error);

        if (!target) {
            return HL_EXIT_FAILED;
        }
        print_target(target);
        hl_target_free(target);
    }
    return 0;
}
