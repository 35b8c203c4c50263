/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that a test plays: memory with holes, and a kernel that speaks the
 * module's part of the ABI.  The whole engine runs against it in milliseconds,
 * with no emulator.
 */
#ifndef HL_PLAYED_H
#define HL_PLAYED_H

#include "engine.h"

struct hl_played;

/* One vCPU: to be used by one thread at a time. */
struct hl_played_cpu {
    struct hl_guest guest;      /* first: the vtable's functions cast to us */
    struct hl_played *played;
    uint64_t block;             /* its call block and region, guest addresses */
    uint64_t region;
    uint64_t rings;             /* doorbells rung so far */
    bool region_gone;           /* a test's: the engine cannot reach it */
    uint64_t own;               /* kernel memory for the tests, 1 MiB */
    bool waits;                 /* after a ring: its task is to wait, */
    uint64_t wait_ms;           /* so long */
    uint64_t wait_task;
};

/* The script is one more of the version that serves; as hl_script_run(). */
int hl_played_run(struct hl_played *played, const char *name, const char *text,
                  size_t size);

/* A system call that a process of the guest makes. */
struct hl_played_syscall {
    const char *name;
    const char *comm;
    uint32_t pid;
    uint32_t number;
    bool compat;
    uint64_t arg[HL_SYSCALL_ARGS];  /* out: with what it was made */
    int64_t retval;             /* what the kernel would return; out: result */
    /* NULL, or what it returns, in place of retval. */
    int64_t (*kernel)(struct hl_played_syscall *call, void *user);
    void *user;
    bool skipped;               /* out */
    /* syscall.c's: how far it has come */
    enum hl_phase phase;
    GArray *ids;                /* of the hooks that match; NULL: it is over */
    guint told;
    uint32_t added;             /* hooks, when those were looked for */
    int64_t kernels;
    bool again;
    bool was_again;
};

/* Something else that happens in the guest; see struct hl_probe_event. */
struct hl_played_probe {
    uint32_t kind;
    const char *path;           /* NULL, or of the probes in that file */
    const char *symbol;         /* where: of the probes that wait for it */
    const char *text;
    const char *comm;
    uint32_t pid;
    uint32_t flags;
    uint64_t arg[HL_SYSCALL_ARGS];
    int64_t retval;             /* out: what the handlers made of it */
    uint64_t pc;
    uint64_t sp;
    bool no_wait;
};

struct hl_played *hl_played_new(const struct hl_target *target, unsigned cpus);
void hl_played_free(struct hl_played *played);

struct hl_engine *hl_played_engine(struct hl_played *played);
struct hl_played_cpu *hl_played_cpu(struct hl_played *played, unsigned index);

/* User memory, zeroed; whole pages around the range. */
void hl_played_map(struct hl_played *played, uint64_t addr, uint64_t size);
/* false: a page is not mapped; up to there it was done. */
bool hl_played_poke(struct hl_played *played, uint64_t addr, const void *from,
                    size_t size);
bool hl_played_peek(struct hl_played *played, uint64_t addr, void *to,
                    size_t size);
/* Kernel memory: the blocks and regions, as the fuzzer wants them. */
void *hl_played_kernel(struct hl_played *played, uint64_t addr, size_t size);

/* For HL_OP_REGS, in the order of abi/regs.h. */
void hl_played_set_reg(struct hl_played *played, unsigned index,
                       uint64_t value);

/* Rings; returns the block's ret, HL_RET_UNTOUCHED if nobody answered. */
uint64_t hl_played_ring(struct hl_played_cpu *cpu, uint32_t number,
                        const uint64_t arg[4]);

/* A task that waited goes on, or its process is killed meanwhile. */
uint64_t hl_played_resume(struct hl_played_cpu *cpu, uint64_t task);
uint64_t hl_played_cancel(struct hl_played_cpu *cpu, uint64_t task);

/* The handshake, as the module's insmod does it, then all work. */
int64_t hl_played_hello(struct hl_played_cpu *cpu, uint32_t abi);
void hl_played_work(struct hl_played_cpu *cpu);
void hl_played_goodbye(struct hl_played_cpu *cpu);

/* With cpu->waits afterwards it is not over: resume or end it. */
void hl_played_syscall(struct hl_played_cpu *cpu,
                       struct hl_played_syscall *call);
void hl_played_syscall_resume(struct hl_played_cpu *cpu,
                              struct hl_played_syscall *call, uint64_t task);
void hl_played_syscall_end(struct hl_played_syscall *call);

/* The call's ret; 0 when no probe waits for it. */
uint64_t hl_played_probe(struct hl_played_cpu *cpu,
                         struct hl_played_probe *event);
uint64_t hl_played_probe_resume(struct hl_played_cpu *cpu, uint64_t task,
                                int64_t *retval);
uint32_t hl_played_probes(const struct hl_played *played);

/* "error: text" per line, and what the guest printed; owned by played. */
const GPtrArray *hl_played_log(struct hl_played *played);
const GString *hl_played_output(struct hl_played *played, int stream);
int hl_played_status(struct hl_played *played);     /* -1: none yet */

#endif
