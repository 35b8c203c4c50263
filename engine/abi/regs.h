/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user's registers in the order in which HL_OP_REGS sends them, as le64.
 * `sp` and `pc` are understood everywhere, whatever the machine calls them.
 * The number is the place in the payload: append; never renumber.
 */
#ifndef HL_ABI_REGS_H
#define HL_ABI_REGS_H

#define HL_REGS_MIPS                                                          \
    "zero", "at", "v0", "v1", "a0", "a1", "a2", "a3", "t0", "t1", "t2", "t3", \
    "t4", "t5", "t6", "t7", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7",   \
    "t8", "t9", "k0", "k1", "gp", "sp", "fp", "ra", "lo", "hi", "pc",         \
    "cause", "badvaddr", "status"

#define HL_REGS_ARM                                                           \
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "fp",  \
    "ip", "sp", "lr", "pc", "cpsr"

#define HL_REGS_ARM64                                                         \
    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", \
    "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",     \
    "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp",      \
    "pc", "pstate"

#define HL_REGS_X86                                                           \
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "sp", "r8", "r9", "r10", \
    "r11", "r12", "r13", "r14", "r15", "pc", "flags", "orig_rax"

#endif
