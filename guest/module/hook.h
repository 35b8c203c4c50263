/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_HOOK_H
#define HL_GUEST_HOOK_H

#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/rcupdate.h>

#include "filter.h"

/* One hook on one function. */
struct hl_hook {
	struct list_head on_site;	/* RCU; in the order of installation */
	struct list_head node;		/* under the hooks' mutex */
	struct hl_site *site;
	u32 id;
	u32 phase;			/* enum hl_phase */
	struct hl_filter filter;
	struct rcu_head rcu;
};

/* One system call's function, from its first hook until the module goes. */
struct hl_site {
	struct kprobe probe;
	struct list_head hooks;		/* RCU */
	struct list_head node;		/* under the hooks' mutex */
	u32 count;			/* of hooks, under the hooks' mutex */
	bool armed;			/* under the hooks' mutex */
	bool returns;			/* false for exit and the like */
	char symbol[HL_NAME_SIZE + 32];
};

/* hook.c: which hooks there are */
int hl_hook_add(const char *name, const struct hl_hook *model);
int hl_hook_remove(u32 id);
void hl_hooks_remove_all(void);

/* hook_syscall.c: the probe on a function */
int hl_site_probe(struct hl_site *site);
int hl_site_arm(struct hl_site *site, bool armed);
void hl_site_unprobe(struct hl_site *site);
void hl_site_enter(void);
void hl_site_leave(void);
void hl_sites_wait(void);

/* symbol.c: from a system call's bare name to its functions */
bool hl_symbol_candidate(unsigned int i, const char *name, char *symbol,
			 size_t size);
bool hl_symbol_returns(const char *name);
bool hl_symbol_forbidden(const char *name);

#endif
