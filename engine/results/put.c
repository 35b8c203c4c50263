/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON's pieces, for json.c and record/.  Any thread, no lock. */
#include "put.h"

#include <string.h>

#include "text.h"

char *hl_put(char *to, const char *text)
{
    size_t size = strlen(text);

    memcpy(to, text, size);
    return to + size;
}

char *hl_put_uint(char *to, uint64_t value)
{
    char digits[20];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n > 0) {
        *to++ = digits[--n];
    }
    return to;
}

char *hl_put_int(char *to, int64_t value)
{
    if (value < 0) {
        *to++ = '-';
        return hl_put_uint(to, -(uint64_t)value);
    }
    return hl_put_uint(to, (uint64_t)value);
}

char *hl_put_hex(char *to, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
    return to;
}

static char *put_ascii(char *to, uint8_t c)
{
    if (c == '"' || c == '\\') {
        *to++ = '\\';
    } else if (c < ' ' || c == 0x7f) {
        if (c == '\n') {
            return hl_put(to, "\\n");
        }
        return hl_put_hex(hl_put(to, "\\u00"), &c, 1);
    }
    *to++ = (char)c;
    return to;
}

/* U+0085, U+2028 and U+2029, which end a line for some readers. */
static bool is_line_end(const uint8_t *s, size_t step)
{
    return (step == 2 && !memcmp(s, "\xc2\x85", 2)) ||
           (step == 3 && !memcmp(s, "\xe2\x80", 2) && (s[2] & 0xfe) == 0xa8);
}

static char *put_line_end(char *to, const uint8_t *s, size_t step)
{
    if (step == 2) {
        return hl_put(to, "\\u0085");
    }
    return hl_put(to, s[2] == 0xa8 ? "\\u2028" : "\\u2029");
}

char *hl_put_text(char *to, const uint8_t *s, size_t size, bool *whole)
{
    *to++ = '"';
    for (size_t i = 0; i < size;) {
        size_t step = hl_text_char(s + i, size - i);

        if (step == 1) {
            to = put_ascii(to, s[i]);
        } else if (step == 0) {
            to = hl_put(to, "\xef\xbf\xbd");
            *whole = false;
            step = 1;
        } else if (is_line_end(s + i, step)) {
            to = put_line_end(to, s + i, step);
        } else {
            memcpy(to, s + i, step);
            to += step;
        }
        i += step;
    }
    *to++ = '"';
    return to;
}
