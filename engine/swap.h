/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A loaded version of the scripts takes the place of the one that serves.
 *
 * First the guest is told of the hooks that only the new version has, while the
 * old one answers all; then, at one moment under the lock, the new one answers
 * all; then the guest takes out what only the old one had.  So each request is
 * answered by one version.  A hook that both have stays in the guest as it is.
 *
 * An event says how many hooks had been added when the guest looked for those
 * that match (HL_EVENT_ADDED_SHIFT): one from before the new version's were all
 * there has to look again, HL_ANSWER_STALE.
 */
#ifndef HL_SWAP_H
#define HL_SWAP_H

#include "engine.h"

struct hl_site;

/*
 * Takes over the caller's use of next, which is loading.  One that still waits
 * for the guest gives way to it.  Under engine->lock, which next needs from
 * here on.
 */
void hl_swap_begin(struct hl_engine *engine, struct hl_script *next);

/* The guest has added so many: what an event says is compared with the last. */
void hl_swap_added(struct hl_engine *engine, uint32_t added);

/* The guest has the site, its so many'th that was added, or has refused it. */
void hl_swap_settled(struct hl_engine *engine, struct hl_site *site,
                     uint32_t added);

/* There is no guest (any more) that could be waited for. */
void hl_swap_finish(struct hl_engine *engine);

#endif
