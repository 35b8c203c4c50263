/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instructions before the bench's own stores: like the doorbell's markers
 * (engine/abi/doorbell.h), but for the floor plugin, and for nobody.
 */
#ifndef HL_BENCH_MARKERS_H
#define HL_BENCH_MARKERS_H

#define FLOOR_MARKER_MIPS 0x3c00464c    /* lui $zero, 'FL' */
#define FLOOR_MARKER_ARM 0xe320f046     /* hint #'F' */
#define FLOOR_MARKER_ARM64 0xd288c99f   /* movz xzr, 'FL' */
#define FLOOR_MARKER_X86 0x0f, 0x1f, 0x80, 'F', 'L', 'O', 'R'

#define PLAIN_MARKER_MIPS 0x3c00504c    /* lui $zero, 'PL' */
#define PLAIN_MARKER_ARM 0xe320f050     /* hint #'P' */
#define PLAIN_MARKER_ARM64 0xd28a099f   /* movz xzr, 'PL' */
#define PLAIN_MARKER_X86 0x0f, 0x1f, 0x80, 'P', 'L', 'A', 'N'

#endif
