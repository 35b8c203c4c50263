/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The marker before a doorbell's store, per machine: an instruction that does
 * nothing on the real processor and that no compiler emits.  The engine finds
 * it when a block is translated, and puts its callback on the store behind it.
 */
#ifndef HL_ABI_DOORBELL_H
#define HL_ABI_DOORBELL_H

#define HL_MARKER_MIPS 0x3c00484c       /* lui $zero, 'HL' */
#define HL_MARKER_ARM 0xe320f04c        /* hint #0x4c: a nop by architecture */
#define HL_MARKER_ARM64 0xd289099f      /* movz xzr, 'HL' */
/* nopl 'HLUA'(%rax): the bytes in the order in which they lie in memory. */
#define HL_MARKER_X86 0x0f, 0x1f, 0x80, 'H', 'L', 'U', 'A'

/*
 * Marker and store lie in one block of this many bytes, aligned to it, so
 * they share a page.
 */
#define HL_DOORBELL_ALIGN 16

#endif
