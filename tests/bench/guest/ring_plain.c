// SPDX-License-Identifier: GPL-2.0-or-later
/* The same loop with no callback at all. */
#include "ring.h"

#undef HL_MARKER_MIPS
#define HL_MARKER_MIPS PLAIN_MARKER_MIPS
#include "arch.h"

DEFINE_RING(ring_plain)
