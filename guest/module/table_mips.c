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
#include <linux/kernel.h>
#include <asm/unistd.h>

#include "arch.h"
#include "hook.h"
#include "table_mips.h"

static struct hl_site *sites[HL_TABLE_STUBS];
static u32 site_count;		/* under the hooks' mutex */

/* One for each kind of program that the kernel runs. */
static const struct {
	const char *symbol;
	u32 size;
} tables[] = {
#ifdef CONFIG_32BIT
	{ "sys_call_table", __NR_O32_Linux_syscalls },
#else
	{ "sys_call_table", __NR_64_Linux_syscalls },
	{ "sysn32_call_table", __NR_N32_Linux_syscalls },
	{ "sys32_call_table", __NR_O32_Linux_syscalls },
#endif
};

static unsigned long stub_of(const struct hl_site *site)
{
	return (unsigned long)hl_table_stubs + site->stub * HL_TABLE_STUB_SIZE;
}

static void find_places(struct hl_site *site, unsigned long *table, u32 size)
{
	u32 i;

	for (i = 0; i < size; i++) {
		if (table[i] == site->entry &&
		    site->places < ARRAY_SIZE(site->place))
			site->place[site->places++] = &table[i];
	}
}

/* False: the function is in no table (the table has an assembly entry). */
bool hl_table_find(struct hl_site *site)
{
	u32 i;

	if (site_count >= HL_TABLE_STUBS)
		return false;
	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		void *table = (void *)hl_symbol_address(tables[i].symbol);

		if (table)
			find_places(site, table, tables[i].size);
	}
	if (!site->places)
		return false;
	site->stub = site_count++;
	sites[site->stub] = site;
	return true;
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
	struct hl_site *site = sites[number];
	u64 arg[HL_SYSCALL_ARGS];
	u32 i;

	for (i = 0; i < HL_SYSCALL_ARGS; i++)
		arg[i] = frame[i];
	if (!hl_site_wants(site, arg))
		return site->entry;
	hl_flight_begin();
	return 0;
}

long hl_table_run(unsigned long number, void *frame)
{
	return hl_syscall_run(sites[number], frame);
}
