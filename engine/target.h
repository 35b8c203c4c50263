/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between the machines that QEMU can play, as the engine sees. */
#ifndef HL_TARGET_H
#define HL_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An instruction's bytes as they lie in memory. */
#define HL_LE32(word)                                                         \
    { (uint8_t)(word), (uint8_t)((word) >> 8), (uint8_t)((word) >> 16),       \
      (uint8_t)((word) >> 24) }
#define HL_BE32(word)                                                         \
    { (uint8_t)((word) >> 24), (uint8_t)((word) >> 16),                       \
      (uint8_t)((word) >> 8), (uint8_t)(word) }

struct hl_target {
    const char *name;           /* as QEMU calls it */
    unsigned word_bits;         /* 32 or 64 */
    bool big_endian;
    uint32_t machine;           /* ELF e_machine */
    uint64_t kernel_start;      /* markers count from this address on */
    uint8_t marker[8];          /* as it lies in memory */
    uint8_t marker_size;
    bool direct_reads;          /* direct.c may read user memory (see there) */
    const char *const *regs;    /* NULL-terminated, in HL_OP_REGS's order */
};

/* NULL when there is no such target. */
const struct hl_target *hl_target_find(const char *name);

/* Of a guest's errno: MIPS numbers those above 34 in its own way. */
int hl_errno_to_host(const struct hl_target *target, int error);

void hl_target_each_name(void (*each)(const char *name, void *user),
                         void *user);

#endif
