/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks that scripts registered.  All under engine->lock. */
#ifndef HL_HOOK_H
#define HL_HOOK_H

#include "engine.h"

enum hl_hook_state {
    HL_HOOK_WANTED,             /* not in the guest yet */
    HL_HOOK_MOVING,             /* the guest is installing or removing it */
    HL_HOOK_PRESENT,
    HL_HOOK_REFUSED,            /* the guest cannot; that was logged */
    HL_HOOK_GONE,               /* removed, and its id is never used again */
};

struct hl_hook {
    uint32_t id;
    enum hl_hook_state state;
    bool removed;               /* by the script: take it out of the guest */
    bool leaving;               /* MOVING: the guest is taking it out */
    int handler_ref;            /* the Lua function, in the registry */
    int object_ref;             /* what the script holds of it: syscall.hook */
    char *title;                /* "on_sys_ioctl_return (raeth.lua:20)" */
    struct hl_hook_spec spec;   /* as it goes out, little-endian */
    struct hl_filter_test test[HL_HOOK_TESTS];
};

struct hl_hooks *hl_hooks_new(void);
void hl_hooks_free(struct hl_hooks *hooks);

/* A new one, to be filled; tells the guest that there is work. */
struct hl_hook *hl_hook_new(struct hl_engine *engine);
struct hl_hook *hl_hook_find(struct hl_engine *engine, uint32_t id);
void hl_hook_remove(struct hl_engine *engine, struct hl_hook *hook);

/* The next one that the guest has to install or take out, or NULL: it MOVES. */
struct hl_hook *hl_hook_next_work(struct hl_engine *engine);

/* The guest's answer to that; error is a positive errno or 0. */
void hl_hook_moved(struct hl_engine *engine, struct hl_hook *hook, int error);

/* It never got that far: to be done again. */
void hl_hook_not_moved(struct hl_engine *engine, struct hl_hook *hook);

/* Replies say whether there is work; only a module that said hello asks. */
void hl_hooks_say_work(struct hl_engine *engine);

/* A new guest, or none: all hooks have to be installed again. */
void hl_hooks_forget_guest(struct hl_engine *engine);

#endif
