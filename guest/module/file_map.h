/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_FILE_MAP_H
#define HL_GUEST_FILE_MAP_H

#include "node.h"

int hl_map_copy(struct hl_node *node, unsigned char *data, u64 offset,
		u32 size, bool write);

#endif
