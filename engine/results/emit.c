/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thin layer over libyaml's emitter, for kept.c and missing.c, which
 * call it under engine->lock.
 */
#include "emit.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static int write_bytes(void *user, unsigned char *bytes, size_t size)
{
    struct hl_emit *emit = user;

    emit->error = hl_results_write_all(emit->fd, bytes, size);
    return emit->error == 0;
}

/* made: what the function that made the event returned. */
static void put(struct hl_emit *emit, yaml_event_t *event, int made)
{
    if (!made) {
        emit->failed = true;
        return;
    }
    if (emit->failed) {
        yaml_event_delete(event);
        return;
    }
    /* It takes the event, and frees it in any case. */
    emit->failed = !yaml_emitter_emit(&emit->yaml, event);
}

static void scalar(struct hl_emit *emit, const char *text, size_t size,
                   yaml_scalar_style_t style)
{
    yaml_event_t event;

    put(emit, &event, yaml_scalar_event_initialize(
        &event, NULL, NULL, (const yaml_char_t *)text, (int)size, 1, 1, style));
}

bool hl_emit_open(struct hl_emit *emit, const char *path, char **error)
{
    yaml_event_t event;

    *emit = (struct hl_emit){ .fd = hl_results_create(path, error) };
    if (emit->fd < 0) {
        return false;
    }
    if (!yaml_emitter_initialize(&emit->yaml)) {
        g_error("out of memory");
    }
    yaml_emitter_set_output(&emit->yaml, write_bytes, emit);
    yaml_emitter_set_unicode(&emit->yaml, 1);
    yaml_emitter_set_width(&emit->yaml, -1);
    put(emit, &event, yaml_stream_start_event_initialize(
        &event, YAML_UTF8_ENCODING));
    put(emit, &event, yaml_document_start_event_initialize(
        &event, NULL, NULL, NULL, 1));
    return true;
}

bool hl_emit_close(struct hl_emit *emit, const char *path, char **error)
{
    yaml_event_t event;

    put(emit, &event, yaml_document_end_event_initialize(&event, 1));
    put(emit, &event, yaml_stream_end_event_initialize(&event));
    if (emit->failed) {
        /* Only a text that is no UTF-8, a bug of ours, is no write error. */
        *error = g_strdup_printf("%s: %s", path,
                                 g_strerror(emit->error ? emit->error
                                                        : EINVAL));
    }
    yaml_emitter_delete(&emit->yaml);
    close(emit->fd);
    return !emit->failed;
}

void hl_emit_map(struct hl_emit *emit)
{
    yaml_event_t event;

    put(emit, &event, yaml_mapping_start_event_initialize(
        &event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
}

void hl_emit_map_end(struct hl_emit *emit)
{
    yaml_event_t event;

    put(emit, &event, yaml_mapping_end_event_initialize(&event));
}

void hl_emit_list(struct hl_emit *emit)
{
    yaml_event_t event;

    put(emit, &event, yaml_sequence_start_event_initialize(
        &event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
}

void hl_emit_list_end(struct hl_emit *emit)
{
    yaml_event_t event;

    put(emit, &event, yaml_sequence_end_event_initialize(&event));
}

void hl_emit_key(struct hl_emit *emit, const char *word)
{
    scalar(emit, word, strlen(word), YAML_PLAIN_SCALAR_STYLE);
}

/* Unquoted, what does not begin as a path does could be a number or null. */
void hl_emit_name(struct hl_emit *emit, const char *name)
{
    bool plain = name[0] == '/' && !strpbrk(name, "\n\r");

    scalar(emit, name, strlen(name), plain ? YAML_PLAIN_SCALAR_STYLE
                                           : YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

void hl_emit_text(struct hl_emit *emit, const char *text, size_t size)
{
    scalar(emit, text, size, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

void hl_emit_block(struct hl_emit *emit, const char *lines)
{
    scalar(emit, lines, strlen(lines), YAML_LITERAL_SCALAR_STYLE);
}

void hl_emit_int(struct hl_emit *emit, int64_t value)
{
    char text[24];

    g_snprintf(text, sizeof(text), "%" PRId64, value);
    hl_emit_key(emit, text);
}

void hl_emit_uint(struct hl_emit *emit, uint64_t value)
{
    char text[24];

    g_snprintf(text, sizeof(text), "%" PRIu64, value);
    hl_emit_key(emit, text);
}

void hl_emit_hex(struct hl_emit *emit, uint64_t value)
{
    char text[24];

    g_snprintf(text, sizeof(text), "0x%" PRIx64, value);
    hl_emit_key(emit, text);
}
