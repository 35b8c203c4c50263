/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks what a run was given, and finds what guest/setup made for it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "cli.h"
#include "module.h"
#include "run.h"

static gboolean check_readable(const char *option, const char *path,
                               GError **error)
{
    if (access(path, R_OK)) {
        return hl_fail(error, "--%s %s: %s", option, path, strerror(errno));
    }
    return TRUE;
}

static gboolean check_optional(const char *option, const char *path,
                               GError **error)
{
    return !path || check_readable(option, path, error);
}

static gboolean check_scripts(const struct hl_run *run, GError **error)
{
    for (guint i = 0; i < run->scripts->len; i += 2) {
        const char *path = run->scripts->pdata[i + 1];

        if (!hl_run_is_file(run, i)) {
            continue;
        }
        if (!check_readable("script", path, error)) {
            return FALSE;
        }
        if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
            return hl_fail(error, "--script %s: not a file", path);
        }
    }
    return TRUE;
}

/* Uses the option's file, or else what guest/setup made. */
static gboolean choose(struct hl_run *run, char **field, const char *option,
                       const char *name, GError **error)
{
    if (*field) {
        return check_readable(option, *field, error);
    }
    *field = hl_target_file(run->target, name, error);
    return *field != NULL;
}

static gboolean choose_module(struct hl_run *run, GError **error)
{
    if (run->module || !run->kdir) {
        return choose(run, &run->module, "module", "hyperlua.ko", error);
    }
    run->module = hl_module_build(run->target, run->kdir, error);
    return run->module != NULL;
}

static gboolean choose_qemu(struct hl_run *run, GError **error)
{
    if (run->qemu && !strchr(run->qemu, '/')) {
        char *found = g_find_program_in_path(run->qemu);

        if (!found) {
            return hl_fail(error, "--qemu %s: not on PATH", run->qemu);
        }
        g_free(run->qemu);
        run->qemu = found;
    }
    return choose(run, &run->qemu, "qemu", "qemu", error);
}

static gboolean find_engine(struct hl_run *run, GError **error)
{
    run->plugin = g_strdup_printf("%s/lib/libhyperlua.so", hl_build_dir());
    if (access(run->plugin, R_OK)) {
        return hl_fail(error, "the engine is not built (no build/lib/"
                       "libhyperlua.so): run guest/setup %s",
                       run->target->arch);
    }
    return TRUE;
}

/* What the target's own kernel starts; another may start more. */
static gboolean check_smp(const struct hl_run *run, GError **error)
{
    const char *most = hl_target_get(run->target, "smp_most", NULL);

    if (run->kernel || !most || run->smp <= atoi(most)) {
        return TRUE;
    }
    return hl_fail(error, "--smp %d: target %s has at most %s (another "
                   "--kernel may have more)", run->smp, run->target->arch,
                   most);
}

static gboolean make_out(const struct hl_run *run, GError **error)
{
    if (run->out && g_mkdir_with_parents(run->out, 0755)) {
        return hl_fail(error, "--out %s: %s", run->out, strerror(errno));
    }
    return TRUE;
}

static gboolean add_devices(struct hl_run *run, GError **error)
{
    run->devices = hl_devices_new(run->target);
    for (guint i = 0; i < run->drives->len; i++) {
        if (!hl_devices_add_drive(run->devices, run->drives->pdata[i],
                                  error)) {
            return FALSE;
        }
    }
    return !run->net
        || hl_devices_add_network(run->devices, run->net, error);
}

/* A kernel's build tree has its modules, too; headers have none. */
static char *drivers_folder(struct hl_run *run, GError **error)
{
    const char *given = run->drivers ? run->drivers : run->kdir;

    return run->kernel || run->drivers
        ? g_strdup(given ? given : "")
        : hl_target_file(run->target, "modules", error);
}

static gboolean choose_drivers(struct hl_run *run, GError **error)
{
    GPtrArray *needed = run->devices->needed, *wanted = run->devices->wanted;
    g_autofree char *folder = NULL;
    gboolean good;

    if (needed->len == 0) {
        return TRUE;
    }
    folder = drivers_folder(run, error);
    run->modules = folder ? hl_modules_open(folder, error) : NULL;
    good = run->modules != NULL;
    for (guint i = 0; good && i < needed->len; i++) {
        good = hl_modules_need(run->modules, needed->pdata[i], error);
    }
    for (guint i = 0; good && i < wanted->len; i++) {
        good = hl_modules_want(run->modules, wanted->pdata[i], error);
    }
    return good;
}

gboolean hl_run_prepare(struct hl_run *run, GError **error)
{
    if (!run->command && !run->rootfs) {
        return hl_fail(error, "nothing to run: give a COMMAND after --, or a "
                       "--rootfs with an init of its own");
    }
    if (run->kernel && !run->module && !run->kdir) {
        return hl_fail(error, "--kernel %s needs --kdir DIR, its build tree or "
                       "headers, to build the module", run->kernel);
    }
    run->target = hl_target_load(run->arch ? run->arch : "mipsel", error);
    return run->target && check_smp(run, error) && check_scripts(run, error)
        && check_optional("rootfs", run->rootfs, error)
        && check_optional("models", run->models, error)
        && check_optional("config", run->config, error)
        && check_optional("drivers", run->drivers, error)
        && add_devices(run, error) && choose_drivers(run, error)
        && choose(run, &run->kernel, "kernel", "kernel", error)
        && choose_module(run, error)
        && choose(run, &run->init, NULL, "programs/init", error)
        && choose(run, &run->busybox, NULL, "busybox", error)
        && choose_qemu(run, error)
        && find_engine(run, error)
        && make_out(run, error);
}
