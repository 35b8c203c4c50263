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

/* What a script registered. */
struct hl_probe {
    struct hl_item item;        /* first: what the guest has of it */
    uint32_t id;                /* in the order registered, never used again */
    uint32_t users;             /* handlers that run, and the table */
    int handler_ref;            /* the Lua function, in the registry */
    int object_ref;             /* what the script holds of it: event.probe */
    bool disabled;              /* out of the guest, and may come back */
    char *title;                /* "kprobe do_exit (watch.lua:20)" */
    struct hl_probe_spec *spec; /* as it goes out, with all that follows it */
    uint32_t spec_size;
};

#define HL_PROBE_TAIL (HL_CHUNK - sizeof(struct hl_probe_event))

/* An event, as the handlers see and change it. */
struct hl_probe_run {
    struct hl_probe *running;   /* whose handler runs, or waits; used */
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
    uint32_t ids;               /* in id[], ascending */
    uint32_t next;              /* place in id[] of the one to run next */
    uint32_t text_at;           /* in tail[]; not NUL-terminated */
    uint32_t text_size;
    union {
        uint32_t id[HL_PROBE_TAIL / 4];
        char tail[HL_PROBE_TAIL];       /* the ids, then the text */
    };
    struct hl_syscall_answer answer;    /* as it goes out */
};

struct hl_probes *hl_probes_new(void);
void hl_probes_free(struct hl_probes *probes);

/* spec_size bytes at spec; the id is filled in.  Tells the guest of it. */
struct hl_probe *hl_probe_new(struct hl_engine *engine,
                              const struct hl_probe_spec *spec,
                              uint32_t spec_size);

/* NULL: there is none of that id, or it was removed. */
struct hl_probe *hl_probe_find(struct hl_engine *engine, uint32_t id);

/* Keeps its memory beyond its removal. */
void hl_probe_use(struct hl_probe *probe);
void hl_probe_unuse(struct hl_probe *probe);

/* Takes effect at once: no handler that has not begun is called any more. */
void hl_probe_disable(struct hl_engine *engine, struct hl_probe *probe);
void hl_probe_enable(struct hl_engine *engine, struct hl_probe *probe);
void hl_probe_remove(struct hl_engine *engine, struct hl_probe *probe);

/* "kprobe"; kind may be anything: "?". */
const char *hl_probe_kind_name(enum hl_probe_kind kind);

#endif
