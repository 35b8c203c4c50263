/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sparse user memory of a played guest. */
#ifndef HL_PLAYED_MEMORY_H
#define HL_PLAYED_MEMORY_H

#include <glib.h>
#include <stdint.h>

struct hl_memory {
    GHashTable *pages;          /* page number to its bytes */
};

void hl_memory_init(struct hl_memory *memory);
void hl_memory_clear(struct hl_memory *memory);
void hl_memory_map(struct hl_memory *memory, uint64_t addr, uint64_t size);
void hl_memory_unmap(struct hl_memory *memory, uint64_t addr, uint64_t size);

/* How many bytes could be done before a page was missing. */
size_t hl_memory_read(struct hl_memory *memory, uint64_t addr, void *to,
                      size_t size);
size_t hl_memory_write(struct hl_memory *memory, uint64_t addr,
                       const void *from, size_t size);

#endif
