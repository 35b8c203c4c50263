/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the initramfs of one run. */
#ifndef HL_CLI_INITRAMFS_H
#define HL_CLI_INITRAMFS_H

#include <glib.h>

#include "devices.h"
#include "modules.h"
#include "target.h"

struct hl_initramfs {
    const struct hl_target *target;
    const char *init;           /* our process 1 */
    const char *module;         /* hyperlua.ko */
    const char *busybox;        /* used when there is no rootfs */
    const char *rootfs;         /* folder, archive, image, or NULL */
    GPtrArray *adds;            /* "HOSTPATH:GUESTPATH" */
    char **command;             /* or NULL: the rootfs's own init */
    int memory;                 /* MiB that the user gave, or 0 */
    const struct hl_modules *modules;   /* for the devices, or NULL */
    const struct hl_devices *devices;
};

/*
 * Writes it to path, in a folder of this run. *memory gets the MiB that the
 * guest needs to hold it; more than it can have is an error.
 */
gboolean hl_initramfs_write(const struct hl_initramfs *want,
                            const char *path, int *memory, GError **error);

#endif
