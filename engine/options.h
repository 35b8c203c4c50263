/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arguments behind -plugin libhyperlua.so. */
#ifndef HL_OPTIONS_H
#define HL_OPTIONS_H

#include <glib.h>
#include <stdbool.h>

#include "load.h"

struct hl_options {
    GArray *scripts;            /* of struct hl_script_source, as given */
    const char *models;         /* folder, or NULL */
    const char *config;         /* YAML file, or NULL */
    char *log_file;             /* or NULL: out's files.yaml unless "" */
    const char *record;         /* file, or NULL */
    uint64_t record_limit;      /* bytes */
    const char *out;            /* folder, or NULL */
    const char *status;         /* file, or NULL */
    bool reload;                /* scripts are loaded anew when they change */
    const char *console;        /* path for a socket, or NULL */
};

/*
 * argv holds NAME=VALUE strings, which must outlive the options.  On a mistake
 * returns -EINVAL with one line for the user in *error (to be freed).
 */
int hl_options_parse(struct hl_options *options, int argc, char **argv,
                     char **error);
void hl_options_clear(struct hl_options *options);

#endif
