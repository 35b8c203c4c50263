// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes a system call's place in the kernel's tables.  Costs a fraction of a
 * probe, which traps (MIPS has no better one): a call that the filters reject
 * takes 1.2 times as long as one that nobody hooks, with a probe 2.3 times.
 *
 * Places change under the mutex of hook.c, each with one store.  The gate runs
 * in the system call's process, by way of entry_mips.S.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/unistd.h>

#include "arch.h"
#include "hook.h"
#include "table_mips.h"

static struct hl_site *by_stub[HL_TABLE_STUBS];
static u32 site_count;		/* under the hooks' mutex */

/* One for each kind of program that the kernel runs. */
static const struct {
	const char *symbol;
	u32 size;
	u32 first;		/* the number of the first place */
} tables[] = {
#ifdef CONFIG_32BIT
	{ "sys_call_table", __NR_O32_Linux_syscalls, __NR_O32_Linux },
#else
	{ "sys_call_table", __NR_64_Linux_syscalls, __NR_64_Linux },
	{ "sysn32_call_table", __NR_N32_Linux_syscalls, __NR_N32_Linux },
	{ "sys32_call_table", __NR_O32_Linux_syscalls, __NR_O32_Linux },
#endif
};

static unsigned long stub_of(const struct hl_site *site)
{
	return (unsigned long)hl_table_stubs + site->stub * HL_TABLE_STUB_SIZE;
}

/*
 * Some have assembly in the table that saves registers and goes on to the
 * function: "__sys_fork" to "sys_fork", which a probe reaches.
 */
static struct hl_site *add_behind(struct list_head *list, const char *symbol)
{
	struct hl_site *site;
	unsigned long entry;

	symbol += strlen("__");
	entry = hl_symbol_address(symbol);
	if (!entry)
		return NULL;
	site = hl_site_at(list, entry);
	return site ? site : hl_site_add(list, symbol, entry);
}

/* Of the function that stands there.  NULL: it is to be left alone. */
static struct hl_site *add_entry(struct list_head *list, unsigned long entry)
{
	char symbol[KSYM_SYMBOL_LEN];
	struct hl_site *site;

	sprint_symbol_no_offset(symbol, entry);
	if (!strncmp(symbol, "__sys_", strlen("__sys_")))
		return add_behind(list, symbol);
	if (site_count >= HL_TABLE_STUBS || strchr(symbol, '['))
		return NULL;		/* a module's: no more the kernel's */
	site = hl_site_add(list, symbol, entry);
	if (!site)
		return NULL;
	site->stub = site_count++;
	by_stub[site->stub] = site;
	return site;
}

static void find_in_table(struct list_head *list, unsigned long *table,
			  u32 size, u32 first)
{
	unsigned long none = hl_symbol_address("sys_ni_syscall");
	u32 i;

	for (i = 0; i < size; i++) {
		struct hl_site *site;

		if (!table[i] || table[i] == none)
			continue;
		site = hl_site_at(list, table[i]);
		if (!site)
			site = add_entry(list, table[i]);
		if (!site)
			continue;
		if (site->number == ~0U)
			site->number = first + i;
		if (site->entry == table[i] &&
		    site->places < ARRAY_SIZE(site->place))
			site->place[site->places++] = &table[i];
	}
}

/* All that the kernel's tables name, once, before any place is taken. */
int hl_tables_find(struct list_head *list)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		void *table = (void *)hl_symbol_address(tables[i].symbol);

		if (table)
			find_in_table(list, table, tables[i].size,
				      tables[i].first);
	}
	return list_empty(list) ? -ENOENT : 0;
}

void hl_table_arm(struct hl_site *site, bool armed)
{
	unsigned long from = armed ? site->entry : stub_of(site);
	unsigned long to = armed ? stub_of(site) : site->entry;
	u32 i;

	for (i = 0; i < site->places; i++) {
		if (cmpxchg(site->place[i], from, to) != from)
			pr_warn("%s: somebody else has taken its place\n",
				site->symbol);
	}
}

/* Called by entry_mips.S: where to go on, or 0 for hl_table_run(). */
unsigned long hl_table_gate(unsigned long number, const unsigned long *frame)
{
	struct hl_site *site = by_stub[number];
	u64 arg[HL_SYSCALL_ARGS];
	u32 i;

	for (i = 0; i < HL_SYSCALL_ARGS; i++)
		arg[i] = frame[i];
	if (!hl_match_quick(site, arg))
		return site->entry;
	hl_flight_begin();
	return 0;
}

long hl_table_run(unsigned long number, void *frame)
{
	return hl_syscall_run(by_stub[number], frame);
}
