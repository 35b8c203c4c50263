/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the handlers of one request did, until the request is over and recorded:
 * which ran, and the guest's memory that they read and wrote.  A task has one
 * while there is a recording.  All under engine->lock.
 */
#ifndef HL_RECORD_SEEN_H
#define HL_RECORD_SEEN_H

#include <glib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi/wire.h"

/* Characters of memory and of titles that are kept of one request. */
#define HL_SEEN_MEMORY_MAX (2 << 20)
#define HL_SEEN_HOOKS_MAX (16 << 10)

struct hl_seen {
    int64_t began;              /* ns of the monotonic clock */
    int args;                   /* of a system call, as the handlers see them */
    uint64_t arg[HL_SYSCALL_ARGS];
    int64_t retval;
    GString *hooks;             /* "title","title": JSON; or NULL */
    GString *memory;            /* ["r",addr,bytes],...: JSON; or NULL */
    bool cut;                   /* there was no more room */
};

int64_t hl_seen_now(void);

struct hl_seen *hl_seen_new(void);
void hl_seen_free(struct hl_seen *seen);        /* may be NULL */

/* A handler is done; title is its hook's. */
void hl_seen_hook(struct hl_seen *seen, const char *title, bool failed);

/* kind: 'r' read, 's' read up to its NUL, 'w' written.  pid 0: its own. */
void hl_seen_memory(struct hl_seen *seen, char kind, uint32_t pid,
                    uint64_t addr, const void *bytes, size_t size);

/* For bindings: the same, of the task that runs, if it has one. */
void hl_seen_access(lua_State *L, char kind, uint32_t pid, uint64_t addr,
                    const void *bytes, size_t size);

#endif
