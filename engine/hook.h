/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks that scripts registered.  All under engine->lock. */
#ifndef HL_HOOK_H
#define HL_HOOK_H

#include "engine.h"

struct hl_hook {
    struct hl_item item;        /* first: what the guest has of it */
    uint32_t id;                /* in the order registered, never used again */
    uint32_t users;             /* handlers that run, and the table */
    int handler_ref;            /* the Lua function, in the registry */
    int object_ref;             /* what the script holds of it: syscall.hook */
    bool optional;              /* the kernel may not have that system call */
    bool disabled;              /* out of the guest, and may come back */
    char *title;                /* "on_sys_ioctl_return (raeth.lua:20)" */
    struct hl_hook_spec *spec;  /* as it goes out, with its tests behind */
};

struct hl_hooks *hl_hooks_new(void);
void hl_hooks_free(struct hl_hooks *hooks);

/*
 * A new one; tells the guest that there is work.  tests: as on the wire; the
 * title becomes the hook's.
 */
struct hl_hook *hl_hook_new(struct hl_engine *engine,
                            const struct hl_hook_spec *spec,
                            const void *tests, char *title);

/* NULL: there is none of that id, or it was removed. */
struct hl_hook *hl_hook_find(struct hl_engine *engine, uint32_t id);

/* Keeps its memory beyond its removal. */
void hl_hook_use(struct hl_hook *hook);
void hl_hook_unuse(struct hl_hook *hook);

/* Takes effect at once: no handler that has not begun is called any more. */
void hl_hook_disable(struct hl_engine *engine, struct hl_hook *hook);
void hl_hook_enable(struct hl_engine *engine, struct hl_hook *hook);
void hl_hook_remove(struct hl_engine *engine, struct hl_hook *hook);

#endif
