/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of --net and --drive: what QEMU and the guest are told. */
#ifndef HL_CLI_DEVICES_H
#define HL_CLI_DEVICES_H

#include <glib.h>

#include "target.h"

struct hl_devices {
    const struct hl_target *target;
    GPtrArray *words;       /* of QEMU's command line */
    GPtrArray *needed;      /* modules without which they do not work ... */
    GPtrArray *wanted;      /* ... and those that some kernels do without */
    char *network;          /* "ADDRESS MASK GATEWAY NAMESERVER", or NULL */
    guint drives;
};

struct hl_devices *hl_devices_new(const struct hl_target *target);
void hl_devices_free(struct hl_devices *devices);

/* "user[,OPTION...]" or "none", of --net: network.c. */
gboolean hl_devices_add_network(struct hl_devices *devices, const char *text,
                                GError **error);

/* "FILE[,OPTION...]", of --drive: drive.c. */
gboolean hl_devices_add_drive(struct hl_devices *devices, const char *text,
                              GError **error);

/*
 * What commas separate, ending with NULL; a doubled comma separates nothing,
 * and stays doubled. Names in taken, "id=" for example, are refused, as are
 * empty ones.
 */
char **hl_devices_split(const char *option, const char *text,
                        const char *const *taken, GError **error);

/* What process 1 reads of /hyperlua/devices, or NULL when there are none. */
char *hl_devices_text(const struct hl_devices *devices);

#endif
