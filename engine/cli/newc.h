/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the names of a cpio archive, to know what a root filesystem has. */
#ifndef HL_CLI_NEWC_H
#define HL_CLI_NEWC_H

#include "tree.h"

/* Notes every entry as present, and appends the archive to out as it is. */
gboolean hl_newc_copy(struct hl_tree *tree, const char *path, FILE *out,
                      GError **error);

#endif
