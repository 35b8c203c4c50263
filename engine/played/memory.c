/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages in a hash table; an address without one is a fault. */
#include "memory.h"

#include <stdbool.h>
#include <string.h>

#define PAGE 4096

void hl_memory_init(struct hl_memory *memory)
{
    memory->pages = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
                                          g_free);
}

void hl_memory_clear(struct hl_memory *memory)
{
    g_hash_table_destroy(memory->pages);
}

static uint8_t *find_page(struct hl_memory *memory, uint64_t addr)
{
    gint64 number = (gint64)(addr / PAGE);

    return g_hash_table_lookup(memory->pages, &number);
}

void hl_memory_map(struct hl_memory *memory, uint64_t addr, uint64_t size)
{
    uint64_t end = addr + size;

    for (addr -= addr % PAGE; addr < end; addr += PAGE) {
        if (!find_page(memory, addr)) {
            gint64 number = (gint64)(addr / PAGE);

            g_hash_table_insert(memory->pages,
                                g_memdup2(&number, sizeof(number)),
                                g_malloc0(PAGE));
        }
    }
}

void hl_memory_unmap(struct hl_memory *memory, uint64_t addr, uint64_t size)
{
    uint64_t end = addr + size;

    for (addr -= addr % PAGE; addr < end; addr += PAGE) {
        gint64 number = (gint64)(addr / PAGE);

        g_hash_table_remove(memory->pages, &number);
    }
}

/* Bytes from addr to its page's end, at most size. */
static size_t span(uint64_t addr, size_t size)
{
    return MIN(size, PAGE - addr % PAGE);
}

/* Between bytes and the pages at addr; how many before one was missing. */
static size_t copy(struct hl_memory *memory, uint64_t addr, uint8_t *bytes,
                   size_t size, bool to_pages)
{
    size_t done = 0;

    while (done < size) {
        uint8_t *page = find_page(memory, addr + done);
        size_t part = span(addr + done, size - done);
        uint8_t *at;

        if (!page) {
            break;
        }
        at = page + (addr + done) % PAGE;
        memcpy(to_pages ? at : bytes + done, to_pages ? bytes + done : at,
               part);
        done += part;
    }
    return done;
}

size_t hl_memory_read(struct hl_memory *memory, uint64_t addr, void *to,
                      size_t size)
{
    return copy(memory, addr, to, size, false);
}

size_t hl_memory_write(struct hl_memory *memory, uint64_t addr,
                       const void *from, size_t size)
{
    return copy(memory, addr, (uint8_t *)from, size, true);
}
