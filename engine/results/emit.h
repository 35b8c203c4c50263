/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One YAML file, written with libyaml.  After a failure nothing more is
 * written, and hl_emit_close says what it was.  One thread each, no lock.
 */
#ifndef HL_RESULTS_EMIT_H
#define HL_RESULTS_EMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <yaml.h>

struct hl_emit {
    yaml_emitter_t yaml;
    int fd;
    int error;                  /* a positive errno of write, or 0 */
    bool failed;
};

/* Truncates the file, so that who has it open sees the new text. */
bool hl_emit_open(struct hl_emit *emit, const char *path, char **error);
bool hl_emit_close(struct hl_emit *emit, const char *path, char **error);

void hl_emit_map(struct hl_emit *emit);
void hl_emit_map_end(struct hl_emit *emit);
void hl_emit_list(struct hl_emit *emit);
void hl_emit_list_end(struct hl_emit *emit);

/* A word that YAML takes for a string. */
void hl_emit_key(struct hl_emit *emit, const char *word);
/* A path or another name: quoted where it has to be.  UTF-8. */
void hl_emit_name(struct hl_emit *emit, const char *name);
/* Always quoted.  UTF-8. */
void hl_emit_text(struct hl_emit *emit, const char *text, size_t size);
/* Lines as they are, where YAML can hold them so.  UTF-8. */
void hl_emit_block(struct hl_emit *emit, const char *lines);
void hl_emit_int(struct hl_emit *emit, int64_t value);
void hl_emit_uint(struct hl_emit *emit, uint64_t value);
void hl_emit_hex(struct hl_emit *emit, uint64_t value);

#endif
