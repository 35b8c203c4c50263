/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For consoles that attach after something went wrong. */
#include "console_recent.h"

#include <string.h>

static void forget_oldest(struct hl_recent *recent)
{
    char *line = g_queue_pop_head(&recent->lines);

    recent->bytes -= strlen(line) + 1;
    g_free(line);
}

void hl_recent_add(struct hl_recent *recent, char *line)
{
    g_queue_push_tail(&recent->lines, line);
    recent->bytes += strlen(line) + 1;
    while (recent->lines.length > HL_RECENT_LINES ||
           recent->bytes > HL_RECENT_BYTES) {
        forget_oldest(recent);
    }
}

char *hl_recent_text(const struct hl_recent *recent)
{
    GString *text = g_string_sized_new(recent->bytes + 1);

    for (const GList *link = recent->lines.head; link; link = link->next) {
        g_string_append(text, link->data);
        if (link->next) {
            g_string_append_c(text, '\n');
        }
    }
    return g_string_free(text, FALSE);
}

void hl_recent_clear(struct hl_recent *recent)
{
    g_queue_clear_full(&recent->lines, g_free);
    recent->bytes = 0;
}
