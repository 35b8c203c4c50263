/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of a kernel's modules a guest needs for its devices, in order. */
#ifndef HL_CLI_MODULES_H
#define HL_CLI_MODULES_H

#include <glib.h>

struct hl_modules {
    char *folder;
    GHashTable *files;      /* name, path: of all modules in the folder */
    GHashTable *builtin;    /* names that the kernel has without a module */
    gboolean complete;      /* the folder says what is built in */
    GHashTable *taken;
    GPtrArray *names;       /* what is to be loaded, in order, ... */
    GPtrArray *contents;    /* ... and a GBytes * for each */
};

/* A folder like /lib/modules/RELEASE, a kernel's build tree, or "": none. */
struct hl_modules *hl_modules_open(const char *folder, GError **error);
void hl_modules_free(struct hl_modules *modules);

/*
 * Adds a module and what it depends on. One that is neither there nor built in
 * is an error, unless the folder does not say what is built in.
 */
gboolean hl_modules_need(struct hl_modules *modules, const char *name,
                         GError **error);

/* The same for one that other kernels do without. */
gboolean hl_modules_want(struct hl_modules *modules, const char *name,
                         GError **error);

#endif
