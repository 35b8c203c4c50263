/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommand run. */
#ifndef HL_CLI_RUN_H
#define HL_CLI_RUN_H

#include <glib.h>

#include "target.h"

/* What was asked for, and the files that serve it. */
struct hl_run {
    char *arch, *rootfs, *kernel, *kdir, *module, *qemu, *out, *models, *config,
         *log_file;
    GPtrArray *scripts, *adds, *qemu_args;
    int smp, memory;
    double timeout;
    gboolean print;
    char **command;
    struct hl_target *target;
    char *init, *busybox, *plugin;
    char *folder, *initramfs, *status;      /* of this run */
};

/* Checks everything that can be checked before the boot, in prepare.c. */
gboolean hl_run_prepare(struct hl_run *run, GError **error);

/* The exit status; with a message in *error when the run itself failed. */
int hl_run_command(char **args, GError **error);

#endif
