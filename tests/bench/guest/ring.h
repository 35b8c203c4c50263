/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loops that are timed.  They differ in nothing but the marker before the
 * store, so each ring_*.c compiles the same lines with another one.
 */
#ifndef HL_BENCH_RING_H
#define HL_BENCH_RING_H

#include "doorbell.h"
#include "markers.h"

/* Wire.h's call block; the store writes number to its start. */
struct hl_call;
typedef void ring_fn(struct hl_call *block, unsigned int number,
		     unsigned int count);

ring_fn ring_doorbell, ring_floor, ring_plain;

#define DEFINE_RING(name)						\
	void name(struct hl_call *block, unsigned int number,		\
		  unsigned int count)					\
	{								\
		while (count--)						\
			hl_arch_ring(block, number);			\
	}

#endif
