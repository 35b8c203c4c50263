// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * File operations put to the engine: what need not be inline (file_ask.h).  In
 * the process whose operation it is, without locks.
 */
#include "file_ask.h"

/* The engine did not reach our memory; it may say so a few times. */
s64 hl_ask_again(struct hl_slot *slot)
{
	u32 i;

	for (i = 1; i < HL_ASK_TRIES; i++) {
		s64 ret = hl_ask_once(slot);

		if (ret != HYP_RETRY)
			return ret;
	}
	return -EFAULT;
}

/* What the VFS takes for an error, and what fits an int. */
static s64 plain_result(s64 ret)
{
	return ret < -MAX_ERRNO ? -EIO : ret;
}

/* Operations without data. */
s64 hl_ask_plain(struct hl_node *node, const struct file *file, s32 type,
		 size_t length, loff_t offset, enum hl_sleep sleep)
{
	struct hl_slot *slot = hl_ask_begin(node, file, type);
	s64 ret;

	if (!slot)
		return -ENOMEM;
	slot->sleep = sleep;
	hl_ask_io(slot, NULL, length, offset);
	/* A position may have HYP_RETRY's value; no memory is asked for. */
	ret = type == HYP_LSEEK ? hl_ask_once(slot) : hl_ask(slot);
	hl_slot_put(slot);
	return plain_result(ret);
}

/* The size as a model gives it; the node's when it gives none. */
s64 hl_ask_size(struct hl_node *node, const struct file *file, loff_t *size)
{
	struct hl_slot *slot = hl_ask_begin(node, file, HYP_GETATTR);
	s64 ret;

	if (!slot)
		return -ENOMEM;
	slot->size = READ_ONCE(node->size);
	slot->request.size = (unsigned long)&slot->size;
	ret = hl_ask(slot);
	*size = slot->size;
	hl_slot_put(slot);
	return plain_result(ret);
}
