// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_PROTO_NEXT: the system calls that can be hooked, each name once, and
 * what their arguments are.  In process context; sleeps on hook.c's mutex.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "hook.h"
#include "serve.h"

struct list {
	unsigned char *data;	/* HL_CHUNK bytes */
	u32 size;		/* that are filled */
	u64 skip;		/* so many come before */
};

/* A text and its NUL, when there is room; where the next goes. */
static u32 add_text(struct list *list, u32 at, const char *text)
{
	size_t size = strlen(text) + 1;

	if (at > HL_CHUNK || size > HL_CHUNK - at)
		return HL_CHUNK + 1;
	memcpy(list->data + at, text, size);
	return at + size;
}

static u32 add_texts(struct list *list, u32 at, const struct hl_site *site)
{
	const struct hl_proto_known *proto = &site->proto;
	u32 i;

	at = add_text(list, at, site->name);
	if (proto->args == HL_PROTO_UNKNOWN)
		return at;
	for (i = 0; i < proto->args; i++) {
		at = add_text(list, at, proto->types[i]);
		at = add_text(list, at, proto->names[i]);
	}
	return at;
}

/* False: it has no room any more. */
static bool add_record(struct hl_site *site, void *context)
{
	struct list *list = context;
	struct hl_proto *record = (void *)(list->data + list->size);
	u32 end;

	if (!site->listed || site->forbidden)
		return true;
	if (list->skip) {
		list->skip--;
		return true;
	}
	end = add_texts(list, list->size + sizeof(*record), site);
	if (end > HL_CHUNK || round_up(end, 8) > HL_CHUNK)
		return false;
	memset(list->data + end, 0, round_up(end, 8) - end);
	end = round_up(end, 8);
	record->size = cpu_to_le16(end - list->size);
	record->args = cpu_to_le16(site->proto.args);
	record->number = cpu_to_le32(site->number);
	list->size = end;
	return true;
}

int hl_op_proto_next(struct hl_request *request)
{
	struct list list = { .data = request->data, .skip = request->addr };
	int error = hl_sites_walk(add_record, &list);

	request->size = list.size;
	return error ? error : HL_RESP_OK;
}
