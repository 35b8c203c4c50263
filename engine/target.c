/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of targets. Read-only, any thread. */
#include "target.h"

#include <errno.h>
#include <string.h>

#include "abi/doorbell.h"
#include "abi/regs.h"

static const char *const mips_regs[] = { HL_REGS_MIPS, NULL };
static const char *const arm_regs[] = { HL_REGS_ARM, NULL };
static const char *const arm64_regs[] = { HL_REGS_ARM64, NULL };
static const char *const x86_regs[] = { HL_REGS_X86, NULL };

/* 64-bit kernels live in the upper half on every machine here. */
#define UPPER_HALF 0x8000000000000000ULL

/*
 * direct_reads: not on x86, where QEMU's debug access looks at no protection
 * key, and on ARM only once that was tried.
 */
static const struct hl_target targets[] = {
    { "mipsel", 32, false, 8, 0x80000000, HL_LE32(HL_MARKER_MIPS), 4, true,
      mips_regs },
    { "mips", 32, true, 8, 0x80000000, HL_BE32(HL_MARKER_MIPS), 4, true,
      mips_regs },
    { "mips64el", 64, false, 8, UPPER_HALF, HL_LE32(HL_MARKER_MIPS), 4, true,
      mips_regs },
    /* Modules lie in the 16 MiB below the kernel's 3 GiB line. */
    { "arm", 32, false, 40, 0xbf000000, HL_LE32(HL_MARKER_ARM), 4, false,
      arm_regs },
    { "aarch64", 64, false, 183, UPPER_HALF, HL_LE32(HL_MARKER_ARM64), 4, false,
      arm64_regs },
    { "x86_64", 64, false, 62, UPPER_HALF, { HL_MARKER_X86 }, 7, false,
      x86_regs },
};

const struct hl_target *hl_target_find(const char *name)
{
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        if (!strcmp(targets[i].name, name)) {
            return &targets[i];
        }
    }
    return NULL;
}

void hl_target_each_name(void (*each)(const char *name, void *user), void *user)
{
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        each(targets[i].name, user);
    }
}

int hl_errno_to_host(const struct hl_target *target, int error)
{
    /* Those that our module gives. */
    static const int mips[][2] = {
        { 45, EDEADLK }, { 78, ENAMETOOLONG }, { 89, ENOSYS }, { 90, ELOOP },
        { 93, ENOTEMPTY }, { 122, EOPNOTSUPP }, { 143, ESHUTDOWN },
        { 145, ETIMEDOUT }, { 71, EPROTO },
    };

    for (size_t i = 0; i < sizeof(mips) / sizeof(mips[0]); i++) {
        if (target->machine == 8 && mips[i][0] == error) {
            return mips[i][1];
        }
    }
    return error;
}
