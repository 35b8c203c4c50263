// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_HOOK_ADD and HOOK_REMOVE: from the wire to hook.c.  In process
 * context; sleeps on hook.c's mutex.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "hook.h"
#include "serve.h"

/* Bytes that the record takes, or -errno. */
static int take_test(struct hl_filter_item *item, const void *from, u32 left)
{
	const struct hl_filter_test *test = from;
	u32 size;

	if (left < sizeof(*test))
		return -EINVAL;
	size = le16_to_cpu(test->size);
	if (size < sizeof(*test) || size > left || size % 8)
		return -EINVAL;
	item->subject = le16_to_cpu(test->subject);
	item->test = le16_to_cpu(test->test);
	item->mask = le64_to_cpu(test->mask);
	if (item->subject == HL_SUBJECT_COMM)
		memcpy(item->text, test->text, sizeof(item->text));
	else
		item->value = le64_to_cpu(test->value[0]);
	return hl_filter_item_known(item) ? size : -EOPNOTSUPP;
}

static int take_filter(struct hl_filter *filter, const unsigned char *from,
		       u32 left, u32 tests)
{
	u32 i;

	if (tests > HL_HOOK_TESTS)
		return -E2BIG;
	for (i = 0; i < tests; i++) {
		int size = take_test(&filter->item[i], from, left);

		if (size < 0)
			return size;
		from += size;
		left -= size;
	}
	filter->tests = tests;
	return 0;
}

/* It becomes part of a symbol: letters, digits and underscores. */
static bool is_name(const char *name)
{
	size_t length = strnlen(name, HL_NAME_SIZE);

	return length && length < HL_NAME_SIZE &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static int take_spec(struct hl_hook *hook, const unsigned char *data, u32 size)
{
	const struct hl_hook_spec *spec = (const struct hl_hook_spec *)data;

	if (size < sizeof(*spec) || !is_name(spec->name))
		return -EINVAL;
	hook->id = le32_to_cpu(spec->id);
	hook->phase = le32_to_cpu(spec->phase);
	if (hook->phase != HL_PHASE_ENTER && hook->phase != HL_PHASE_RETURN)
		return -EINVAL;
	return take_filter(&hook->filter, data + sizeof(*spec),
			   size - sizeof(*spec), le32_to_cpu(spec->tests));
}

int hl_op_hook_add(struct hl_request *request)
{
	const struct hl_hook_spec *spec = (void *)request->data;
	struct hl_hook *model = kzalloc(sizeof(*model), GFP_KERNEL);
	int error;

	if (!model)
		return -ENOMEM;
	error = take_spec(model, request->data, request->size);
	if (!error)
		error = hl_hook_add(spec->name, model);
	kfree(model);
	request->size = 0;
	return error ? error : HL_RESP_OK;
}

int hl_op_hook_remove(struct hl_request *request)
{
	int error = -ENOENT;

	if (request->addr == (u32)request->addr)
		error = hl_hook_remove(request->addr);
	request->size = 0;
	return error ? error : HL_RESP_OK;
}
