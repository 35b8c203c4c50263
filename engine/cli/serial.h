/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's serial console on standard error.
 *
 * QEMU writes to a pipe, and the main loop passes it on: standard error may
 * be a socket, which QEMU cannot open by name, or shared with others, whose
 * file position and blocking mode QEMU would change.
 */
#ifndef HL_CLI_SERIAL_H
#define HL_CLI_SERIAL_H

#include <glib.h>

struct hl_serial {
    int from;
    gboolean open;          /* more may come, or waits to be written */
    gsize have, sent;
    char block[4096];       /* no more than a pipe takes without blocking */
};

/* *to is the end for QEMU; the caller closes it. */
gboolean hl_serial_open(struct hl_serial *serial, int *to, GError **error);
void hl_serial_close(struct hl_serial *serial);

#endif
