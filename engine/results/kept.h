/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest did, by path and event, bounded.  Under engine->lock. */
#ifndef HL_RESULTS_KEPT_H
#define HL_RESULTS_KEPT_H

#include "model.h"
#include "emit.h"

/* Entries of one path and event that are kept: the first, and the last. */
#define HL_KEPT_FIRST 64
#define HL_KEPT_LAST 64
/* Paths; those beyond are counted under HL_KEPT_OTHERS. */
#define HL_KEPT_PATHS 16384
#define HL_KEPT_OTHERS "others"
/* Bytes of all entries; what comes later is counted only. */
#define HL_KEPT_BYTES (32 << 20)
/* Bytes of all paths, so that their number is no way around that. */
#define HL_KEPT_PATH_BYTES (8 << 20)

struct hl_kept *hl_kept_new(void);
void hl_kept_free(struct hl_kept *kept);

void hl_kept_add(struct hl_kept *kept, const char *path,
                 const struct hl_file_request *done);

/* All of it, as one value: path -> event -> list of entries. */
void hl_kept_emit(const struct hl_kept *kept, struct hl_emit *emit);

#endif
