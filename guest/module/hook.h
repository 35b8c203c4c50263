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

/* Places of one function in the kernel's tables, at most. */
#define HL_SITE_PLACES 8

/* One system call's function, from its first hook until the module goes. */
struct hl_site {
	unsigned long entry;		/* the function */
	struct kprobe probe;		/* without places */
	unsigned long *place[HL_SITE_PLACES];
	u32 places;
	u32 stub;			/* what stands in the places */
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

/* hook_syscall.c: how a function is reached */
int hl_site_probe(struct hl_site *site);
int hl_site_arm(struct hl_site *site, bool armed);
void hl_sites_close(struct list_head *sites);
bool hl_site_wants(const struct hl_site *site, const u64 *arg);

/* flight.c: system calls that are in the module's code */
void hl_flight_begin(void);
void hl_flight_end(void);
void hl_flights_wait(void);

/* symbol.c: from a system call's bare name to its functions */
int hl_symbols_start(void);
void hl_symbols_stop(void);
unsigned long hl_symbol_address(const char *symbol);
bool hl_symbol_candidate(unsigned int i, const char *name, char *symbol,
			 size_t size);
bool hl_symbol_returns(const char *name);
bool hl_symbol_forbidden(const char *name);

#ifdef CONFIG_MIPS
/* break_mips.c: probes that go while another processor traps on them */
int hl_breaks_watch(void);
void hl_breaks_unwatch(void);

/* table_mips.c: a function's places in the kernel's tables */
bool hl_table_find(struct hl_site *site);
void hl_table_arm(struct hl_site *site, bool armed);
#else
static inline int hl_breaks_watch(void)
{
	return 0;
}

static inline void hl_breaks_unwatch(void)
{
}

static inline bool hl_table_find(struct hl_site *site)
{
	return false;
}

static inline void hl_table_arm(struct hl_site *site, bool armed)
{
}
#endif

#endif
