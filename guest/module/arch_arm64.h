/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ARM, 64 bits (arch.h says what is asked). */
#ifndef HL_GUEST_ARCH_ARM64_H
#define HL_GUEST_ARCH_ARM64_H

#include <asm/syscall.h>

#define HL_ARM64_ARGS 6

static __always_inline void hl_arch_ring(struct hl_call *block, u32 number)
{
	asm volatile(".balign	%c2\n\t"
		     ".inst	%c3\n\t"
		     "str	%w1, [%0]"
		     : : "r" (block), "r" (number), "i" (HL_DOORBELL_ALIGN),
			 "i" (HL_MARKER(ARM64)) : "memory");
}

static inline unsigned long hl_arch_caller(const struct pt_regs *regs)
{
	return regs->regs[30];
}

static inline int hl_arch_pass(const struct kprobe *kp, struct pt_regs *regs)
{
	return 0;
}

static inline void hl_arm64_args(const struct pt_regs *user, u64 *arg)
{
	memcpy(arg, user->regs, HL_ARM64_ARGS * sizeof(*arg));
	arg[6] = 0;
	arg[7] = 0;
}

/* The functions take a pointer to the user's registers. */
static inline void hl_arch_args(const struct pt_regs *regs, u64 *arg)
{
	hl_arm64_args((const struct pt_regs *)regs->regs[0], arg);
}

static inline void hl_arch_redirect(struct pt_regs *regs, struct hl_site *site)
{
	regs->regs[1] = regs->regs[0];
	regs->regs[0] = (unsigned long)site;
	instruction_pointer_set(regs, (unsigned long)hl_syscall_run);
}

static inline void hl_arch_frame_args(const void *frame, unsigned long *arg)
{
	hl_arm64_args(frame, (u64 *)arg);
}

/* On a copy: changed arguments must not change the user's registers. */
static inline long hl_arch_call(unsigned long entry, void *frame,
				const unsigned long *arg)
{
	long (*function)(const struct pt_regs *user) = (void *)entry;
	struct pt_regs user = *(const struct pt_regs *)frame;

	memcpy(user.regs, arg, HL_ARM64_ARGS * sizeof(*arg));
	return function(&user);
}

static inline u32 hl_arch_number(u32 usual)
{
	return syscall_get_nr(current, task_pt_regs(current));
}

#endif
