/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For entry_mips.S as well. */
#ifndef HL_GUEST_TABLE_MIPS_H
#define HL_GUEST_TABLE_MIPS_H

/* More than a kernel has system calls, of all kinds of programs. */
#define HL_TABLE_STUBS 1024
/* Bytes of code each. */
#define HL_TABLE_STUB_SIZE 8

#ifndef __ASSEMBLY__
extern const char hl_table_stubs[];
unsigned long hl_table_gate(unsigned long number, const unsigned long *frame);
long hl_table_run(unsigned long number, void *frame);
#endif

#endif
