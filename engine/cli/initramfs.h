/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the initramfs of one run. */
#ifndef HL_CLI_INITRAMFS_H
#define HL_CLI_INITRAMFS_H

#include <glib.h>

#include "devices.h"
#include "modules.h"

struct hl_initramfs {
    const char *init;           /* our process 1 */
    const char *module;         /* hyperlua.ko */
    const char *busybox;        /* used when there is no rootfs */
    const char *rootfs;         /* folder or cpio archive, or NULL */
    GPtrArray *adds;            /* "HOSTPATH:GUESTPATH" */
    char **command;             /* or NULL: the rootfs's own init */
    const struct hl_modules *modules;   /* for the devices, or NULL */
    const struct hl_devices *devices;
};

gboolean hl_initramfs_write(const struct hl_initramfs *want,
                            const char *path, GError **error);

#endif
