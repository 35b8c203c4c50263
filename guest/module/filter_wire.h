/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HL_GUEST_FILTER_WIRE_H
#define HL_GUEST_FILTER_WIRE_H

#include "filter.h"

/*
 * The tests of a filter from the wire; what a test's text is points into it.
 * Arguments get the kernel's word as their width.  0 or -errno: -EINVAL, it is
 * not well formed, -EOPNOTSUPP, a test that this half does not know.
 */
int hl_filter_take(struct hl_filter *filter, const unsigned char *from,
		   u32 size, u32 tests);

#endif
