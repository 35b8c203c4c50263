/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks that scripts registered.  All under engine->lock. */
#ifndef HL_HOOK_H
#define HL_HOOK_H

#include "engine.h"

struct hl_hook {
    struct hl_item item;        /* first: what the guest has of it */
    uint32_t id;
    int handler_ref;            /* the Lua function, in the registry */
    int object_ref;             /* what the script holds of it: syscall.hook */
    bool optional;              /* the kernel may not have that system call */
    char *title;                /* "on_sys_ioctl_return (raeth.lua:20)" */
    struct hl_hook_spec spec;   /* as it goes out, little-endian */
    struct hl_filter_test test[HL_HOOK_TESTS];
};

struct hl_hooks *hl_hooks_new(void);
void hl_hooks_free(struct hl_hooks *hooks);

/* A new one, to be filled; tells the guest that there is work. */
struct hl_hook *hl_hook_new(struct hl_engine *engine);
struct hl_hook *hl_hook_find(struct hl_engine *engine, uint32_t id);

#endif
