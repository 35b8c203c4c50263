/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's command line for one run. */
#ifndef HL_CLI_QEMU_H
#define HL_CLI_QEMU_H

#include <glib.h>

#include "target.h"

struct hl_qemu {
    const struct hl_target *target;
    const char *qemu, *plugin, *kernel, *initramfs;
    const char *status;     /* where the engine writes the command's status */
    const char *console;    /* a path that QEMU opens and appends to */
    const char *out;        /* folder for logs, or NULL: on stderr */
    GPtrArray *scripts;     /* "script" or "eval", then the file; and so on */
    GPtrArray *devices;     /* words for --net and --drive */
    GPtrArray *more;        /* words of the user's own, at the end */
    const char *models, *config;        /* or NULL */
    const char *log_file;   /* "" for none, NULL for the engine's default */
    const char *record;     /* file, or NULL */
    int record_limit;       /* MiB; 0: the engine's default */
    const char *socket;     /* of the engine's console, or NULL */
    gboolean no_reload;
    int smp, memory;        /* 0: the target's default, */
    int needed;             /* or this memory when it has less */
};

/* "key=path" to an option, with the path absolute and its commas doubled. */
void hl_qemu_append(GString *text, const char *key, const char *path);

/* The words of the line, ending with NULL. */
GPtrArray *hl_qemu_line(const struct hl_qemu *want);

#endif
