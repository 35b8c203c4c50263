/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A target: guest/targets/ARCH.conf and what guest/setup made for it. */
#ifndef HL_CLI_TARGET_H
#define HL_CLI_TARGET_H

#include <glib.h>

struct hl_target {
    char *arch;
    GHashTable *keys;
};

/* Of all targets, in order; NULL ends them. */
char **hl_target_names(void);

struct hl_target *hl_target_load(const char *arch, GError **error);
void hl_target_free(struct hl_target *target);

/* A key's value, or fallback when it is absent or empty. */
const char *hl_target_get(const struct hl_target *target, const char *key,
                          const char *fallback);

/* The path of one thing that guest/setup makes; an error when it has not. */
char *hl_target_file(const struct hl_target *target, const char *name,
                     GError **error);

#endif
