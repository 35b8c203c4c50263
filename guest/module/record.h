/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the ops that list something share: a file's name, and a record with a
 * name behind it.  In process context.
 */
#ifndef HL_GUEST_RECORD_H
#define HL_GUEST_RECORD_H

#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/path.h>
#include <linux/string.h>

#include "wire.h"

/*
 * As /proc would show it to current, to a buffer of HL_CHUNK bytes; its length
 * without a NUL, or -ENAMETOOLONG.
 */
static inline int hl_path_name(const struct path *path, char *to)
{
	char *name = d_path(path, to, HL_CHUNK);
	int length;

	if (IS_ERR(name))
		return PTR_ERR(name);
	length = strlen(name);
	memmove(to, name, length);
	return length;
}

/* Clears head bytes and puts the name behind; 0: there is no room for it. */
static inline u32 hl_record(unsigned char *data, u32 room, u32 head,
			    const char *name)
{
	u32 length = strlen(name);
	u32 size = ALIGN(head + length + 1, 8);

	if (size > room)
		return 0;
	memset(data, 0, head);
	memcpy(data + head, name, length);
	memset(data + head + length, 0, size - head - length);
	return size;
}

/* Whether a whole chunk has room for a record with a name so long. */
static inline bool hl_record_fits(u32 head, u32 length)
{
	return ALIGN(head + length + 1, 8) <= HL_CHUNK;
}

#endif
