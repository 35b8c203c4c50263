/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest did to the files, and what nobody answered: the log file of
 * each run (YAML), its stream (a JSON object a line), and the list of what is
 * missing, with what to paste.  All under engine->lock, and NULL-safe: without
 * a log file engine->results is NULL and nothing is kept.
 */
#ifndef HL_RESULTS_H
#define HL_RESULTS_H

#include "model.h"

/*
 * log_file is FILE.yaml; beside it lie FILE.jsonl and FILE.missing.yaml.  All
 * are created empty now.  NULL with one line in *error when they cannot be.
 */
struct hl_results *hl_results_new(const struct hl_target *target,
                                  const char *log_file, char **error);
/* Writes what hl_results_write does, and ends the stream. */
void hl_results_free(struct hl_results *results);

/* path is the one that the guest named: of an unknown file, too. */
void hl_results_add(struct hl_results *results, const char *path,
                    const struct hl_file_request *done);

/* A system call failed on a path that is not there (ENOENT). */
void hl_results_missing_path(struct hl_results *results, const char *path,
                             uint32_t pid, const char *comm);

/* An ioctl that no model answered; path is NULL when it is not one of ours. */
void hl_results_missing_ioctl(struct hl_results *results, const char *path,
                              uint32_t cmd, int64_t retval, uint32_t pid,
                              const char *comm);

/* Writes FILE.yaml and FILE.missing.yaml as of now; false: *error says why. */
bool hl_results_write(struct hl_results *results, char **error);

/* The stream's lines reach the file at the latest after this call. */
void hl_results_flush(struct hl_results *results);

#endif
