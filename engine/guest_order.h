/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes in the guest's own order: what a user program wrote.  The ABI's own
 * fields are little-endian everywhere: GUINT64_FROM_LE and its like.
 */
#ifndef HL_GUEST_ORDER_H
#define HL_GUEST_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* size is 1 to 8 bytes. */
static inline uint64_t hl_order_load(const void *from, size_t size,
                                     bool big_endian)
{
    const uint8_t *bytes = from;
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++) {
        value = value << 8 | bytes[big_endian ? i : size - 1 - i];
    }
    return value;
}

static inline void hl_order_store(void *to, uint64_t value, size_t size,
                                  bool big_endian)
{
    uint8_t *bytes = to;

    for (size_t i = 0; i < size; i++) {
        bytes[big_endian ? size - 1 - i : i] = (uint8_t)value;
        value >>= 8;
    }
}

#endif
