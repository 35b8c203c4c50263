/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's state, and the two tables through which it meets the world: the
 * guest's memory (struct hl_guest_ops) and the host (struct hl_host_ops).  The
 * QEMU plugin fills both; so does the played guest of the tests.
 *
 * Engine functions return 0 or -errno.  engine->lock guards all that is not
 * marked otherwise; it is free while the guest works on a request.  Guest
 * memory is read and written under it, which may take QEMU's own big lock: so
 * nothing that holds that one may wait for this one.
 */
#ifndef HL_ENGINE_H
#define HL_ENGINE_H

#include <glib.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/calls.h"
#include "abi/ops.h"
#include "abi/wire.h"
#include "item.h"
#include "stats.h"
#include "target.h"

struct hl_console;
struct hl_files;
struct hl_protos;
struct hl_record;
struct hl_results;
struct hl_script;
struct hl_sites;
struct hl_spawns;
struct hl_tasks;
struct hl_waker;

/* One vCPU's view of guest memory.  Used by the thread of that vCPU only. */
struct hl_guest {
    const struct hl_guest_ops *ops;
};

/* Kernel virtual addresses; false: not reachable, and nothing is promised. */
struct hl_guest_ops {
    bool (*read)(struct hl_guest *guest, uint64_t addr, void *to, size_t size);
    bool (*write)(struct hl_guest *guest, uint64_t addr, const void *from,
                  size_t size);
};

enum hl_level { HL_ERROR, HL_WARN, HL_INFO, HL_DEBUG };

/* Called with and without the engine's lock, on any vCPU's thread. */
struct hl_host_ops {
    /* One line, or several with newlines between them. */
    void (*log)(void *host, enum hl_level level, const char *line);
    /* The guest's standard streams: 1 or 2.  Bytes taken, or -errno. */
    int64_t (*output)(void *host, int stream, const void *data, size_t size);
    /* COMMAND has ended with this exit status. */
    void (*exited)(void *host, int status);
    /* hl.clock's: monotonic microseconds. */
    int64_t (*clock)(void *host);
};

struct hl_engine {
    const struct hl_target *target;     /* fixed after hl_engine_new */
    const struct hl_host_ops *host_ops; /* fixed */
    void *host;                         /* fixed */
    GMutex lock;
    bool greeted;                       /* a module has said hello */
    uint64_t user_limit;                /* first address that is no user's */
    bool direct;                        /* reads may do without the guest */
    struct hl_stats stats;
    struct hl_script *script;           /* the version that serves */
    struct hl_script *next;             /* the one that is to, or NULL */
    uint32_t swap_waits;                /* sites that it waits for: swap.c */
    uint32_t swap_added;                /* what the guest had added by then, */
    uint32_t added;                     /* and for the version that serves */
    uint32_t versions;                  /* so far */
    GQueue scripts;                     /* all that there are */
    GQueue buried;                      /* of them, those to be closed */
    lua_State *persist;                 /* what outlives them */
    struct hl_items items;              /* what the guest is to have */
    struct hl_sites *sites;
    struct hl_protos *protos;
    struct hl_files *files;
    struct hl_tasks *tasks;
    struct hl_spawns *spawns;
    struct hl_waker *waker;
    struct hl_results *results;         /* or NULL: there is no log file */
    struct hl_record *record;           /* or NULL: nothing is recorded */
    struct hl_console *console;         /* or NULL; fixed before threads */
    struct {
        uint32_t tid;
        uint32_t cmd;
    } failed_ioctl;                     /* the last of a file of ours */
    uint32_t file_warnings;             /* so far, of those that are bounded */
    uint32_t files_told;                /* by HYP_GET_NUM_HYPERFILES */
    GByteArray *written;                /* what a request writes */
    GByteArray *scratch;                /* an answer that has no other place */
    uint64_t kept;                      /* bytes in all files' `written` */
    gint work_waiting;                  /* atomic; only when greeted */
};

/* Never fails (glib aborts when memory is out). */
struct hl_engine *hl_engine_new(const struct hl_target *target,
                                const struct hl_host_ops *host_ops,
                                void *host);
void hl_engine_free(struct hl_engine *engine);

/*
 * The doorbell rang: its store went to block.  What is not aligned as a call
 * block is none, and nothing is read or written: the null call.
 * On the vCPU's thread, without the lock.
 */
void hl_doorbell(struct hl_engine *engine, struct hl_guest *guest,
                 uint64_t block);

#endif
