// SPDX-License-Identifier: GPL-2.0-or-later
/* A store with the floor plugin's empty callback. */
#include "ring.h"

#define HL_MARKER(machine) FLOOR_MARKER_##machine
#include "arch.h"

DEFINE_RING(ring_floor)
