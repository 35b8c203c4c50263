// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A filter's tests, from the wire to filter.h: every length is checked here.
 * Called by op_hook.c, on what the engine wrote; no lock.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>

#include "filter_wire.h"

static u64 width_of(u32 subject)
{
	if (subject == HL_SUBJECT_PID)
		return U32_MAX;
	return subject == HL_SUBJECT_RETVAL ? U64_MAX : ULONG_MAX;
}

/* Bytes that the record takes, or -errno. */
static int take_test(struct hl_filter_item *item, const unsigned char *from,
		     u32 left)
{
	const struct hl_filter_test *test = (const void *)from;
	u32 size;

	if (left < sizeof(*test))
		return -EINVAL;
	size = le16_to_cpu(test->size);
	if (size < sizeof(*test) || size > left || size % 8)
		return -EINVAL;
	item->subject = le16_to_cpu(test->subject);
	item->test = le16_to_cpu(test->test);
	item->flags = le16_to_cpu(test->flags);
	item->width = width_of(item->subject);
	item->mask = le64_to_cpu(test->mask);
	item->value[0] = le64_to_cpu(test->value[0]);
	item->value[1] = le64_to_cpu(test->value[1]);
	item->text = (const char *)(from + sizeof(*test));
	if (hl_filter_is_text(item) && item->value[0] > size - sizeof(*test))
		return -EINVAL;
	return hl_filter_item_known(item) ? size : -EOPNOTSUPP;
}

int hl_filter_take(struct hl_filter *filter, const unsigned char *from,
		   u32 size, u32 tests)
{
	u32 i;

	if (tests > HL_HOOK_TESTS)
		return -E2BIG;
	for (i = 0; i < tests; i++) {
		int taken = take_test(&filter->item[i], from, size);

		if (taken < 0)
			return taken;
		from += taken;
		size -= taken;
	}
	filter->tests = tests;
	return 0;
}
