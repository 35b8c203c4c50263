// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entries of redirected system calls on machines that cannot go straight to
 * hl_syscall_run.  The kprobe's handler sends the processor here, in process
 * context, in place of the system call's function.
 */
#include "arch.h"

#if defined(CONFIG_MIPS) && defined(CONFIG_64BIT)
long hl_mips_entry(unsigned long a0, unsigned long a1, unsigned long a2,
		   unsigned long a3, unsigned long a4, unsigned long a5,
		   unsigned long a6, struct hl_site *site)
{
	unsigned long arg[HL_SYSCALL_ARGS] = { a0, a1, a2, a3, a4, a5, a6 };

	return hl_syscall_run(site, arg);
}
#endif

#ifdef CONFIG_ARM
/* r0-r3 and then, to keep the stack aligned to 8, lr below the six in a row. */
asm("	.pushsection .text\n"
	"	.arm\n"
	"	.globl	hl_arm_entry\n"
	"	.type	hl_arm_entry, %function\n"
	"hl_arm_entry:\n"
	"	push	{r0-r3}\n"
	"	mov	r0, ip\n"
	"	mov	r1, sp\n"
	"	push	{ip, lr}\n"
	"	bl	hl_syscall_run\n"
	"	pop	{ip, lr}\n"
	"	add	sp, sp, #16\n"
	"	bx	lr\n"
	"	.size	hl_arm_entry, . - hl_arm_entry\n"
	"	.popsection\n");
#endif
