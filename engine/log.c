/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats the engine's log lines.  Any thread, with or without the lock. */
#include "log.h"

const char *hl_level_name(enum hl_level level)
{
    static const char *const names[] = { "error", "warning", "info", "debug" };

    return names[level];
}

void hl_log(struct hl_engine *engine, enum hl_level level, const char *format,
            ...)
{
    va_list args;
    char *line;

    va_start(args, format);
    line = g_strdup_vprintf(format, args);
    va_end(args);
    /* What the guest or a script put in must not look like another line. */
    for (char *c = line; *c; c++) {
        if ((unsigned char)*c < ' ' && *c != '\t' && *c != '\n') {
            *c = '?';
        }
    }
    engine->host_ops->log(engine->host, level, line);
    g_free(line);
}
