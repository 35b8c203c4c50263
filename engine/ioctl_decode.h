/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the number of an ioctl says about it.  Any thread, no lock. */
#ifndef HL_IOCTL_DECODE_H
#define HL_IOCTL_DECODE_H

#include "target.h"

struct hl_ioctl {
    bool reads;                 /* _IOR, _IOWR: the kernel writes at arg */
    bool writes;                /* _IOW, _IOWR: the kernel reads at arg */
    uint8_t type;
    uint8_t number;
    uint16_t size;              /* bytes at arg */
    char text[40];              /* "_IOR('W', 0, 40)" */
};

void hl_ioctl_decode(const struct hl_target *target, uint32_t cmd,
                     struct hl_ioctl *out);

/* "none", "read", "write", "readwrite", seen from the program. */
const char *hl_ioctl_direction(const struct hl_ioctl *ioctl);

#endif
