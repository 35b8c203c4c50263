/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host side inside QEMU: log, standard streams, exit status. */
#ifndef HL_HOST_H
#define HL_HOST_H

#include "engine.h"
#include "options.h"

struct hl_host {
    int log_fd;
    char *status;               /* file for COMMAND's exit status, or NULL */
};

extern const struct hl_host_ops hl_host_ops;

/* Opens the log: out/hyperlua.log, or stderr.  -errno, with *error set. */
int hl_host_open(struct hl_host *host, const struct hl_options *options,
                 char **error);

#endif
