// SPDX-License-Identifier: GPL-2.0-or-later
/* The same loop with no callback at all. */
#include "ring.h"

#define HL_MARKER(machine) PLAIN_MARKER_##machine
#include "arch.h"

DEFINE_RING(ring_plain)
