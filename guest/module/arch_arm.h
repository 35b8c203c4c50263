/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ARM, 32 bits (arch.h says what is asked). */
#ifndef HL_GUEST_ARCH_ARM_H
#define HL_GUEST_ARCH_ARM_H

#ifdef CONFIG_THUMB2_KERNEL
#error "hyperlua: CONFIG_THUMB2_KERNEL has no doorbell yet"
#endif

#define HL_ARM_REG_ARGS 4
#define HL_ARM_ARGS 6

static __always_inline void hl_arch_ring(struct hl_call *block, u32 number)
{
	asm volatile(".balign	%c2\n\t"
		     ".inst	%c3\n\t"
		     "str	%1, [%0]"
		     : : "r" (block), "r" (number), "i" (HL_DOORBELL_ALIGN),
			 "i" (HL_MARKER(ARM)) : "memory");
}

static inline unsigned long hl_arch_caller(const struct pt_regs *regs)
{
	return regs->ARM_lr;
}

static inline int hl_arch_pass(const struct kprobe *kp, struct pt_regs *regs)
{
	return 0;
}

/* Four in registers; the entry code pushed two more. */
static inline void hl_arch_args(const struct pt_regs *regs, u64 *arg)
{
	const unsigned long *stack = (const unsigned long *)regs->ARM_sp;
	int i;

	for (i = 0; i < HL_ARM_REG_ARGS; i++)
		arg[i] = regs->uregs[i];
	arg[4] = stack[0];
	arg[5] = stack[1];
	arg[6] = 0;
	arg[7] = 0;
}

/* Takes the site in ip; pushes r0-r3, so that all six lie in a row (arch.c). */
void hl_arm_entry(void);

/*
 * The kernel's uprobes put the return address into the program counter as it
 * is, and stay in ARM code: the program would die where its caller is Thumb.
 */
static inline void hl_arch_returned(struct pt_regs *regs)
{
	if (regs->ARM_pc & 1) {
		regs->ARM_pc &= ~1ul;
		regs->ARM_cpsr |= PSR_T_BIT;
	}
}
#define hl_arch_returned hl_arch_returned

static inline void hl_arch_redirect(struct pt_regs *regs, struct hl_site *site)
{
	regs->ARM_ip = (unsigned long)site;
	instruction_pointer_set(regs, (unsigned long)hl_arm_entry);
}

static inline void hl_arch_frame_args(const void *frame, unsigned long *arg)
{
	memcpy(arg, frame, HL_ARM_ARGS * sizeof(*arg));
	arg[6] = 0;
	arg[7] = 0;
}

static inline long hl_arch_call(unsigned long entry, void *frame,
				const unsigned long *arg)
{
	long (*function)(unsigned long a0, unsigned long a1, unsigned long a2,
			 unsigned long a3, unsigned long a4,
			 unsigned long a5) = (void *)entry;

	return function(arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

/* As EABI programs do; the kernel keeps it elsewhere in some versions only. */
static inline u32 hl_arch_number(u32 usual)
{
	return task_pt_regs(current)->ARM_r7;
}

#endif
