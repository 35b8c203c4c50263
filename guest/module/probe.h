/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events beside system calls: exec, exit, signals, kprobes and uprobes.  A
 * probe is what the engine asked for; a site is the place in the kernel, or
 * in a program's file, that probes of one kind share.
 */
#ifndef HL_GUEST_PROBE_H
#define HL_GUEST_PROBE_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/task_work.h>

#include "filter.h"
#include "region.h"

struct hl_probe {
	struct list_head on_site;	/* RCU; in the order of installation */
	struct list_head node;		/* under the probes' mutex */
	struct hl_probe_site *site;
	u32 id;
	u32 text_args;			/* a bit for each that is read as text */
	struct hl_filter filter;
	struct rcu_head rcu;
	unsigned char tests[];		/* as they came; the filter's texts */
};

/* What HL_OP_PROBE_ADD names. */
struct hl_probe_place {
	u32 kind;			/* enum hl_probe_kind */
	const char *path;		/* or NULL */
	const char *symbol;		/* or NULL */
	u64 offset;
};

/* First in a kind's own struct, which is kmalloc'ed. */
struct hl_probe_site {
	const struct hl_probe_type *type;
	struct list_head probes;	/* RCU */
	struct list_head node;		/* under the probes' mutex */
	u32 count;			/* of probes; under the probes' mutex */
	u32 text_args;			/* of all that there were */
	refcount_t users;
};

/* What happened, as handlers see it. */
struct hl_probe_moment {
	u64 arg[HL_SYSCALL_ARGS];
	s64 retval;
	unsigned long pc;
	unsigned long sp;
	const char *text;		/* or NULL */
	bool is_user;			/* the process's memory is mapped */
};

struct hl_probe_type {
	u32 number;			/* enum hl_probe_kind */
	u32 int_args;			/* a bit for each that has a value, */
	u32 int32_args;			/* one of 32 bits, */
	u32 text_args;			/* or that may be tested as a text */
	bool returns;			/* retval is known */
	bool of_program;		/* its arguments are a program's */
	/* NULL: there is only one site of this kind. */
	bool (*is_at)(const struct hl_probe_site *site,
		      const struct hl_probe_place *place);
	/* To the place's events, of which the first come before it returns. */
	struct hl_probe_site *(*attach)(const struct hl_probe_place *place);
	/* When it returns, nobody is in the site's functions. */
	void (*detach)(struct hl_probe_site *site);
};

extern const struct hl_probe_type hl_probe_exec, hl_probe_exit, hl_probe_signal,
	hl_probe_kprobe, hl_probe_kretprobe, hl_probe_uprobe, hl_probe_uretprobe;

/* probe.c: which there are */
int hl_probes_start(void);
void hl_probes_remove_all(void);
void hl_probes_stop(void);
const struct hl_probe_type *hl_probe_type_find(u32 number);
int hl_probe_add(struct hl_probe *probe, const struct hl_probe_place *place);
int hl_probe_remove(u32 id);
void hl_probe_site_init(struct hl_probe_site *site,
			const struct hl_probe_type *type);
void hl_probe_site_put(struct hl_probe_site *site);
void hl_probes_missed(unsigned long count);

/* probe_event.c: from a moment to the engine's answer */
bool hl_probe_wanted(const struct hl_probe_site *site,
		     const struct hl_probe_moment *moment);
u32 hl_probe_tell(const struct hl_probe_site *site,
		  struct hl_probe_moment *moment, struct hl_slot *slot,
		  const struct hl_filter_subject *subject, unsigned int stages,
		  u64 (*ring)(struct hl_slot *slot));

/* probe_ring.c: now, in any context.  Returns HL_ANSWER_* */
int hl_probe_rings_start(void);
void hl_probe_rings_stop(void);
u32 hl_probe_now(const struct hl_probe_site *site,
		 struct hl_probe_moment *moment);

/* probe_hit.c: before the process is in its program again */
int hl_probe_hits_start(void);
int hl_task_work(struct callback_head *work, task_work_func_t func);
void hl_probe_soon(struct hl_probe_site *site,
		   const struct hl_probe_moment *moment, gfp_t how);

/* tracepoint.c: the kernel's tracepoints by name */
int hl_tracepoint_attach(const char *name, void *function, void *data);
void hl_tracepoint_detach(const char *name, void *function, void *data);

/* probe_uprobe.c */
void hl_uprobes_stop(void);

/* elf_symbol.c: a symbol's place in the file, or -errno */
loff_t hl_elf_symbol(struct file *file, const char *symbol);

#ifdef CONFIG_MIPS
/* irq_mips.c */
void hl_break_irqs_off(void);
void hl_break_irqs_restore(void);
#else
static inline void hl_break_irqs_off(void)
{
}

static inline void hl_break_irqs_restore(void)
{
}
#endif

#endif
