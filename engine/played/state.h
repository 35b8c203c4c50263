/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What played.c and kernel.c share of a played guest. */
#ifndef HL_PLAYED_STATE_H
#define HL_PLAYED_STATE_H

#include "abi/filter.h"
#include "memory.h"
#include "played.h"

#define REGS_MAX 64

struct hl_played_hook {
    uint32_t id;
    enum hl_phase phase;
    char name[HL_NAME_SIZE];
    struct hl_filter filter;
};

struct hl_played {
    struct hl_engine *engine;
    struct hl_memory memory;
    uint64_t kernel;            /* where kernel memory starts */
    uint8_t *kernel_bytes;      /* per vCPU: one page block, one page region */
    unsigned cpus;
    struct hl_played_cpu *cpu;
    uint64_t regs[REGS_MAX];

    GMutex lock;                /* guards what follows */
    GArray *hooks;              /* of struct hl_played_hook, as installed */
    GPtrArray *log;
    GString *output[2];
    int status;
};

#endif
