/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Lua modules of lua/, as the build wrote them into a C array. */
#ifndef HL_EMBEDDED_H
#define HL_EMBEDDED_H

#include <stddef.h>

struct hl_embedded {
    const char *name;           /* "hyperlua.syscall"; NULL at the end */
    const char *chunk;          /* "=hyperlua/syscall.lua" */
    const char *text;
    size_t size;
};

extern const struct hl_embedded hl_embedded[];
/* lua/check and the texts of lua/meta: in the command alone. */
extern const struct hl_embedded hl_embedded_check[];
/* lua/model: in the command alone. */
extern const struct hl_embedded hl_embedded_model[];

#endif
