/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A played guest's processes, files and programs, as specs describe them with
 * records that are packed as on the wire.  One thread at a time.
 */
#ifndef HL_PLAYED_WORLD_H
#define HL_PLAYED_WORLD_H

#include <glib.h>
#include <stdbool.h>

#include "abi/ops.h"
#include "memory.h"

struct hl_played;
struct mem_region;

/* Pids that are no process: whatever concerns them is answered ESRCH. */
struct hl_played_process {
    uint32_t pid;
    struct hl_memory own;       /* its memory */
    GBytes *proc;               /* a struct hl_proc */
    GBytes *threads;            /* of them, several */
    GBytes *exe;
    GBytes *maps;               /* records, ascending */
    GBytes *fds;
};

struct hl_played_world {
    GPtrArray *processes;       /* ascending pids */
    uint32_t served;            /* the pid that 0 stands for */
    GHashTable *files;          /* path -> GByteArray */
    GHashTable *programs;       /* path -> GBytes: hl_run_result and output */
    GHashTable *absent;         /* pages that only the guest's kernel reaches */
    /* NULL, or asked before all else; false: the guest is to answer itself. */
    bool (*answer)(struct hl_played *played, enum hl_op op,
                   struct mem_region *region);
    GBytes *canned[HL_OP_COUNT];        /* what to answer instead */
    GByteArray *open;           /* the conversation's open file, or NULL */
    guint position;
    GArray *spawned;            /* of uint64_t: ids, in order */
    int spawn_error;            /* 0 or an errno for HL_OP_SPAWN */
    GByteArray *last_run;       /* hl_run_args and strings of the last RUN */
};

struct hl_played_world *hl_played_world_new(void);
void hl_played_world_free(struct hl_played_world *world);

/* NULL: there is none. */
struct hl_played_process *hl_played_process(struct hl_played_world *world,
                                            uint32_t pid);
struct hl_played_process *hl_played_process_add(struct hl_played_world *world,
                                                uint32_t pid);

/* Of whom the op concerns; NULL: that one is gone. */
struct hl_memory *hl_played_memory(struct hl_played *played,
                                   const struct mem_region *region);
/* Of the process being served; the guest's own when nobody described it. */
struct hl_memory *hl_played_current(struct hl_played *played);

/* The played vCPU would find no translation for it. */
bool hl_played_is_absent(const struct hl_played_world *world, uint64_t addr,
                         size_t size);

/* true: the op has a canned answer, and that was given. */
bool hl_played_answer_canned(struct hl_played *played, enum hl_op op,
                             struct mem_region *region);

#endif
