/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of the console's protocol: for the engine and for the command. */
#include "console_frame.h"

#include <string.h>

/* A kind, a blank, seven digits, a newline. */
#define HEADER_MAX (HL_FRAME_KIND_MAX + 9)

void hl_frame_append(GString *to, const char *kind, const char *text,
                     gsize size)
{
    g_string_append_printf(to, "%s %" G_GSIZE_FORMAT "\n", kind, size);
    g_string_append_len(to, text, (gssize)size);
}

/* Lower-case letters: what else speaks first on a socket is found out here. */
static gsize take_kind(const char *header, gsize length, char *kind)
{
    gsize at = 0;

    while (at < length && at < HL_FRAME_KIND_MAX &&
           g_ascii_islower(header[at])) {
        kind[at] = header[at];
        at++;
    }
    kind[at] = '\0';
    return at;
}

static gboolean take_size(const char *digits, gsize length, gsize *size)
{
    *size = 0;
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isdigit(digits[i])) {
            return FALSE;
        }
        *size = *size * 10 + (gsize)(digits[i] - '0');
    }
    return length > 0;
}

gssize hl_frame_take(const char *bytes, gsize size, gsize most,
                     struct hl_frame *frame)
{
    const char *newline = memchr(bytes, '\n', MIN(size, HEADER_MAX));
    gsize length;
    gsize kind;

    if (!newline) {
        return size < HEADER_MAX ? 0 : -1;
    }
    length = (gsize)(newline - bytes);
    kind = take_kind(bytes, length, frame->kind);
    if (kind == 0 || kind == length || bytes[kind] != ' ' ||
        !take_size(bytes + kind + 1, length - kind - 1, &frame->size) ||
        frame->size > most) {
        return -1;
    }
    frame->text = newline + 1;
    return size - (length + 1) >= frame->size
               ? (gssize)(length + 1 + frame->size) : 0;
}
