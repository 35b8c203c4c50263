/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a machine's C functions find their arguments and leave their result:
 * what probes need to know of it, in the kernel and in programs.
 *
 * The kernel's half holds at a function's first instruction, in any context;
 * the programs' half reads user memory, so it is for process context.
 */
#ifndef HL_GUEST_CONVENTION_H
#define HL_GUEST_CONVENTION_H

#include <linux/compat.h>
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <linux/thread_info.h>
#include <linux/uaccess.h>

#include "wire.h"

/* How many arguments travel in registers; above how many words the rest lie. */
struct hl_convention {
	unsigned int registers;
	unsigned int skip;
	unsigned int word;		/* bytes */
};

#if defined(CONFIG_MIPS)
#define HL_INTERRUPTS_ENABLED(regs) ((regs)->cp0_status & ST0_IE)
/* Returns are caught by a probe there too. */
#define HL_RETURN_INTERRUPTS_ENABLED(regs) HL_INTERRUPTS_ENABLED(regs)

static inline unsigned long *hl_register(struct pt_regs *regs, unsigned int i)
{
	return &regs->regs[4 + i];
}

static inline unsigned long *hl_result(struct pt_regs *regs)
{
	return &regs->regs[2];
}

/* O32 reserves stack for the four in registers; n32 and n64 pass eight. */
static inline struct hl_convention hl_convention(bool o32)
{
	if (o32)
		return (struct hl_convention){ 4, 4, 4 };
	return (struct hl_convention){ 8, 0, 8 };
}

static inline struct hl_convention hl_kernel_convention(void)
{
	return hl_convention(IS_ENABLED(CONFIG_32BIT));
}

static inline struct hl_convention hl_user_convention(struct pt_regs *regs)
{
#ifdef CONFIG_32BIT
	return hl_convention(true);
#else
	return hl_convention(test_thread_flag(TIF_32BIT_REGS));
#endif
}

static inline void hl_function_leave(struct pt_regs *regs, unsigned long result)
{
	*hl_result(regs) = result;
	instruction_pointer_set(regs, regs->regs[31]);
}

#elif defined(CONFIG_X86_64)
#define HL_INTERRUPTS_ENABLED(regs) ((regs)->flags & X86_EFLAGS_IF)

static inline unsigned long *hl_register(struct pt_regs *regs, unsigned int i)
{
	unsigned long *in_order[] = { &regs->di, &regs->si, &regs->dx,
				      &regs->cx, &regs->r8, &regs->r9 };

	return in_order[i];
}

static inline unsigned long *hl_result(struct pt_regs *regs)
{
	return &regs->ax;
}

/* The word that is skipped is the return address. */
static inline struct hl_convention hl_kernel_convention(void)
{
	return (struct hl_convention){ 6, 1, 8 };
}

static inline struct hl_convention hl_user_convention(struct pt_regs *regs)
{
	if (!user_64bit_mode(regs))
		return (struct hl_convention){ 0, 1, 4 };
	return hl_kernel_convention();
}

/* A "ret": what a probe does to the stack pointer itself may be lost. */
void hl_x86_return(void);

static inline void hl_function_leave(struct pt_regs *regs, unsigned long result)
{
	*hl_result(regs) = result;
	instruction_pointer_set(regs, (unsigned long)hl_x86_return);
}

#elif defined(CONFIG_ARM64)
#define HL_INTERRUPTS_ENABLED(regs) interrupts_enabled(regs)

static inline unsigned long *hl_register(struct pt_regs *regs, unsigned int i)
{
	return (unsigned long *)&regs->regs[i];
}

static inline unsigned long *hl_result(struct pt_regs *regs)
{
	return (unsigned long *)&regs->regs[0];
}

static inline struct hl_convention hl_kernel_convention(void)
{
	return (struct hl_convention){ 8, 0, 8 };
}

static inline struct hl_convention hl_user_convention(struct pt_regs *regs)
{
	if (compat_user_mode(regs))
		return (struct hl_convention){ 4, 0, 4 };
	return hl_kernel_convention();
}

/* As after a return: no landing pad is asked for. */
static inline void hl_function_leave(struct pt_regs *regs, unsigned long result)
{
	*hl_result(regs) = result;
	regs->pstate &= ~PSR_BTYPE_MASK;
	instruction_pointer_set(regs, regs->regs[30]);
}

#elif defined(CONFIG_ARM)
#define HL_INTERRUPTS_ENABLED(regs) interrupts_enabled(regs)

static inline unsigned long *hl_register(struct pt_regs *regs, unsigned int i)
{
	return (unsigned long *)&regs->uregs[i];
}

static inline unsigned long *hl_result(struct pt_regs *regs)
{
	return (unsigned long *)&regs->ARM_r0;
}

static inline struct hl_convention hl_kernel_convention(void)
{
	return (struct hl_convention){ 4, 0, 4 };
}

static inline struct hl_convention hl_user_convention(struct pt_regs *regs)
{
	return hl_kernel_convention();
}

static inline void hl_function_leave(struct pt_regs *regs, unsigned long result)
{
	*hl_result(regs) = result;
	instruction_pointer_set(regs, regs->ARM_lr);
}
#endif

/* In a kretprobe's handler: its registers may not say. */
#ifndef HL_RETURN_INTERRUPTS_ENABLED
#define HL_RETURN_INTERRUPTS_ENABLED(regs) (!irqs_disabled())
#endif

static inline void hl_kernel_args(struct pt_regs *regs, u64 *arg)
{
	const struct hl_convention how = hl_kernel_convention();
	const unsigned long *stack =
		(const unsigned long *)kernel_stack_pointer(regs) + how.skip;
	unsigned int i;

	for (i = 0; i < HL_SYSCALL_ARGS; i++)
		arg[i] = i < how.registers ? *hl_register(regs, i) :
					     stack[i - how.registers];
}

/* A 32-bit program on a 64-bit kernel. */
static inline bool hl_user_is_compat(void)
{
#ifdef CONFIG_X86_64
	return test_thread_flag(TIF_ADDR32);
#else
	return is_compat_task();
#endif
}

/* One from the stack; what cannot be read is 0. */
static inline u64 hl_user_stack_word(unsigned long addr, unsigned int word)
{
	u32 narrow = 0;
	u64 wide = 0;

	if (word == sizeof(narrow))
		return get_user(narrow, (u32 __user *)addr) ? 0 : narrow;
	return copy_from_user(&wide, (void __user *)addr, sizeof(wide)) ? 0 :
									   wide;
}

static inline void hl_user_args(struct pt_regs *regs, u64 *arg)
{
	const struct hl_convention how = hl_user_convention(regs);
	unsigned long stack = user_stack_pointer(regs) + how.skip * how.word;
	unsigned long mask = hl_user_is_compat() ? (u32)-1 : -1UL;
	unsigned int i;

	for (i = 0; i < HL_SYSCALL_ARGS; i++) {
		if (i < how.registers) {
			arg[i] = *hl_register(regs, i) & mask;
			continue;
		}
		arg[i] = hl_user_stack_word(stack, how.word);
		stack += how.word;
	}
}

/* Sign-extended from the program's own long. */
static inline s64 hl_user_result(struct pt_regs *regs)
{
	unsigned long result = *hl_result(regs);

	return hl_user_is_compat() ? (s32)result : (long)result;
}

static inline void hl_user_result_set(struct pt_regs *regs, s64 result)
{
	*hl_result(regs) = hl_user_is_compat() ? (s32)result : result;
}

#endif
