/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines on their way to a file, which a thread of their own writes.  Called
 * under engine->lock; inside there is a lock that is held for no write.
 */
#ifndef HL_RESULTS_STREAM_H
#define HL_RESULTS_STREAM_H

#include <stddef.h>

/* The longest line of json.c, for which a buffer has room. */
#define HL_STREAM_LINE_MAX (64 << 10)

/*
 * Creates the file, empty; NULL with one line in *error when it cannot.  room:
 * bytes of a buffer, and of the longest line; it has two.
 */
struct hl_stream *hl_stream_new(const char *path, size_t room, char **error);
/* What was added is in the file before this returns. */
void hl_stream_free(struct hl_stream *stream);

/*
 * Where a line of at most max bytes can be put, to be followed by
 * hl_stream_end at once.  NULL: an error has ended the stream.
 */
char *hl_stream_begin(struct hl_stream *stream, size_t max);
void hl_stream_end(struct hl_stream *stream, size_t size);

/* What was added is in the file when this returns, or the stream has ended. */
void hl_stream_flush(struct hl_stream *stream);

/* The error that ended the stream, once; to be freed. */
char *hl_stream_take_error(struct hl_stream *stream);

#endif
