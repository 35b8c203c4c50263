/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_REGION_H
#define HL_GUEST_REGION_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/percpu.h>

#include "hyperfile.h"
#include "wire.h"

/*
 * The request of HYP_FILE_OP, as hyperfile.h describes it: this kernel's words
 * and byte order, no padding.  It lies at a multiple of 8; saying 4 spares
 * 32-bit machines unaligned stores.
 */
struct hl_file_request {
	s32 type;
	unsigned long path;
	union {
		struct {
			unsigned long buffer;
			unsigned long length;
			s64 offset;
		} __packed io;
		struct {
			u32 cmd;
			unsigned long arg;
		} __packed ioctl;
		unsigned long size;
	} __packed;
} __packed __aligned(4);

/* What a conversation does when the engine tells it to wait. */
enum hl_sleep {
	HL_SLEEP_SIGNALS,		/* any signal ends it: -ERESTARTSYS */
	HL_SLEEP_KILLABLE,		/* only a fatal one does: -EINTR */
	HL_SLEEP_NEVER,			/* -EDEADLK at once */
};

/*
 * What one conversation with the engine needs.  All that the engine reads or
 * writes lies in the linear map (kmalloc, not vmalloc, module data or stack),
 * where it can be read whatever the processor's TLB holds at that moment.
 */
struct hl_slot {
	struct hl_call call __aligned(HL_CALL_SIZE);
	/* In this order the engine has all of a small operation at once. */
	union {
		unsigned char small[HL_CALL_SMALL];
		s64 size;		/* the answer to HYP_GETATTR */
	};
	union {
		struct hl_file_request request;
		unsigned char room[HYP_CONTEXT_AT];
	};
	struct hl_file_context context;
	struct mem_region *region;
	struct list_head node;		/* in the pool; under its lock */
	const void *owner;		/* its removal ends a wait; or NULL */
	struct hl_opened *opened;	/* HL_OP_FILE_OPEN's, or NULL */
	enum hl_sleep sleep;
} __aligned(2 * HL_CALL_SIZE);

/*
 * One slot a processor, taken and returned without a lock (and without turning
 * interrupts off, as this_cpu_xchg() does on MIPS, where that costs more than
 * all the rest); any processor's will do.
 */
DECLARE_PER_CPU(struct hl_slot *, hl_slot_at_hand);

/* region.c: the others */
struct hl_slot *hl_slot_find(void);
void hl_slot_keep(struct hl_slot *slot);
void hl_slots_free(void);

/* NULL: out of memory.  In process context, as it may allocate. */
static inline struct hl_slot *hl_slot_get(void)
{
	struct hl_slot *slot = xchg(raw_cpu_ptr(&hl_slot_at_hand), NULL);

	if (unlikely(!slot)) {
		slot = hl_slot_find();
		if (!slot)
			return NULL;
	}
	slot->owner = NULL;
	slot->sleep = HL_SLEEP_SIGNALS;
	return slot;
}

static inline void hl_slot_put(struct hl_slot *slot)
{
	slot = xchg(raw_cpu_ptr(&hl_slot_at_hand), slot);
	if (unlikely(slot))
		hl_slot_keep(slot);
}

#endif
