/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of the guest beside system calls: exec, exit, signal, kprobe, uprobe
 * and the return probes.  All under engine->lock.
 */
#ifndef HL_PROBE_H
#define HL_PROBE_H

#include <stdbool.h>

#include "engine.h"

#define HL_PROBE_KINDS (HL_PROBE_URETPROBE + 1)

#define HL_PROBE_TAIL (HL_CHUNK - sizeof(struct hl_probe_event))

/* An event, as the handlers see and change it. */
struct hl_probe_run {
    enum hl_probe_kind kind;
    uint32_t pid;
    uint32_t tid;
    bool compat;
    char comm[HL_COMM_SIZE + 1];
    uint64_t arg[HL_SYSCALL_ARGS];
    int64_t retval;
    uint64_t pc;
    uint64_t sp;
    struct hl_probe_change {
        int64_t retval;
        bool retval_set;
        bool drop;
    } now, before;              /* before: when a handler raises */
    uint32_t ids;               /* that came */
    uint32_t text_at;           /* in tail[]; not NUL-terminated */
    uint32_t text_size;
    union {
        uint32_t id[HL_PROBE_TAIL / 4];
        char tail[HL_PROBE_TAIL];       /* the ids, then the text */
    };
    struct hl_syscall_answer answer;    /* as it goes out */
};

/* "kprobe"; kind may be anything: "?". */
const char *hl_probe_kind_name(enum hl_probe_kind kind);

#endif
