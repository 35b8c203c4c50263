/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's bytes as text, and the files of the results.  Any thread, no
 * lock.
 */
#ifndef HL_RESULTS_TEXT_H
#define HL_RESULTS_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the UTF-8 character at s, 0: there is none; left is not 0. */
size_t hl_text_char(const uint8_t *s, size_t left);

/* What is UTF-8 of these bytes; the rest is left out. */
char *hl_text_valid(const uint8_t *bytes, size_t size, size_t *valid_size);

/* A name for people: raw's first max bytes; what is no UTF-8 becomes \xNN. */
char *hl_text_name(const char *raw, size_t max);

/* An empty file, open to be written, or -1 with one line in *error. */
int hl_results_create(const char *path, char **error);

/* 0 or a positive errno. */
int hl_results_write_all(int fd, const void *bytes, size_t size);

#endif
