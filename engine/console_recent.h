/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last lines of the log, bounded.  Under its owner's lock. */
#ifndef HL_CONSOLE_RECENT_H
#define HL_CONSOLE_RECENT_H

#include <glib.h>

/* Lines, and bytes of them all with a newline each. */
#define HL_RECENT_LINES 200
#define HL_RECENT_BYTES (60 << 10)

struct hl_recent {
    GQueue lines;               /* of char *, the oldest first */
    gsize bytes;
};

/* Takes the line over; it has fewer than HL_RECENT_BYTES. */
void hl_recent_add(struct hl_recent *recent, char *line);

/* All, with newlines between them; to be freed. */
char *hl_recent_text(const struct hl_recent *recent);

void hl_recent_clear(struct hl_recent *recent);

#endif
