/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engine has done so far, for hl.stats().  Under engine->lock. */
#ifndef HL_STATS_H
#define HL_STATS_H

#include <lua.h>
#include <stdint.h>

/* X(field, what it counts): the names are those that scripts see. */
#define HL_STATS(X)                                                           \
    X(reads_direct, "pieces of user memory read without the guest")           \
    X(reads_guest, "READ and READ_STR that the guest was asked for")          \
    X(writes, "WRITE that the guest was asked for")                           \
    X(syscalls, "events of system calls")                                     \
    X(probes, "events of probes")                                             \
    X(file_ops, "operations on files")                                        \
    X(handlers, "handlers called")                                            \
    X(errors, "of those, handlers that raised")                               \
    X(dropped, "requests that ended unanswered: killed, or the module gone")

struct hl_stats {
#define HL_STAT_FIELD(field, text) uint64_t field;
    HL_STATS(HL_STAT_FIELD)
#undef HL_STAT_FIELD
};

/* core.stats() -> table of these by name, and tasks: requests in work now */
int hl_core_stats(lua_State *L);

#endif
