/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recording's file, for record.c and event.c.  Under engine->lock. */
#ifndef HL_RECORD_LINES_H
#define HL_RECORD_LINES_H

#include <stdbool.h>

#include "engine.h"
#include "record.h"
#include "seen.h"

/*
 * Where a line of at most max characters can be put, to be followed by
 * hl_record_end at once.  NULL: nothing more is recorded.
 */
char *hl_record_begin(struct hl_engine *engine, size_t max);
/* The line from begin to end, which it ends with a newline. */
void hl_record_end(struct hl_engine *engine, char *begin, char *end);

/* Whether no line told of that system call yet; then it counts as told. */
bool hl_record_is_new(struct hl_record *record, const char *name);

/* "at" and "ns", which every line begins with. */
char *hl_record_put_times(const struct hl_record *record, char *to,
                          int64_t began);
/* ,"memory":[...],"cut":true */
char *hl_record_put_seen(char *to, const struct hl_seen *seen);
/* ,"key":bytes */
char *hl_record_put_bytes(char *to, const char *key, const void *bytes,
                          size_t size);

/* Of a line: keys, numbers and punctuation; and what hl_seen has. */
#define HL_RECORD_FRAME_MAX 2048
#define HL_RECORD_SEEN_MAX (HL_SEEN_MEMORY_MAX + HL_SEEN_HOOKS_MAX)

#endif
