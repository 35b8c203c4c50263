// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HL_OP_REGS: the user's registers, as the kernel saved them, in the order of
 * regs.h.  In process context.  What a system call does not keep (mips: at,
 * t0-t8, lo, hi) is whatever its place held before.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/sched/task_stack.h>

#include "regs.h"
#include "serve.h"

#define REG(member) offsetof(struct pt_regs, member)

#if defined(CONFIG_MIPS)
static const char * const names[] = { HL_REGS_MIPS };
#define REGS_IN_ROW 32
#define FIRST_REG REG(regs)
static const u16 others[] = {
	REG(lo), REG(hi), REG(cp0_epc), REG(cp0_cause), REG(cp0_badvaddr),
	REG(cp0_status),
};
#elif defined(CONFIG_X86_64)
static const char * const names[] = { HL_REGS_X86 };
#define REGS_IN_ROW 0
#define FIRST_REG 0
static const u16 others[] = {
	REG(ax), REG(bx), REG(cx), REG(dx), REG(si), REG(di), REG(bp), REG(sp),
	REG(r8), REG(r9), REG(r10), REG(r11), REG(r12), REG(r13), REG(r14),
	REG(r15), REG(ip), REG(flags), REG(orig_ax),
};
#elif defined(CONFIG_ARM64)
static const char * const names[] = { HL_REGS_ARM64 };
#define REGS_IN_ROW 31
#define FIRST_REG REG(regs)
static const u16 others[] = { REG(sp), REG(pc), REG(pstate) };
#elif defined(CONFIG_ARM)
static const char * const names[] = { HL_REGS_ARM };
#define REGS_IN_ROW 17
#define FIRST_REG REG(uregs)
static const u16 others[] = { };
#endif

static unsigned long register_at(const struct pt_regs *regs, size_t offset)
{
	return *(const unsigned long *)((const char *)regs + offset);
}

static unsigned long register_number(const struct pt_regs *regs, u32 i)
{
	if (i < REGS_IN_ROW)
		return register_at(regs, FIRST_REG + i * sizeof(long));
	return register_at(regs, others[i - REGS_IN_ROW]);
}

int hl_op_regs(struct hl_request *request)
{
	const struct pt_regs *regs = task_pt_regs(current);
	u32 i;

	BUILD_BUG_ON(ARRAY_SIZE(names) != REGS_IN_ROW + ARRAY_SIZE(others));
	BUILD_BUG_ON(ARRAY_SIZE(names) * sizeof(__le64) > HL_CHUNK);
	if (current->flags & PF_KTHREAD)
		return -ESRCH;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		__le64 value = cpu_to_le64(register_number(regs, i));

		memcpy(request->data + i * sizeof(value), &value,
		       sizeof(value));
	}
	request->size = ARRAY_SIZE(names) * sizeof(__le64);
	return HL_RESP_OK;
}
