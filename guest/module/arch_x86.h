/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86_64 (arch.h says what is asked). */
#ifndef HL_GUEST_ARCH_X86_H
#define HL_GUEST_ARCH_X86_H

#include <linux/stringify.h>
#include <asm/thread_info.h>
#include <asm/syscall.h>

static __always_inline void hl_arch_ring(struct hl_call *block, u32 number)
{
	asm volatile(".balign	%c2\n\t"
		     ".byte	" __stringify(HL_MARKER(X86)) "\n\t"
		     "movl	%1, (%0)"
		     : : "r" (block), "r" (number), "i" (HL_DOORBELL_ALIGN)
		     : "memory");
}

static inline unsigned long hl_arch_caller(const struct pt_regs *regs)
{
	return *(const unsigned long *)regs->sp;
}

static inline int hl_arch_pass(const struct kprobe *kp, struct pt_regs *regs)
{
	return 0;
}

/* Of "int 0x80" and what 32-bit programs use: __ia32_sys_*, __ia32_compat_*. */
static inline void hl_x86_compat_args(const struct pt_regs *user,
				      unsigned long *arg)
{
	arg[0] = (u32)user->bx;
	arg[1] = (u32)user->cx;
	arg[2] = (u32)user->dx;
	arg[3] = (u32)user->si;
	arg[4] = (u32)user->di;
	arg[5] = (u32)user->bp;
	arg[6] = 0;
	arg[7] = 0;
}

static inline void hl_x86_set_compat_args(struct pt_regs *user,
					  const unsigned long *arg)
{
	user->bx = arg[0];
	user->cx = arg[1];
	user->dx = arg[2];
	user->si = arg[3];
	user->di = arg[4];
	user->bp = arg[5];
}

static inline void hl_x86_args(const struct pt_regs *user, unsigned long *arg)
{
	if (in_ia32_syscall()) {
		hl_x86_compat_args(user, arg);
		return;
	}
	arg[0] = user->di;
	arg[1] = user->si;
	arg[2] = user->dx;
	arg[3] = user->r10;
	arg[4] = user->r8;
	arg[5] = user->r9;
	arg[6] = 0;
	arg[7] = 0;
}

/* The functions take a pointer to the user's registers. */
static inline void hl_arch_args(const struct pt_regs *regs, u64 *arg)
{
	BUILD_BUG_ON(sizeof(u64) != sizeof(unsigned long));
	hl_x86_args((const struct pt_regs *)regs->di, (unsigned long *)arg);
}

static inline void hl_arch_redirect(struct pt_regs *regs, struct hl_site *site)
{
	regs->si = regs->di;
	regs->di = (unsigned long)site;
	instruction_pointer_set(regs, (unsigned long)hl_syscall_run);
}

static inline void hl_arch_frame_args(const void *frame, unsigned long *arg)
{
	hl_x86_args(frame, arg);
}

/* On a copy: changed arguments must not change the user's registers. */
static inline long hl_arch_call(unsigned long entry, void *frame,
				const unsigned long *arg)
{
	long (*function)(const struct pt_regs *user) = (void *)entry;
	struct pt_regs user = *(const struct pt_regs *)frame;

	if (in_ia32_syscall()) {
		hl_x86_set_compat_args(&user, arg);
		return function(&user);
	}
	user.di = arg[0];
	user.si = arg[1];
	user.dx = arg[2];
	user.r10 = arg[3];
	user.r8 = arg[4];
	user.r9 = arg[5];
	return function(&user);
}

static inline u32 hl_arch_number(u32 usual)
{
	return syscall_get_nr(current, task_pt_regs(current));
}

#endif
