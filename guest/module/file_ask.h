/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file operation put to the engine: the request and who asks.  Inline, as
 * in an operation of two microseconds each call of a function counts.
 */
#ifndef HL_GUEST_FILE_ASK_H
#define HL_GUEST_FILE_ASK_H

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "call.h"
#include "file.h"

/* How often HYP_RETRY is heard until it is an error. */
#define HL_ASK_TRIES 8

/*
 * A slot with all but the operation's own fields; file may be NULL.  NULL: no
 * memory.
 */
static __always_inline struct hl_slot *
hl_ask_begin(struct hl_node *node, const struct file *file, s32 type)
{
	const struct hl_open *open = file ? file->private_data : NULL;
	struct hl_slot *slot = hl_slot_get();
	struct hl_file_context *context;

	if (!slot)
		return NULL;
	slot->owner = node;
	slot->request.type = type;
	slot->request.path = (unsigned long)node->path;
	context = &slot->context;
	context->node = cpu_to_le32(node->id);
	context->flags = 0;
	context->pid = cpu_to_le32(current->tgid);
	context->tid = cpu_to_le32(current->pid);
	hl_call_comm(context->comm);
	context->handle = cpu_to_le64(open ? open->handle : 0);
	context->open_flags = cpu_to_le32(file ? file->f_flags : 0);
	context->reserved = 0;
	return slot;
}

static inline void hl_ask_io(struct hl_slot *slot, const void *buffer,
			     size_t length, loff_t offset)
{
	slot->request.io.buffer = (unsigned long)buffer;
	slot->request.io.length = length;
	slot->request.io.offset = offset;
}

/* HYP_RETRY is passed on. */
static inline s64 hl_ask_once(struct hl_slot *slot)
{
	u64 ret = hl_call_file(slot);

	return unlikely(ret == HL_RET_UNTOUCHED) ? -ENODEV : (s64)ret;
}

/* file_ask.c */
s64 hl_ask_again(struct hl_slot *slot);
s64 hl_ask_plain(struct hl_node *node, const struct file *file, s32 type,
		 size_t length, loff_t offset, enum hl_sleep sleep);
s64 hl_ask_size(struct hl_node *node, const struct file *file, loff_t *size);

/* For requests that the engine does not change. */
static inline s64 hl_ask(struct hl_slot *slot)
{
	s64 ret = hl_ask_once(slot);

	return unlikely(ret == HYP_RETRY) ? hl_ask_again(slot) : ret;
}

#endif
