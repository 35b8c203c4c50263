/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes an ioctl's number apart, for the list of what is missing and for
 * scripts.  Any thread, no lock.
 */
#include "ioctl_decode.h"

#include <stdio.h>

/* ELF e_machine of those that have a layout of their own. */
enum { MACHINE_MIPS = 8, MACHINE_PPC = 20, MACHINE_PPC64 = 21 };

/* How the upper 16 bits are shared out, and what a direction is called. */
struct layout {
    unsigned size_bits;
    uint32_t none;
    uint32_t read;
    uint32_t write;
};

static const struct layout *layout_of(const struct hl_target *target)
{
    static const struct layout common = { 14, 0, 2, 1 };
    static const struct layout mips_ppc = { 13, 1, 2, 4 };

    switch (target->machine) {
    case MACHINE_MIPS:
    case MACHINE_PPC:
    case MACHINE_PPC64:
        return &mips_ppc;
    default:
        return &common;
    }
}

static void type_text(uint8_t type, char text[8])
{
    if (type > ' ' && type < 0x7f && type != '\'' && type != '\\') {
        snprintf(text, 8, "'%c'", type);
    } else {
        snprintf(text, 8, "0x%02x", type);
    }
}

/*
 * Terminals' and sockets' numbers are older than the macros.  Where "none" has
 * no bit they look like _IO(), and the few that are one cannot be told.
 */
static bool is_encoded(const struct layout *layout, uint32_t direction,
                       const struct hl_ioctl *ioctl)
{
    bool old = ioctl->type == 'T' || ioctl->type == 0x89;

    if (direction == layout->none) {
        return ioctl->size == 0 && (layout->none != 0 || !old);
    }
    return direction != 0 && !(direction & ~(layout->read | layout->write));
}

void hl_ioctl_decode(const struct hl_target *target, uint32_t cmd,
                     struct hl_ioctl *out)
{
    const struct layout *layout = layout_of(target);
    uint32_t direction = cmd >> (16 + layout->size_bits);
    char type[8];

    *out = (struct hl_ioctl){
        .type = (uint8_t)(cmd >> 8),
        .number = (uint8_t)cmd,
        .size = (cmd >> 16) & ((1U << layout->size_bits) - 1),
    };
    out->reads = direction & layout->read;
    out->writes = direction & layout->write;
    type_text(out->type, type);
    if (!is_encoded(layout, direction, out)) {
        snprintf(out->text, sizeof(out->text), "0x%x", cmd);
        return;
    }
    if (direction == layout->none) {
        snprintf(out->text, sizeof(out->text), "_IO(%s, %u)", type,
                 out->number);
        return;
    }
    snprintf(out->text, sizeof(out->text), "_IO%s%s(%s, %u, %u)",
             out->writes ? "W" : "", out->reads ? "R" : "", type, out->number,
             out->size);
}

const char *hl_ioctl_direction(const struct hl_ioctl *ioctl)
{
    if (ioctl->reads) {
        return ioctl->writes ? "readwrite" : "read";
    }
    return ioctl->writes ? "write" : "none";
}
