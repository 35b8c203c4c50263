/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See bytes.h. */
#include "bytes.h"

#include <stdbool.h>

#include "results/put.h"
#include "results/text.h"

/* What hl_put_text makes of the character at s, which has step bytes. */
static size_t text_size(const uint8_t *s, size_t step)
{
    if (step > 1) {
        return step < 4 ? 6 : step;     /* some end a line: \u2028 */
    }
    if (*s == '"' || *s == '\\' || *s == '\n') {
        return 2;
    }
    return *s < ' ' || *s == 0x7f ? 6 : 1;
}

static bool is_text(const uint8_t *s, size_t size)
{
    size_t room = 2 * size;
    size_t step;

    for (; size > 0; s += step, size -= step) {
        size_t text;

        step = hl_text_char(s, size);
        text = step > 0 ? text_size(s, step) : SIZE_MAX;
        if (text > room) {
            return false;
        }
        room -= text;
    }
    return true;
}

char *hl_put_bytes(char *to, const void *bytes, size_t size)
{
    bool whole = true;

    if (is_text(bytes, size)) {
        return hl_put_text(to, bytes, size, &whole);
    }
    return hl_put(hl_put_hex(hl_put(to, "{\"hex\":\""), bytes, size), "\"}");
}
