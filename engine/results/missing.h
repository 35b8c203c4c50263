/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nobody answered, counted and ranked, bounded.  Under engine->lock. */
#ifndef HL_MISSING_H
#define HL_MISSING_H

#include "model.h"
#include "emit.h"

/* Those beyond are counted together. */
#define HL_MISSING_PATHS 4096
#define HL_MISSING_IOCTLS 1024
#define HL_MISSING_PROCESSES 16
#define HL_MISSING_OTHERS "others"

struct hl_missing *hl_missing_new(const struct hl_target *target);
void hl_missing_free(struct hl_missing *missing);

void hl_missing_add_path(struct hl_missing *missing, const char *path,
                         const char *comm);
/* path may be NULL. */
void hl_missing_add_ioctl(struct hl_missing *missing, const char *path,
                          uint32_t cmd, int64_t retval, const char *comm);

/* All of it, as one value: the lists paths and ioctls. */
void hl_missing_emit(const struct hl_missing *missing, struct hl_emit *emit);

#endif
