/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the handlers of a script did wrong: each fault is shown once and then
 * counted, so that one that happens a thousand times does not hide the others.
 * Under engine->lock.
 */
#ifndef HL_FAULTS_H
#define HL_FAULTS_H

#include "engine.h"

struct hl_faults;

struct hl_faults *hl_faults_new(struct hl_engine *engine);
/* Says how often those happened that have not been shown since. */
void hl_faults_say(struct hl_faults *faults);
void hl_faults_free(struct hl_faults *faults);

/*
 * what is the fault without whom it befell: "raeth.lua:20: no, in read of
 * /dev/x".  Of the same what, text is shown the first time; from then on a line
 * says how often it happened, at most every 10 s.
 */
void hl_fault(struct hl_faults *faults, const char *what, const char *text);

#endif
