/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_ADDED_H
#define HL_GUEST_ADDED_H

#include <linux/types.h>

/* Times that an event may be asked anew: the scripts change as often. */
#define HL_LOOKS_MAX 8

struct hl_request;

/* So far.  What is looked for after this finds at least those. */
u32 hl_added(void);

/* Those bits of an event's flags. */
__le32 hl_added_flags(u32 flags, u32 added);

/* Another one is there; the request's answer says how many. */
void hl_added_one(struct hl_request *request);

#endif
