/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_PROTO_H
#define HL_GUEST_PROTO_H

#include <linux/types.h>

#include "wire.h"

/* A system call's arguments; the texts are the kernel's own, and stay. */
struct hl_proto_known {
	u32 args;			/* or HL_PROTO_UNKNOWN */
	const char *const *types;
	const char *const *names;
};

bool hl_proto_find(const char *name, struct hl_proto_known *known,
		   u32 *number);
void hl_proto_bits(const struct hl_proto_known *known, u8 *bits);

#endif
