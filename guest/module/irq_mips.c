// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Another flaw of MIPS kernels: the handler of break instructions turns
 * interrupts on, whatever they were.  But kprobes count on their being off.  In
 * a function that is called so, such as the one that sends signals, a probe
 * lets in an interrupt that may want the very lock which is held; and in any
 * function, one that frees a dead process makes kprobes forget which probe is
 * being stepped over, and the kernel dies.  The macros for "on" and for "off"
 * differ in one constant, so one instruction of the handler is changed while
 * the module is there.  For breaks of programs, interrupts then come back when
 * the handler is done.
 *
 * At load and unload, in process context.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <asm/cacheflush.h>

#include "hook.h"
#include "probe.h"

/* ori $t, $t, STATMASK; or; xori $u, $u, STATMASK & ~1: the last bit stays. */
#define STATMASK 0x1f
#define SEARCH 192
#define BETWEEN 4

static u32 *changed;
static u32 before;

static bool is_immediate(u32 instruction, u32 opcode, u32 immediate)
{
	return (instruction & 0xfc00ffff) == (opcode << 26 | immediate);
}

/* The instruction that leaves interrupts on, in what starts here; or NULL. */
static u32 *turns_on(u32 *at)
{
	int i;

	if (!is_immediate(at[0], 0x0d, STATMASK))
		return NULL;
	for (i = 1; i <= BETWEEN; i++) {
		if (is_immediate(at[i], 0x0e, STATMASK & ~1))
			return &at[i];
	}
	return NULL;
}

/* In the handler, which the next one follows. */
static u32 *find(void)
{
	u32 *at = (u32 *)hl_symbol_address("handle_bp");
	u32 *end = (u32 *)hl_symbol_address("handle_ri");

	if (!at || end <= at || end > at + SEARCH)
		return NULL;
	for (end -= BETWEEN; at < end; at++) {
		u32 *found = turns_on(at);

		if (found)
			return found;
	}
	return NULL;
}

static void change(u32 instruction)
{
	WRITE_ONCE(*changed, instruction);
	flush_icache_range((unsigned long)changed,
			   (unsigned long)(changed + 1));
}

void hl_break_irqs_off(void)
{
	changed = find();
	if (!changed) {
		pr_notice("breaks turn interrupts on in this kernel, and probes may crash it\n");
		return;
	}
	before = *changed;
	change(before | 1);
}

void hl_break_irqs_restore(void)
{
	if (changed)
		change(before);
}
