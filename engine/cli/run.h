/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommand run. */
#ifndef HL_CLI_RUN_H
#define HL_CLI_RUN_H

#include <glib.h>

#include "devices.h"
#include "modules.h"
#include "target.h"

/* What was asked for, and the files that serve it. */
struct hl_run {
    char *arch, *rootfs, *kernel, *kdir, *module, *qemu, *out, *models, *config,
         *log_file, *record, *console, *net, *drivers;
    GPtrArray *scripts;     /* "script", FILE or "eval", LUA; and so on */
    GPtrArray *adds, *drives, *qemu_args;
    int smp, memory, record_limit;
    double timeout;
    gboolean print, no_reload;
    char *syscalls, *comm;  /* of hyperlua trace; syscalls is not owned */
    gboolean all;
    char **command;
    int needed;             /* MiB, to hold the initramfs */
    struct hl_target *target;
    char *init, *busybox, *plugin;
    struct hl_devices *devices;
    struct hl_modules *modules;             /* that they need, or NULL */
    char *folder, *initramfs, *status;      /* of this run */
};

/* Checks everything that can be checked before the boot, in prepare.c. */
gboolean hl_run_prepare(struct hl_run *run, GError **error);

/* The exit status; with a message in *error when the run itself failed. */
int hl_run_command(char **args, GError **error);
int hl_trace_command(char **args, GError **error);

/*
 * eval.c: the Lua of -e goes into files of the run's folder, which then stand
 * in their place; and the trace, as one more behind all scripts.
 */
void hl_run_add_trace(struct hl_run *run);
gboolean hl_run_write_evals(struct hl_run *run, GError **error);
void hl_run_remove_evals(const struct hl_run *run);

/* Whether scripts has a file at i, as against Lua's text. */
gboolean hl_run_is_file(const struct hl_run *run, guint i);

#endif
