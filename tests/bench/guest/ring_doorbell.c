// SPDX-License-Identifier: GPL-2.0-or-later
/* The engine's own doorbell. */
#include "ring.h"

#include "arch.h"

DEFINE_RING(ring_doorbell)
