/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_WAIT_H
#define HL_GUEST_WAIT_H

#include "region.h"

int hl_wait(struct hl_slot *slot, u64 milliseconds);
void hl_waits_cancel(const void *owner);
void hl_waits_close(void);

#endif
