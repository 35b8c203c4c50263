/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recording's file: opened, bounded, closed. */
#include "lines.h"

#include <string.h>

#include "abi/hyperfile.h"
#include "bytes.h"
#include "log.h"
#include "results/put.h"
#include "results/stream.h"

/* Of a buffer: the longest line, and others beside it. */
#define ROOM (8 << 20)

_Static_assert(HL_RECORD_FRAME_MAX + HL_RECORD_SEEN_MAX +
               HL_RECORD_BYTES_MAX(HYP_LENGTH_MAX + HYPERFILE_PATH_MAX) < ROOM,
               "a line fits the stream's buffer");

struct hl_record {
    char *path;
    struct hl_stream *stream;
    const struct hl_target *target;
    bool has_header;
    uint64_t limit;
    uint64_t left;              /* bytes of it */
    bool over;                  /* the limit or an error was reached */
    int64_t began;
    GHashTable *protos;         /* names that were told */
};

#define FULL "{\"t\":\"full\"}"

struct hl_record *hl_record_new(const struct hl_target *target,
                                const char *path, uint64_t limit, char **error)
{
    struct hl_stream *stream = hl_stream_new(path, ROOM, error);
    struct hl_record *record;

    if (!stream) {
        return NULL;
    }
    record = g_new0(struct hl_record, 1);
    record->path = g_strdup(path);
    record->stream = stream;
    record->target = target;
    record->limit = limit;
    record->left = limit;
    record->began = hl_seen_now();
    record->protos = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                           NULL);
    return record;
}

/* Not before there is a line to follow, or the end: a line starts a thread. */
static void put_header(struct hl_record *record)
{
    const struct hl_target *target = record->target;
    char *line = record->has_header
        ? NULL : hl_stream_begin(record->stream, HL_RECORD_FRAME_MAX);

    record->has_header = true;
    if (line) {
        hl_stream_end(record->stream,
                      (size_t)g_snprintf(line, HL_RECORD_FRAME_MAX,
            "{\"hyperlua_recording\":%d,\"target\":\"%s\",\"word_bits\":%u,"
            "\"big_endian\":%s}\n", HL_RECORD_VERSION, target->name,
            target->word_bits, target->big_endian ? "true" : "false"));
    }
}

void hl_record_free(struct hl_record *record)
{
    if (!record) {
        return;
    }
    hl_stream_free(record->stream);
    g_hash_table_destroy(record->protos);
    g_free(record->path);
    g_free(record);
}

static void say_error(struct hl_engine *engine)
{
    g_autofree char *error = hl_stream_take_error(engine->record->stream);

    if (error) {
        hl_log(engine, HL_ERROR, "record %s", error);
    }
}

void hl_record_flush(struct hl_engine *engine)
{
    if (engine->record) {
        put_header(engine->record);
        hl_stream_flush(engine->record->stream);
        say_error(engine);
    }
}

char *hl_record_begin(struct hl_engine *engine, size_t max)
{
    struct hl_record *record = engine->record;
    char *line;

    put_header(record);
    line = record->over ? NULL : hl_stream_begin(record->stream, max);
    if (!line && !record->over) {
        record->over = true;
        say_error(engine);
    }
    return line;
}

void hl_record_end(struct hl_engine *engine, char *begin, char *end)
{
    struct hl_record *record = engine->record;
    size_t size;

    *end++ = '\n';
    size = (size_t)(end - begin);
    if (size <= record->left) {
        record->left -= size;
        hl_stream_end(record->stream, size);
        return;
    }
    record->over = true;
    hl_stream_end(record->stream,
                  (size_t)(hl_put(begin, FULL "\n") - begin));
    hl_log(engine, HL_WARN, "record %s: the limit of %" G_GUINT64_FORMAT
           " MiB is reached (--record-limit): what follows is not recorded",
           record->path, record->limit >> 20);
}

bool hl_record_is_new(struct hl_record *record, const char *name)
{
    return !g_hash_table_contains(record->protos, name) &&
           g_hash_table_add(record->protos, g_strdup(name));
}

char *hl_record_put_times(const struct hl_record *record, char *to,
                          int64_t began)
{
    to = hl_put_int(hl_put(to, ",\"at\":"), (began - record->began) / 1000);
    return hl_put_int(hl_put(to, ",\"ns\":"), hl_seen_now() - began);
}

static char *put_list(char *to, const char *key, const GString *list)
{
    to = hl_put(to, key);
    memcpy(to, list->str, list->len);
    return hl_put(to + list->len, "]");
}

char *hl_record_put_seen(char *to, const struct hl_seen *seen)
{
    if (!seen) {
        return to;
    }
    if (seen->hooks) {
        to = put_list(to, ",\"hooks\":[", seen->hooks);
    }
    if (seen->memory) {
        to = put_list(to, ",\"memory\":[", seen->memory);
    }
    return seen->cut ? hl_put(to, ",\"cut\":true") : to;
}

char *hl_record_put_bytes(char *to, const char *key, const void *bytes,
                          size_t size)
{
    return hl_put_bytes(hl_put(hl_put(hl_put(to, ",\""), key), "\":"), bytes,
                        size);
}
