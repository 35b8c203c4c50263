/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What played.c and kernel.c share of a played guest. */
#ifndef HL_PLAYED_STATE_H
#define HL_PLAYED_STATE_H

#include <lua.h>

#include "abi/filter.h"
#include "abi/hyperfile.h"
#include "memory.h"
#include "played.h"
#include "watch.h"

#define REGS_MAX 64

/* Kernel memory of a vCPU: its block, its region, and the tests' own. */
#define CPU_PAGES 2
#define OWN_PAGES 260
#define CPU_SIZE ((CPU_PAGES + OWN_PAGES) * HL_REGION_SIZE)

struct hl_played_hook {
    uint32_t id;
    enum hl_phase phase;
    struct hl_hook_spec *spec;  /* as it came; the filter points into it */
    struct hl_filter filter;
};

struct hl_played_node {
    char *path;
    GByteArray *map;
    uint32_t wakes;             /* how often it was woken */
    struct hl_node_spec spec;   /* as it came, little-endian */
};

struct hl_played {
    struct hl_engine *engine;
    struct hl_memory memory;
    uint64_t kernel;            /* where kernel memory starts */
    uint8_t *kernel_bytes;      /* per vCPU: one page block, one page region */
    unsigned cpus;
    struct hl_played_cpu *cpu;
    uint64_t regs[REGS_MAX];
    GPtrArray *protos;          /* of struct hl_proto with its texts */
    GString *raw_protos;        /* or NULL: what PROTO_NEXT answers instead */

    struct hl_reload *reload;   /* of the files a spec named, or NULL; */
    struct hl_watch *watch;     /* that has it then, or NULL */
    struct hl_played_world *world;      /* world.h */
    int64_t clock_us;           /* what hl.clock says, or -1: the host's */
    lua_State *lua;             /* of the spec: the method that is running */

    struct hl_script *loading;  /* the version that a spec makes, or NULL */
    GMutex lock;                /* guards what follows */
    GArray *hooks;              /* of struct hl_played_hook, as installed */
    uint32_t added;             /* hooks and probes, since it said hello */
    GPtrArray *probes;          /* probe.c's, or NULL: there are none */
    GHashTable *nodes;          /* id -> struct hl_played_node * */
    GArray *woken;              /* of uint64_t: tasks, in order */
    GPtrArray *log;
    GString *output[2];
    int status;
};

/* node.c: the ops about nodes and those who wait */
/* proc.c, files.c, proto.c, probe.c, syscall.c: the ops named there */
typedef void hl_played_op(struct hl_played *played, struct mem_region *region,
                          uint64_t addr, size_t size);
hl_played_op op_node_add, op_node_remove, op_node_wake, op_task_wake,
    op_map_read, op_map_write, op_proc, op_proc_next, op_thread_next,
    op_proc_exe, op_mapping_next, op_fd_next, op_fd_name, op_file_open,
    op_file_read, op_file_write, op_file_close, op_run, op_spawn,
    op_proto_next, op_probe_add, op_probe_remove, op_hook_add, op_hook_remove;
void hl_played_node_free(gpointer node);

/* probe.c */
void hl_played_forget_probes(struct hl_played *played);

/* syscall.c: width is that of the arguments */
void hl_played_take_filter(struct hl_filter *filter, const uint8_t *tests,
                           uint32_t count, uint64_t width);

/* proto.c: texts with a NUL behind each, as struct hl_proto has them */
void hl_played_add_proto(struct hl_played *played, uint16_t args,
                         uint32_t number, const char *texts, size_t size);
void hl_played_add_own_protos(struct hl_played *played);
unsigned hl_played_arg_bits(struct hl_played *played, const char *name,
                            unsigned arg);

/* kernel.c */
void hl_played_answer(struct mem_region *region, enum hl_resp resp,
                      uint64_t size);
/* Another hook or probe is there. */
void hl_played_answer_added(struct hl_played *played,
                            struct mem_region *region);
void hl_played_answer_error(struct mem_region *region, int error);

#endif
