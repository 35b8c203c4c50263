/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_OPENED_H
#define HL_GUEST_OPENED_H

#include <linux/fs.h>

#include "region.h"

/* The file that a conversation has open. */
struct hl_opened {
	struct file *file;
	loff_t position;
	loff_t limit;		/* nothing is read beyond */
};

/* op_file.c */
int hl_opened_start(void);
void hl_opened_stop(void);
const struct cred *hl_opened_cred(void);
int hl_opened_set(struct hl_slot *slot, struct file *file, loff_t limit);
int hl_opened_close(struct hl_slot *slot);

/* side.c: what another thread does with a file */
#define HL_NEST_MAX 2

struct hl_nest {
	struct list_head node;
	const struct task_struct *task;
	u32 depth;
};

int hl_nest_enter(struct hl_nest *nest);
void hl_nest_leave(struct hl_nest *nest);
ssize_t hl_side_io(struct file *file, bool write, void *data, size_t size,
		   loff_t *position);
void hl_side_put(struct file *file);
void hl_side_stop(void);

/* op_run.c */
void hl_runs_stop(void);

#endif
