// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What types and names the arguments of system calls have.  The kernel knows,
 * for its tracing of system calls: each has an event, whose data describes it.
 * A few have no event, though they take their place in the table: where it
 * holds another function (mips: sysm_pipe, mipsmt_sys_sched_setaffinity).
 *
 * Called by hook.c, in process context, under its mutex.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/trace_events.h>
#include <trace/syscall.h>

#include "proto.h"
#include "proto_width.h"

#ifdef CONFIG_FTRACE_SYSCALLS
static bool ask_kernel(const char *name, struct hl_proto_known *known,
		       u32 *number)
{
	char event[HL_NAME_SIZE + 16];
	struct trace_event_file *file;
	const struct syscall_metadata *data;

	snprintf(event, sizeof(event), "sys_enter_%s", name);
	file = trace_get_event_file(NULL, "syscalls", event);
	if (IS_ERR(file))
		return false;
	data = file->event_call->data;
	known->args = min_t(u32, data->nb_args, HL_SYSCALL_ARGS);
	known->types = data->types;
	known->names = data->args;
	if (data->syscall_nr >= 0)
		*number = data->syscall_nr;
	trace_put_event_file(file);
	return true;
}
#else
static bool ask_kernel(const char *name, struct hl_proto_known *known,
		       u32 *number)
{
	return false;
}
#endif

#define MOST_ARGS 3

static const struct {
	const char *name;
	u32 args;
	const char *types[MOST_ARGS];
	const char *names[MOST_ARGS];
} without_event[] = {
	{ "pipe", 1, { "int *" }, { "fildes" } },
	{ "sched_getaffinity", 3,
	  { "pid_t", "unsigned int", "unsigned long *" },
	  { "pid", "len", "user_mask_ptr" } },
	{ "sched_setaffinity", 3,
	  { "pid_t", "unsigned int", "unsigned long *" },
	  { "pid", "len", "user_mask_ptr" } },
	{ "rt_sigreturn", 0 },
	{ "sigreturn", 0 },
};

/* By the name of its function.  False: nothing is known. */
bool hl_proto_find(const char *name, struct hl_proto_known *known, u32 *number)
{
	u32 i;

	known->args = HL_PROTO_UNKNOWN;
	if (ask_kernel(name, known, number))
		return true;
	for (i = 0; i < ARRAY_SIZE(without_event); i++) {
		if (strcmp(without_event[i].name, name))
			continue;
		known->args = without_event[i].args;
		known->types = without_event[i].types;
		known->names = without_event[i].names;
		return true;
	}
	return false;
}

/*
 * How wide each of the HL_SYSCALL_ARGS words is of which the arguments are
 * made.  What is wider than a word takes two, the first of them even.
 */
void hl_proto_bits(const struct hl_proto_known *known, u8 *bits)
{
	u32 args = known->args == HL_PROTO_UNKNOWN ? 0 : known->args;
	u32 word = 0;
	u32 i;

	memset(bits, BITS_PER_LONG, HL_SYSCALL_ARGS);
	for (i = 0; i < args && word < HL_SYSCALL_ARGS; i++) {
		unsigned int width = hl_type_bits(known->types[i],
						  BITS_PER_LONG);

		if (width > BITS_PER_LONG)
			word = round_up(word, 2) + 2;
		else
			bits[word++] = width;
	}
}
