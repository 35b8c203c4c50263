// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's tracepoints by name: few are exported.  In process context.
 * Their functions run with preemption off.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "probe.h"

#ifdef CONFIG_TRACEPOINTS
struct search {
	const char *name;
	struct tracepoint *found;
};

static void look(struct tracepoint *point, void *data)
{
	struct search *search = data;

	if (!strcmp(point->name, search->name))
		search->found = point;
}

static struct tracepoint *find(const char *name)
{
	struct search search = { .name = name };

	for_each_kernel_tracepoint(look, &search);
	return search.found;
}

int hl_tracepoint_attach(const char *name, void *function, void *data)
{
	struct tracepoint *point = find(name);

	return point ? tracepoint_probe_register(point, function, data) :
		       -ENOSYS;
}

/* When this returns, nobody is in the function. */
void hl_tracepoint_detach(const char *name, void *function, void *data)
{
	tracepoint_probe_unregister(find(name), function, data);
	tracepoint_synchronize_unregister();
}
#else
int hl_tracepoint_attach(const char *name, void *function, void *data)
{
	return -ENOSYS;
}

void hl_tracepoint_detach(const char *name, void *function, void *data)
{
}
#endif
