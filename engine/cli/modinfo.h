/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel module's file: its bytes, and what it says that it needs. */
#ifndef HL_CLI_MODINFO_H
#define HL_CLI_MODINFO_H

#include <glib.h>

/*
 * The module as the kernel loads it. What .gz, .xz or .zst pressed together is
 * unpacked: a kernel may be unable to do that, and so are we otherwise to read
 * it.
 */
GBytes *hl_modinfo_load(const char *path, GError **error);

/* The names in its depends=, ending with NULL; path is for errors. */
char **hl_modinfo_depends(GBytes *module, const char *path, GError **error);

#endif
