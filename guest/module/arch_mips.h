/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MIPS, 32 and 64 bits, either byte order (arch.h says what is asked). */
#ifndef HL_GUEST_ARCH_MIPS_H
#define HL_GUEST_ARCH_MIPS_H

#include <asm/syscall.h>

static __always_inline void hl_arch_ring(struct hl_call *block, u32 number)
{
	asm volatile(".set	push\n\t"
		     ".set	noreorder\n\t"
		     ".balign	%2\n\t"
		     ".word	%3\n\t"
		     "sw	%1, 0(%0)\n\t"
		     ".set	pop"
		     : : "r" (block), "r" (number), "i" (HL_DOORBELL_ALIGN),
			 "i" (HL_MARKER(MIPS)) : "memory");
}

static inline unsigned long hl_arch_caller(const struct pt_regs *regs)
{
	return regs->regs[31];
}

/*
 * Most functions begin by making room on the stack.  Doing that here spares
 * the second exception, which single-stepping costs.
 */
#ifdef CONFIG_64BIT
#define HL_MIPS_ADD_SP 0x67bd0000	/* daddiu $sp, $sp, n */
#else
#define HL_MIPS_ADD_SP 0x27bd0000	/* addiu $sp, $sp, n */
#endif

static inline int hl_arch_pass(const struct kprobe *kp, struct pt_regs *regs)
{
	u32 instruction = kp->opcode.word;

	if ((instruction & 0xffff0000) != HL_MIPS_ADD_SP)
		return 0;
	regs->regs[29] += (s16)instruction;
	regs->cp0_epc += 4;
	return 1;
}

/*
 * The system call's entry code leaves s0-s8 where they are and saves them in
 * the user's registers only when it has to; the kernel does the same store
 * itself before it looks at them.  So the script sees the user's values.
 */
static inline void hl_mips_save_static(const struct pt_regs *regs)
{
	struct pt_regs *user = task_pt_regs(current);
	int i;

	/* memcpy() would become unaligned stores, slow in QEMU. */
	for (i = 16; i < 24; i++)
		user->regs[i] = regs->regs[i];
	user->regs[30] = regs->regs[30];
}

#ifdef CONFIG_32BIT
/*
 * Arguments one to four travel in registers, five to eight on the stack, above
 * room for the first four that belongs to the called function.  Filling that
 * room makes one array of eight.
 */
#define HL_MIPS_REG_ARGS 4

static inline void hl_arch_args(const struct pt_regs *regs, u64 *arg)
{
	const unsigned long *stack = (const unsigned long *)regs->regs[29];
	int i;

	BUILD_BUG_ON(HL_SYSCALL_ARGS != 2 * HL_MIPS_REG_ARGS);
	for (i = 0; i < HL_MIPS_REG_ARGS; i++) {
		arg[i] = regs->regs[4 + i];
		arg[4 + i] = stack[4 + i];
	}
}

static inline void hl_arch_redirect(struct pt_regs *regs, struct hl_site *site)
{
	unsigned long *frame = (unsigned long *)regs->regs[29];
	int i;

	hl_mips_save_static(regs);
	for (i = 0; i < HL_MIPS_REG_ARGS; i++)
		frame[i] = regs->regs[4 + i];
	regs->regs[4] = (unsigned long)site;
	regs->regs[5] = (unsigned long)frame;
	instruction_pointer_set(regs, (unsigned long)hl_syscall_run);
}
#else
/* Eight registers, of which no system call uses the last. */
#define HL_MIPS_REG_ARGS 7

long hl_mips_entry(unsigned long a0, unsigned long a1, unsigned long a2,
		   unsigned long a3, unsigned long a4, unsigned long a5,
		   unsigned long a6, struct hl_site *site);

static inline void hl_arch_args(const struct pt_regs *regs, u64 *arg)
{
	memcpy(arg, &regs->regs[4], HL_MIPS_REG_ARGS * sizeof(*arg));
	arg[HL_MIPS_REG_ARGS] = 0;
}

static inline void hl_arch_redirect(struct pt_regs *regs, struct hl_site *site)
{
	hl_mips_save_static(regs);
	regs->regs[11] = (unsigned long)site;
	instruction_pointer_set(regs, (unsigned long)hl_mips_entry);
}
#endif

static inline void hl_arch_frame_args(const void *frame, unsigned long *arg)
{
	const unsigned long *from = frame;
	int i;

	for (i = 0; i < HL_SYSCALL_ARGS; i++)
		arg[i] = from[i];
}

static inline long hl_arch_call(unsigned long entry, void *frame,
				const unsigned long *arg)
{
	long (*function)(unsigned long a0, unsigned long a1, unsigned long a2,
			 unsigned long a3, unsigned long a4, unsigned long a5,
			 unsigned long a6, unsigned long a7) = (void *)entry;

	return function(arg[0], arg[1], arg[2], arg[3], arg[4], arg[5], arg[6],
			arg[7]);
}

/* That of the indirect call syscall() says nothing. */
static inline u32 hl_arch_number(u32 usual)
{
	u32 number = syscall_get_nr(current, task_pt_regs(current));

	return number == __NR_syscall ? usual : number;
}

#endif
