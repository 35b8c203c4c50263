/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_REGION_H
#define HL_GUEST_REGION_H

#include <linux/list.h>

#include "wire.h"

/*
 * What one conversation with the engine needs.  Both parts lie in the linear
 * map (kmalloc, not vmalloc, module data or stack), where the engine can read
 * whatever the processor's TLB holds at that moment.
 */
struct hl_slot {
	struct hl_call call __aligned(HL_CALL_SIZE);
	struct mem_region *region;
	struct list_head node;		/* in the pool; under its lock */
};

struct hl_slot *hl_slot_get(void);
void hl_slot_put(struct hl_slot *slot);
void hl_slots_free(void);

#endif
