/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console's protocol, on a UNIX stream socket.  Both sides send frames:
 * a line "KIND SIZE\n", SIZE in decimal, then SIZE bytes of text.
 *
 *   to the engine
 *     eval        Lua to evaluate; answered by one of value, error, more
 *     interrupt   ends the expression that waits, if one does
 *     complete    the line up to the cursor; answered by names
 *     follow      log lines are sent from now on
 *     unfollow    they are no more
 *     recent      answered by lines
 *   from the engine
 *     hello       "hyperlua CONSOLE TARGET", first of all; CONSOLE is the
 *                 protocol's number, HL_CONSOLE_VERSION
 *     value       what the expression returned, as text
 *     error       its error, or that of another request
 *     more        the text is not complete: send it again, with what follows
 *     names       candidates, one a line: each replaces the last word
 *     lines       the last lines of the log
 *     log         one line of the log, "level: text"
 *     output      what the expression printed
 *     dropped     how many log and output frames were not sent, as the client
 *                 had not read those before
 *
 * One expression at a time; while it waits, the other requests are answered.
 * A client that closes its sending side is gone, and so is its expression.
 */
#ifndef HL_CONSOLE_FRAME_H
#define HL_CONSOLE_FRAME_H

#include <glib.h>

#define HL_CONSOLE_VERSION 1

/* Bytes of text in a request, and in what the engine sends. */
#define HL_CONSOLE_REQUEST_MAX (1 << 20)
#define HL_CONSOLE_REPLY_MAX (64 << 10)

#define HL_FRAME_KIND_MAX 15

struct hl_frame {
    char kind[HL_FRAME_KIND_MAX + 1];
    const char *text;           /* in the bytes that were taken, no NUL */
    gsize size;
};

void hl_frame_append(GString *to, const char *kind, const char *text,
                     gsize size);

/*
 * The frame that the bytes begin with.  Bytes that it takes; 0: more have to
 * come; -1: they are no frame, or one with more than most bytes of text.
 */
gssize hl_frame_take(const char *bytes, gsize size, gsize most,
                     struct hl_frame *frame);

#endif
