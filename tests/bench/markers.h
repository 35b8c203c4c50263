/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instructions before the bench's own stores: like the doorbell's marker
 * (engine/abi/doorbell.h), but for the floor plugin, and for nobody.
 */
#ifndef HL_BENCH_MARKERS_H
#define HL_BENCH_MARKERS_H

#define FLOOR_MARKER_MIPS 0x3c00464c    /* lui $zero, 'FL' */
#define PLAIN_MARKER_MIPS 0x3c00504c    /* lui $zero, 'PL' */

#endif
