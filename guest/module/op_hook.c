// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_HOOK_ADD and HOOK_REMOVE: from the wire to hook.c.  In process
 * context; sleeps on hook.c's mutex.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "added.h"
#include "filter_wire.h"
#include "hook.h"
#include "serve.h"

/* It becomes part of a symbol; or "*", all of them. */
static bool is_name(const char *name)
{
	size_t length = strnlen(name, HL_NAME_SIZE);

	if (!length || length == HL_NAME_SIZE)
		return false;
	return !strcmp(name, "*") ||
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static bool tests_retval(const struct hl_filter *filter)
{
	u32 i;

	for (i = 0; i < filter->tests; i++) {
		if (filter->item[i].subject == HL_SUBJECT_RETVAL)
			return true;
	}
	return false;
}

static int take_spec(struct hl_hook *hook, const unsigned char *data, u32 size)
{
	const struct hl_hook_spec *spec = (const struct hl_hook_spec *)data;
	u32 tests_size;
	int error;

	if (size < sizeof(*spec) || !is_name(spec->name))
		return -EINVAL;
	tests_size = le32_to_cpu(spec->tests_size);
	if (tests_size > size - sizeof(*spec))
		return -EINVAL;
	hook->id = le32_to_cpu(spec->id);
	hook->phase = le32_to_cpu(spec->phase);
	if (!hook->id || (hook->phase != HL_PHASE_ENTER &&
			  hook->phase != HL_PHASE_RETURN))
		return -EINVAL;
	error = hl_filter_take(&hook->filter, data + sizeof(*spec), tests_size,
			       le32_to_cpu(spec->tests));
	if (error)
		return error;
	return hook->phase == HL_PHASE_ENTER && tests_retval(&hook->filter) ?
	       -EINVAL : 0;
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
	if (error)
		return error;
	hl_added_one(request);
	return HL_RESP_OK;
}

int hl_op_hook_remove(struct hl_request *request)
{
	int error = -ENOENT;

	if (request->addr == (u32)request->addr)
		error = hl_hook_remove(request->addr);
	request->size = 0;
	return error ? error : HL_RESP_OK;
}
