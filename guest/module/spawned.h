/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_SPAWNED_H
#define HL_GUEST_SPAWNED_H

#include <linux/types.h>

/* op_spawn.c: threads of the kernel's that serve a script's own tasks */
bool hl_spawned_is_current(void);
void hl_spawned_stop(void);

#endif
