// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_PROBE_ADD and PROBE_REMOVE: from the wire to probe.c.  In process
 * context; sleeps on probe.c's mutex.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "added.h"
#include "filter_wire.h"
#include "probe.h"
#include "serve.h"

/* What the kind's events have; a text is read where its process may sleep. */
static bool can_test(const struct hl_probe_type *type,
		     const struct hl_filter_item *item)
{
	if (item->subject == HL_SUBJECT_RETVAL)
		return type->returns;
	if (item->subject >= HL_SYSCALL_ARGS)
		return true;
	return (hl_filter_is_text(item) ? type->text_args : type->int_args) &
	       BIT(item->subject);
}

/* Of the tests that the probe keeps. */
static int take_filter(struct hl_probe *probe, const struct hl_probe_type *type,
		       u32 size, u32 tests)
{
	int error = hl_filter_take(&probe->filter, probe->tests, size, tests);
	u32 i;

	if (error)
		return error;
	for (i = 0; i < tests; i++) {
		struct hl_filter_item *item = &probe->filter.item[i];

		if (!can_test(type, item))
			return -EOPNOTSUPP;
		if (item->subject >= HL_SYSCALL_ARGS)
			continue;
		if (type->int32_args & BIT(item->subject))
			item->width = U32_MAX;
		if (hl_filter_is_text(item))
			probe->text_args |= BIT(item->subject);
	}
	return 0;
}

/* A string of so many bytes, its NUL the last and only one; NULL: none. */
static int take_string(const char **string, const unsigned char *data, u32 size)
{
	*string = size ? (const char *)data : NULL;
	return !size || (size > 1 && strnlen(*string, size) == size - 1) ?
	       0 : -EINVAL;
}

/* Bytes up to the tests, or -errno. */
static int take_place(struct hl_probe_place *place, const unsigned char *data,
		      u32 size)
{
	const struct hl_probe_spec *spec = (const void *)data;
	u32 path_size, symbol_size, used;

	if (size < sizeof(*spec))
		return -EINVAL;
	path_size = le32_to_cpu(spec->path_size);
	symbol_size = le32_to_cpu(spec->symbol_size);
	if (path_size > size || symbol_size > size)
		return -EINVAL;
	used = sizeof(*spec) + ALIGN(path_size + symbol_size, 8);
	if (used > size)
		return -EINVAL;
	place->kind = le32_to_cpu(spec->kind);
	place->offset = le64_to_cpu(spec->offset);
	if (take_string(&place->path, data + sizeof(*spec), path_size) ||
	    take_string(&place->symbol, data + sizeof(*spec) + path_size,
			symbol_size))
		return -EINVAL;
	return used;
}

static struct hl_probe *take_probe(const struct hl_request *request, u32 used,
				   const struct hl_probe_type *type)
{
	const struct hl_probe_spec *spec = (const void *)request->data;
	u32 tests_size = request->size - used;
	struct hl_probe *probe = kzalloc(sizeof(*probe) + tests_size,
					 GFP_KERNEL);
	int error;

	if (!probe)
		return ERR_PTR(-ENOMEM);
	probe->id = le32_to_cpu(spec->id);
	memcpy(probe->tests, request->data + used, tests_size);
	error = take_filter(probe, type, tests_size, le32_to_cpu(spec->tests));
	if (error) {
		kfree(probe);
		return ERR_PTR(error);
	}
	return probe;
}

int hl_op_probe_add(struct hl_request *request)
{
	struct hl_probe_place place;
	const struct hl_probe_type *type;
	struct hl_probe *probe;
	int used = take_place(&place, request->data, request->size);
	int error;

	if (used < 0)
		return used;
	type = hl_probe_type_find(place.kind);
	if (!type)
		return -EINVAL;
	probe = take_probe(request, used, type);
	if (IS_ERR(probe))
		return PTR_ERR(probe);
	error = hl_probe_add(probe, &place);
	if (error)
		return error;
	hl_added_one(request);
	return HL_RESP_OK;
}

int hl_op_probe_remove(struct hl_request *request)
{
	int error = -ENOENT;

	if (request->addr == (u32)request->addr)
		error = hl_probe_remove(request->addr);
	request->size = 0;
	return error ? error : HL_RESP_OK;
}
