/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A task is one request of the guest that may need the guest's help before it
 * is answered: it asks for an op, the guest serves it, and the task goes on.
 * All under engine->lock.
 */
#ifndef HL_TASK_H
#define HL_TASK_H

#include <lua.h>

#include "engine.h"
#include "event.h"
#include "hook.h"
#include "hyperfile.h"
#include "probe.h"

/*
 * At once in flight; what comes beyond gets -EBUSY.  Some places are kept for
 * the work without which nobody who waits would ever go on.
 */
#define HL_TASKS_MAX 4096
#define HL_TASKS_KEPT 64

struct hl_task;

enum hl_step {
    HL_STEP_ASK,                /* task->ask is to be served or waited for */
    HL_STEP_DONE,               /* task->ret and task->reply are the answer */
};

/* A question to the guest's kernel, or, with HL_OP_NONE, a wait. */
struct hl_ask {
    enum hl_op op;
    uint32_t pid;               /* whom it concerns; 0: the one served */
    uint64_t wait_ms;           /* HL_OP_NONE: that long, or HL_WAIT_EVER */
    uint64_t addr;
    uint64_t size;              /* goes out as mem_region.size */
    const void *data;           /* to send; lives until the step returned */
    uint32_t data_size;
    uint32_t want;              /* bytes of data that may come back */
};

/* The guest's answer, bounds checked.  data lives during the step only. */
struct hl_answer {
    uint32_t resp;              /* HL_RESP_* */
    uint32_t size;              /* READ: bytes in data; WRITE: bytes written */
    int error;                  /* ERROR: a positive errno */
    const uint8_t *data;
};

struct hl_served {
    uint32_t pid;
    const char *comm;
};

struct hl_task_ops {
    enum hl_step (*step)(struct hl_engine *engine, struct hl_task *task);
    /* However the task ends: answered, dropped, or its question lost. */
    void (*end)(struct hl_engine *engine, struct hl_task *task);
    /* For the log, to be freed: "on_sys_ioctl_return (raeth.lua:20)" */
    char *(*describe)(struct hl_engine *engine, const struct hl_task *task);
    /* Whom it serves; NULL: nobody. */
    struct hl_served (*served)(const struct hl_task *task);
    /*
     * The handler returned, and what is on co; NULL: that does not matter.
     * Must not raise.
     */
    void (*returned)(lua_State *co, struct hl_task *task);
    /*
     * What it raised, with a traceback.  NULL: it is a handler of a script's,
     * is counted as one, and this goes to the log.
     */
    void (*report)(struct hl_engine *engine, const struct hl_task *task,
                   const char *text);
    bool is_work;               /* may take the places that are kept */
    /* What becomes of the request when its handler raised; for the log. */
    const char *after_error;
};

struct hl_task {
    uint64_t id;                /* what the guest resumes it by */
    bool active;
    const struct hl_task_ops *ops;
    struct hl_script *script;   /* used; or NULL: it runs no Lua */
    uint64_t region;            /* its mem_region in the guest */
    struct hl_ask ask;
    struct hl_answer answer;
    uint64_t ret;               /* HL_STEP_DONE: for the call block, */
    const void *reply;          /* and for the region's data, */
    uint32_t reply_size;
    uint64_t reply_addr;        /* or for this address, when not 0 */
    uint64_t lost;              /* ret when the reply cannot be written */

    lua_State *co;              /* kept for the next task in this place, */
    struct hl_script *co_script;        /* when it is of this script */
    lua_State *waiter;          /* the coroutine that asked: co, or one in it */
    bool waiting;               /* co is in the middle of a handler */
    uint32_t asked;             /* questions of this handler so far */
    uint32_t direct;            /* reads without one since the last */
    bool may_sleep;             /* its process may be kept waiting */
    const char *no_wait;        /* "kprobe": its handlers cannot; or NULL */
    bool is_user;               /* a program's process is served, and runs */
    bool serves_nobody;         /* hl.spawn's, a console's */
    bool may_park;              /* has no region, and gets one to wait */
    bool parked;                /* its question waits for that: spawn.h */
    uint8_t word_bytes;         /* of its program: 4 or 8 */
    bool listens;               /* the guest announced that it waits */
    bool woken;
    struct hl_seen *seen;       /* for the recording, or NULL */
    struct hl_handlers handlers;        /* event.c, probe_event.c */
    union {
        struct hl_event event;  /* event.c */
        struct hl_fileop file;  /* hyperfile.c */
        struct hl_probe_run probe;      /* probe_event.c */
        struct hl_item *item;   /* work.c: the one being moved, or NULL */
        struct hl_spawn *spawn; /* spawn.c */
        struct hl_console_run *console; /* console/eval.c */
    };
};

struct hl_tasks *hl_tasks_new(void);
void hl_tasks_free(struct hl_tasks *tasks);

/*
 * A fresh task of that script, which it uses (NULL: of none), or NULL when
 * HL_TASKS_MAX are in flight.
 */
struct hl_task *hl_task_begin(struct hl_engine *engine,
                              const struct hl_task_ops *ops, uint64_t region,
                              struct hl_script *script);

/* Only one that has begun and not ended; NULL: there is none of that id. */
struct hl_task *hl_task_find(struct hl_engine *engine, uint64_t id);

void hl_task_end(struct hl_engine *engine, struct hl_task *task);

/* The guest started anew: whatever waited will not be resumed. */
void hl_tasks_drop_all(struct hl_engine *engine);

/* The script closes: the coroutines that were kept go with it. */
void hl_tasks_forget_script(struct hl_engine *engine,
                            const struct hl_script *script);

void hl_tasks_each(struct hl_engine *engine,
                   void (*each)(struct hl_task *task, void *user), void *user);

/*
 * Its handler has raised or done another thing wrong: message says what, and
 * the task's ops what becomes of the request.  traceback may be NULL.
 */
void hl_task_fault(struct hl_engine *engine, const struct hl_task *task,
                   const char *message, const char *outcome,
                   const char *traceback);

uint32_t hl_tasks_active(const struct hl_engine *engine);

#endif
