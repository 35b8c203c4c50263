/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest or a script put in shows, and does nothing. */
#include "console_text.h"

#include <stdbool.h>
#include <string.h>

#define CUT "... (cut)"

static bool is_control(gunichar c)
{
    return (c < ' ' && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
}

static void append_clean(GString *to, const char *at, const char *end)
{
    for (; at < end; at = g_utf8_next_char(at)) {
        if (is_control(g_utf8_get_char(at))) {
            g_string_append_c(to, '?');
        } else {
            g_string_append_len(to, at, g_utf8_next_char(at) - at);
        }
    }
}

GString *hl_console_text(const char *text, gsize size, gsize most)
{
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)MIN(size, most));
    const char *end = valid + strlen(valid);
    GString *to = g_string_sized_new(MIN(size, most));
    bool cut = size > most || (gsize)(end - valid) > most;

    if (cut) {
        end = valid + MIN((gsize)(end - valid), most - strlen(CUT));
        /* To where a character begins. */
        while (end > valid && ((unsigned char)*end & 0xc0) == 0x80) {
            end--;
        }
    }
    append_clean(to, valid, end);
    if (cut) {
        g_string_append(to, CUT);
    }
    return to;
}
