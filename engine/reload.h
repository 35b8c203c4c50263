/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads scripts, models and configuration anew, all or nothing: when
 * anything fails the version that serves serves on.  One thread at a time, and
 * without engine->lock, so that the guest is served meanwhile.
 */
#ifndef HL_RELOAD_H
#define HL_RELOAD_H

#include "load.h"

struct hl_reload;

/* sources are copied. */
struct hl_reload *hl_reload_new(struct hl_engine *engine,
                                const struct hl_sources *sources);
void hl_reload_free(struct hl_reload *reload);

/* 0 or -EINVAL, which was logged; *failed as from hl_load_all(). */
int hl_reload_run(struct hl_reload *reload, char **failed);

/* The files that count: a change of one of them is a reason to load anew. */
const GPtrArray *hl_reload_files(const struct hl_reload *reload);
const struct hl_sources *hl_reload_sources(const struct hl_reload *reload);
struct hl_engine *hl_reload_engine(const struct hl_reload *reload);

#endif
