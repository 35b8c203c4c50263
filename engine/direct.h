/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User memory read at once, without the guest's help.  Under engine->lock. */
#ifndef HL_DIRECT_H
#define HL_DIRECT_H

#include "engine.h"

struct hl_script;

/*
 * Of the process being served; how many of the bytes from addr on could be
 * read, 0 where that must not be tried.  The guest is to be asked for the rest.
 */
size_t hl_direct_read(struct hl_script *script, uint64_t addr, void *to,
                      size_t size);

/* Up to a NUL: *ended says whether it was found; it is not counted. */
size_t hl_direct_read_str(struct hl_script *script, uint64_t addr, void *to,
                          size_t size, bool *ended);

#endif
