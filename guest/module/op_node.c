// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_NODE_ADD, NODE_REMOVE, NODE_WAKE, MAP_READ and MAP_WRITE: from the wire
 * to node.c and file_map.c.  In process context.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/stat.h>
#include <linux/string.h>

#include "file_map.h"
#include "node.h"
#include "serve.h"

#define NODE_FLAGS (HL_NODE_OPEN | HL_NODE_RELEASE | HL_NODE_POLL | \
		    HL_NODE_FSYNC)

/* Places are found by the path's text, so there is one way to write it. */
static bool is_plain(const char *path, u32 size)
{
	const char *part = path;

	if (size < 2 || size > HYPERFILE_PATH_MAX ||
	    strnlen(path, size + 1) != size)
		return false;
	while (part) {
		size_t length;

		if (*part++ != '/')
			return false;
		length = strchrnul(part, '/') - part;
		if (!length || (length == 1 && part[0] == '.') ||
		    (length == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		part = strchr(part, '/');
	}
	return true;
}

static int take_spec(struct hl_node_want *want, const unsigned char *data,
		     u32 size)
{
	const struct hl_node_spec *spec = (const void *)data;

	if (size < sizeof(*spec))
		return -EINVAL;
	*want = (struct hl_node_want) {
		.id = le32_to_cpu(spec->id),
		.flags = le32_to_cpu(spec->flags),
		.mode = le32_to_cpu(spec->mode),
		.seek = le32_to_cpu(spec->seek),
		.size = le64_to_cpu(spec->size),
		.device = MKDEV(le32_to_cpu(spec->major) & 0xfff,
				le32_to_cpu(spec->minor) & MINORMASK),
		.map_size = le32_to_cpu(spec->map_size),
		.path_size = le32_to_cpu(spec->path_size),
		.path = spec->path,
	};
	if (want->path_size >= size - sizeof(*spec) ||
	    !is_plain(want->path, want->path_size))
		return -EINVAL;
	if (!want->id || want->flags & ~NODE_FLAGS || want->mode & ~S_IALLUGO ||
	    want->seek > HL_SEEK_MODEL || want->map_size > HL_MAP_MAX ||
	    (s64)want->size < 0)
		return -EINVAL;
	return 0;
}

int hl_op_node_add(struct hl_request *request)
{
	struct hl_node_want want;
	int error = take_spec(&want, request->data, request->size);

	if (!error)
		error = hl_node_add(&want);
	request->size = 0;
	return error ? error : HL_RESP_OK;
}

int hl_op_node_remove(struct hl_request *request)
{
	int error = -ENOENT;

	if (request->addr == (u32)request->addr)
		error = hl_node_remove(request->addr);
	request->size = 0;
	return error ? error : HL_RESP_OK;
}

static struct hl_node *node_at(u64 id)
{
	return id == (u32)id ? hl_node_find(id) : NULL;
}

int hl_op_node_wake(struct hl_request *request)
{
	struct hl_node *node = node_at(request->addr);

	request->size = 0;
	if (!node)
		return -ENOENT;
	wake_up_interruptible_poll(&node->poll,
				   EPOLLIN | EPOLLRDNORM | EPOLLOUT |
				   EPOLLWRNORM | EPOLLPRI | EPOLLERR |
				   EPOLLHUP);
	hl_node_put(node);
	return HL_RESP_OK;
}

/* Bytes copied, or -errno. */
static int map_copy(struct hl_request *request, bool write)
{
	struct hl_map_args args;
	unsigned char *data = request->data;
	struct hl_node *node;
	u32 size;
	int error;

	if (request->size < sizeof(args))
		return -EINVAL;
	memcpy(&args, data, sizeof(args));
	size = le32_to_cpu(args.size);
	if (size > (write ? request->size - sizeof(args) : HL_CHUNK))
		return -EINVAL;
	node = node_at(le32_to_cpu(args.node));
	if (!node)
		return -ENOENT;
	error = hl_map_copy(node, write ? data + sizeof(args) : data,
			    le64_to_cpu(args.offset), size, write);
	hl_node_put(node);
	return error ? error : size;
}

static int settle(struct hl_request *request, int copied)
{
	request->size = copied < 0 ? 0 : copied;
	return copied < 0 ? copied : HL_RESP_OK;
}

int hl_op_map_read(struct hl_request *request)
{
	return settle(request, map_copy(request, false));
}

int hl_op_map_write(struct hl_request *request)
{
	return settle(request, map_copy(request, true));
}
