/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest program says to /dev/hyperlua besides write(2).  Included by
 * the module and by guest/programs.
 */
#ifndef HL_GUEST_UAPI_H
#define HL_GUEST_UAPI_H

#include <linux/ioctl.h>

/* What is written to this open file goes to stream 1 (the default) or 2. */
#define HL_IOC_STREAM _IO('L', 1)
/* The status with which COMMAND ended; the argument is the value itself. */
#define HL_IOC_EXIT _IO('L', 2)

#endif
