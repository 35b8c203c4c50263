// SPDX-License-Identifier: GPL-2.0-or-later
/* A store with the floor plugin's empty callback. */
#include "ring.h"

#undef HL_MARKER_MIPS
#define HL_MARKER_MIPS FLOOR_MARKER_MIPS
#include "arch.h"

DEFINE_RING(ring_floor)
