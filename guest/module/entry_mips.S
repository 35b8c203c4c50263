/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a system call arrives whose place in the kernel's table was taken
 * (table_mips.c).  Each site has a stub of two instructions, whose number
 * finds it; from there on all go the same way:
 *
 *	hl_table_gate(number, frame)	the function to go on to, or 0
 *	hl_table_run(number, frame)	in its place, when that says 0
 *
 * In process context, as called by the kernel's system call entry.  The frame
 * is the eight arguments in a row: with o32, the four that came in registers
 * are put into the room that their caller left below the others; with n64 all
 * came in registers.
 */
#include <asm/asm.h>
#include <asm/regdef.h>
#include <asm/stackframe.h>

#include "table_mips.h"

#ifdef CONFIG_32BIT
#define HOME	16		/* room for the called one's four */
#define SIZE	(HOME + 16)
#define FRAME	SIZE		/* in the caller's frame */
#else
#define HOME	0
#define SIZE	(HOME + 8 * SZREG + 16)
#define FRAME	(HOME + 16)
#endif
#define AT_NUMBER	HOME
#define AT_RA		(HOME + SZREG)

	.macro	each_argument op
	\op	a0, FRAME + 0 * SZREG(sp)
	\op	a1, FRAME + 1 * SZREG(sp)
	\op	a2, FRAME + 2 * SZREG(sp)
	\op	a3, FRAME + 3 * SZREG(sp)
#ifdef CONFIG_64BIT
	\op	a4, FRAME + 4 * SZREG(sp)
	\op	a5, FRAME + 5 * SZREG(sp)
	\op	a6, FRAME + 6 * SZREG(sp)
	\op	a7, FRAME + 7 * SZREG(sp)
#endif
	.endm

	.macro	call function
	PTR_LA	t9, \function
	LONG_L	a0, AT_NUMBER(sp)
	jalr	t9
	PTR_ADDIU	a1, sp, FRAME
	.endm

	.text
	.set	noreorder
	.align	4

common:
	/* As the kernel does before it looks at s0-s8: for HL_OP_REGS. */
	SAVE_STATIC
	PTR_ADDIU	sp, sp, -SIZE
	LONG_S	ra, AT_RA(sp)
	LONG_S	t0, AT_NUMBER(sp)
	each_argument LONG_S
	call	hl_table_gate
	beqz	v0, taken
	LONG_L	ra, AT_RA(sp)
	each_argument LONG_L
	jr	v0
	PTR_ADDIU	sp, sp, SIZE

taken:
	call	hl_table_run
	LONG_L	ra, AT_RA(sp)
	jr	ra
	PTR_ADDIU	sp, sp, SIZE

EXPORT(hl_table_stubs)
	.set	number, 0
	.rept	HL_TABLE_STUBS
	b	common
	li	t0, number
	.set	number, number + 1
	.endr
	.size	hl_table_stubs, . - hl_table_stubs
