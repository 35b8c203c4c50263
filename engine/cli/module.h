/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module for a kernel of the user's own. */
#ifndef HL_CLI_MODULE_H
#define HL_CLI_MODULE_H

#include "target.h"

/* Builds hyperlua.ko against kdir, as far as it is not built, or NULL. */
char *hl_module_build(const struct hl_target *target, const char *kdir,
                      GError **error);

#endif
