/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each machine does in its own way.  A machine's header gives:
 *
 * hl_arch_ring(block, number)	the marked store of doorbell.h
 * hl_arch_caller(regs)		at a function's first instruction: who called
 * hl_arch_args(regs, arg)	at the same place: the system call's arguments
 * hl_arch_redirect(regs, site)	go to hl_syscall_run(site, frame) instead
 * hl_arch_pass(kp, regs)	go on as if not probed; 1: first instruction
 *				done here, 0: kprobes is to do it
 * hl_arch_frame_args(frame, arg)	the arguments, in hl_syscall_run
 * hl_arch_call(entry, frame, arg)	calls the function itself
 * hl_arch_number(usual)	what the program called by; usual: the function's
 * hl_arch_returned(regs)	optional: a function of the user's that a uprobe
 *				watches has returned, with the user's registers
 *
 * "regs" are those of the probed instruction, in the kernel.  "frame" is what
 * the machine needs to call on: the user's registers, or its stack frame.
 */
#ifndef HL_GUEST_ARCH_H
#define HL_GUEST_ARCH_H

#include <linux/build_bug.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <linux/types.h>

#include "doorbell.h"
#include "wire.h"

/* The marker of doorbell.h; tests/bench compares with others. */
#ifndef HL_MARKER
#define HL_MARKER(machine) HL_MARKER_##machine
#endif

struct hl_site;

/* Where a redirected system call arrives, in process context (event.c). */
long hl_syscall_run(struct hl_site *site, void *frame);

#if defined(CONFIG_MIPS)
#include "arch_mips.h"
#elif defined(CONFIG_X86_64)
#include "arch_x86.h"
#elif defined(CONFIG_ARM64)
#include "arch_arm64.h"
#elif defined(CONFIG_ARM)
#include "arch_arm.h"
#else
#error "hyperlua: this machine has no arch_*.h yet"
#endif

#ifndef hl_arch_returned
static inline void hl_arch_returned(struct pt_regs *regs)
{
}
#endif

#endif
