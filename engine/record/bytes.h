/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's bytes in a recording.  Any thread, no lock. */
#ifndef HL_RECORD_BYTES_H
#define HL_RECORD_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* At most so many characters: the bytes' digits, and {"hex":""}. */
#define HL_RECORD_BYTES_MAX(size) (2 * (size) + 16)

/*
 * Exactly these bytes, where there is room: as a string when they are UTF-8 and
 * it is no longer than their digits, else as {"hex":"00ff"}.  What comes behind
 * is given; there is no NUL.
 */
char *hl_put_bytes(char *to, const void *bytes, size_t size);

#endif
