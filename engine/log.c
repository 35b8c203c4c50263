/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats the engine's log lines.  Any thread, with or without the lock. */
#include "log.h"

#include <string.h>

#include "console.h"

const char *hl_level_name(enum hl_level level)
{
    static const char *const names[] = { "error", "warning", "info", "debug" };

    return names[level];
}

/* A longer text is a script's slip, and would fill the log. */
#define TEXT_MAX (64 << 10)

/*
 * What a guest or a script put in must not pass for another line of ours:
 * control characters go, and a line that goes on is marked.
 */
void hl_log_text(struct hl_engine *engine, enum hl_level level,
                 const char *text, size_t size)
{
    g_autoptr(GString) line = g_string_sized_new(MIN(size, TEXT_MAX) + 16);

    for (size_t i = 0; i < size && i < TEXT_MAX; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '\n') {
            g_string_append(line, "\n  | ");
        } else {
            g_string_append_c(line, (c < ' ' && c != '\t') || c == 0x7f
                                        ? '?' : (char)c);
        }
    }
    if (size > TEXT_MAX) {
        g_string_append(line, "... (cut)");
    }
    engine->host_ops->log(engine->host, level, line->str);
    if (engine->console) {
        hl_console_log(engine->console, level, line->str);
    }
}

void hl_log(struct hl_engine *engine, enum hl_level level, const char *format,
            ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    /* NULL: the text would be longer than printf can count. */
    hl_log_text(engine, level, text ? text : format,
                strlen(text ? text : format));
}
