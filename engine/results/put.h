/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON's pieces: each is put at `to`, where there must be room, without a NUL,
 * and gives what comes behind it.  Any thread, no lock.
 */
#ifndef HL_RESULTS_PUT_H
#define HL_RESULTS_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As it is. */
char *hl_put(char *to, const char *text);
char *hl_put_uint(char *to, uint64_t value);
char *hl_put_int(char *to, int64_t value);
/* Two digits a byte. */
char *hl_put_hex(char *to, const uint8_t *bytes, size_t size);

/*
 * A string, of 6 characters a byte at most, and two quotes.  What is no UTF-8
 * becomes U+FFFD, and *whole false.
 */
char *hl_put_text(char *to, const uint8_t *s, size_t size, bool *whole);

#endif
