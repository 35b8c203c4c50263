/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A conversation with an engine's console: engine/console_frame.h. */
#ifndef HL_CLI_TALK_H
#define HL_CLI_TALK_H

#include <glib.h>

#include "console_frame.h"

struct hl_talk {
    int fd;
    GString *in;                /* what came and was not taken */
    gsize taken;                /* of that, by the last frame */
};

/* Connects and hears the greeting. */
gboolean hl_talk_open(struct hl_talk *talk, const char *path, GError **error);
void hl_talk_close(struct hl_talk *talk);

gboolean hl_talk_send(struct hl_talk *talk, const char *kind,
                      const char *text, gsize size, GError **error);

/* Whether there is a frame, which lasts until the next call. */
gboolean hl_talk_take(struct hl_talk *talk, struct hl_frame *frame);

/* Reads what has come, and waits if nothing has. */
gboolean hl_talk_read(struct hl_talk *talk, GError **error);

/*
 * Waits for a frame, at most so many milliseconds; -1: without end.  FALSE
 * without an error: the time is over, or a signal came.
 */
gboolean hl_talk_wait(struct hl_talk *talk, int ms, struct hl_frame *frame,
                      GError **error);

gboolean hl_frame_is(const struct hl_frame *frame, const char *kind);

#endif
