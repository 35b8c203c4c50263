/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that loads the scripts anew when one of their files changes, and
 * that closes the versions which nobody uses any more.
 */
#ifndef HL_WATCH_H
#define HL_WATCH_H

#include "reload.h"

struct hl_watch;

/* reload is its own from here on.  NULL, with a line in *error: no inotify. */
struct hl_watch *hl_watch_start(struct hl_reload *reload, char **error);

/* Ends the thread. */
void hl_watch_stop(struct hl_watch *watch);

#endif
