// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pool of call blocks and mem_regions.  Allocating a page per call would
 * cost more than the call itself (design.md, section 2).
 *
 * Each processor keeps one slot at hand (region.h); the rest are in a list.
 * Process context only, as an empty pool allocates.
 */
#include <linux/build_bug.h>
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "region.h"

/* So many lie in the list at most; what comes back beyond that is freed. */
#define POOL_MAX 64

DEFINE_PER_CPU(struct hl_slot *, hl_slot_at_hand);
static DEFINE_SPINLOCK(pool_lock);
static LIST_HEAD(pool);
static unsigned int pool_size;		/* under pool_lock */

static struct hl_slot *slot_new(void)
{
	struct hl_slot *slot;

	/* kmalloc aligns what has the size of a power of two to that size. */
	BUILD_BUG_ON(sizeof(*slot) != 4 * HL_CALL_SIZE);
	BUILD_BUG_ON(sizeof(slot->request) > HYP_CONTEXT_AT);
	BUILD_BUG_ON(offsetof(struct hl_slot, request) % 8);
	BUILD_BUG_ON(offsetof(struct hl_slot, context) !=
		     offsetof(struct hl_slot, request) + HYP_CONTEXT_AT);
	BUILD_BUG_ON(offsetof(struct hl_slot, small) != HL_CALL_SIZE);
	BUILD_BUG_ON(offsetofend(struct hl_slot, context) >
		     HL_CALL_SIZE + HL_CALL_BEHIND);
	BUILD_BUG_ON(PAGE_SIZE < HL_REGION_SIZE);
	slot = kzalloc(sizeof(*slot), GFP_KERNEL);
	if (!slot)
		return NULL;
	slot->region = (struct mem_region *)get_zeroed_page(GFP_KERNEL);
	if (!slot->region) {
		kfree(slot);
		return NULL;
	}
	return slot;
}

static void slot_free(struct hl_slot *slot)
{
	free_page((unsigned long)slot->region);
	kfree(slot);
}

static struct hl_slot *pool_take(void)
{
	struct hl_slot *slot;

	spin_lock(&pool_lock);
	slot = list_first_entry_or_null(&pool, struct hl_slot, node);
	if (slot) {
		list_del(&slot->node);
		pool_size--;
	}
	spin_unlock(&pool_lock);
	return slot;
}

static bool pool_keep(struct hl_slot *slot)
{
	bool room;

	spin_lock(&pool_lock);
	room = pool_size < POOL_MAX;
	if (room) {
		list_add(&slot->node, &pool);
		pool_size++;
	}
	spin_unlock(&pool_lock);
	return room;
}

/* When there is none at hand.  NULL: out of memory. */
struct hl_slot *hl_slot_find(void)
{
	struct hl_slot *slot = pool_take();

	return slot ? slot : slot_new();
}

/* When there is one at hand already. */
void hl_slot_keep(struct hl_slot *slot)
{
	if (!pool_keep(slot))
		slot_free(slot);
}

/* When nobody holds a slot any more. */
void hl_slots_free(void)
{
	struct hl_slot *slot;
	int cpu;

	for_each_possible_cpu(cpu) {
		slot = per_cpu(hl_slot_at_hand, cpu);
		per_cpu(hl_slot_at_hand, cpu) = NULL;
		if (slot)
			slot_free(slot);
	}
	while ((slot = pool_take()))
		slot_free(slot);
}
