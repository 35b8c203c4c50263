/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_HOOK_H
#define HL_GUEST_HOOK_H

#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "filter.h"
#include "proto.h"

/* One hook on one function. */
struct hl_hook {
	struct list_head on_site;	/* RCU; in the order of installation */
	struct hlist_node by_id;	/* under the hooks' mutex */
	struct hl_site *site;
	u32 id;
	u32 phase;			/* enum hl_phase */
	u32 subject;			/* match.c: what it is found by */
	u32 key;			/* and that one's value */
	u32 texts;			/* bit n: a text at argument n is tested */
	struct rcu_head rcu;
	/* Last: there is room for its tests only, their texts behind them. */
	struct hl_filter filter;
};

/* The hooks of one phase of one function (match.c). */
struct hl_matcher {
	struct list_head any;		/* RCU: all must be asked */
	struct list_head *bucket;	/* RCU: by one exact test; or NULL */
	u32 subjects;			/* bit n: hooks are found by subject n */
	u32 count;			/* changed under the hooks' mutex */
	u32 texts;			/* how many test a text; as count */
};

/* Places of one function in the kernel's tables, at most. */
#define HL_SITE_PLACES 8

/* One system call's function, from the first hook until the module goes. */
struct hl_site {
	unsigned long entry;		/* the function */
	struct kprobe probe;		/* without places and location */
	unsigned long *place[HL_SITE_PLACES];
	u32 places;
	u32 stub;			/* what stands in the places */
	unsigned long location;		/* where it can be traced; or 0 */
	struct hlist_node by_location;	/* RCU */
	struct hl_matcher matcher[2];	/* by phase - 1 */
	struct list_head node;		/* under the hooks' mutex */
	u32 count;			/* of hooks, under the hooks' mutex */
	u32 number;			/* of the kernel's programs; or ~0 */
	bool armed;			/* under the hooks' mutex */
	bool probed;			/* the probe is registered; likewise */
	bool traced;			/* the tracer knows it; likewise */
	bool returns;			/* false for exit and the like */
	bool forbidden;			/* not to be hooked */
	bool listed;			/* the one of its name for PROTO_NEXT */
	bool proto_asked;
	struct hl_proto_known proto;	/* once asked */
	u8 bits[HL_SYSCALL_ARGS];	/* of each argument; likewise */
	char name[HL_NAME_SIZE] __aligned(8);	/* bare, NUL-padded */
	const char *base;		/* symbol without what its kind prefixes */
	char symbol[];
};

static inline u64 hl_bits_mask(u32 bits)
{
	return ~0ULL >> (64 - bits);
}

/* hook.c: which hooks there are */
int hl_hook_add(const char *name, const struct hl_hook *model);
int hl_hook_remove(u32 id);
void hl_hooks_remove_all(void);

/* Of each function, until it says false. */
typedef bool (*hl_site_fn)(struct hl_site *site, void *context);
int hl_sites_walk(hl_site_fn fn, void *context);

/* match.c: which hooks of a function a call concerns */
void hl_match_start(struct hl_site *site);
void hl_match_insert(struct hl_site *site, struct hl_hook *hook);
void hl_match_remove(struct hl_hook *hook);
void hl_match_free(struct hl_site *site);
void hl_match_subject(struct hl_filter_subject *subject, const u64 *arg);
bool hl_match_quick(const struct hl_site *site, const u64 *arg);
u32 hl_match_texts(const struct hl_site *site, u32 phase,
		   const struct hl_filter_subject *subject);
u32 hl_match_ids(const struct hl_site *site, u32 phase,
		 const struct hl_filter_subject *subject, u32 above,
		 __le32 *id);

/* hook_syscall.c: how a function is reached */
int hl_site_arm(struct hl_site *site, bool armed);
int hl_sites_commit(struct list_head *sites);
void hl_sites_close(struct list_head *sites);

/* flight.c: system calls that are in the module's code */
void hl_flight_begin(void);
void hl_flight_end(void);
void hl_flights_wait(void);
void hl_flights_wake(void);

/* symbol.c: which functions there are, by the names of system calls */
int hl_symbols_start(void);
void hl_symbols_stop(void);
unsigned long hl_symbol_address(const char *symbol);
int hl_symbols_find(struct list_head *sites);
int hl_symbols_find_named(struct list_head *sites, const char *name);
bool hl_symbol_named(const struct hl_site *site, const char *name);
struct hl_site *hl_site_add(struct list_head *sites, const char *symbol,
			    unsigned long entry);
struct hl_site *hl_site_at(struct list_head *sites, unsigned long entry);

#ifdef HL_HOOK_FTRACE
/* hook_ftrace.c: what the kernel's function tracer reaches */
bool hl_ftrace_reaches(struct hl_site *site);
int hl_ftrace_commit(struct list_head *sites);
void hl_ftrace_stop(void);
#else
static inline bool hl_ftrace_reaches(struct hl_site *site)
{
	return false;
}

static inline int hl_ftrace_commit(struct list_head *sites)
{
	return 0;
}

static inline void hl_ftrace_stop(void)
{
}
#endif

#ifdef CONFIG_MIPS
/* break_mips.c: probes that go while another processor traps on them */
int hl_breaks_watch(void);
void hl_breaks_unwatch(void);

/* table_mips.c: a function's places in the kernel's tables */
int hl_tables_find(struct list_head *sites);
void hl_table_arm(struct hl_site *site, bool armed);
#else
static inline int hl_breaks_watch(void)
{
	return 0;
}

static inline void hl_breaks_unwatch(void)
{
}

static inline void hl_table_arm(struct hl_site *site, bool armed)
{
}
#endif

#endif
