/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scripts hook: system calls, and the events that probes are for.
 *
 * A hook is a script's; a site is what the guest has of it.  They are apart so
 * that a site may stay where it is while another version's hook takes it over.
 * A hook that is disabled, or whose script is not live yet, has none.
 * All under engine->lock.
 */
#ifndef HL_HOOK_H
#define HL_HOOK_H

#include <lua.h>

#include "engine.h"

struct hl_hook;
struct hl_script;

struct hl_hook_type {
    enum hl_op add;
    enum hl_op remove;
    /* The guest could not add it: a positive errno. */
    void (*refused)(struct hl_engine *engine, const struct hl_hook *hook,
                    int error);
};

struct hl_hook {
    const struct hl_hook_type *type;
    struct hl_script *script;
    uint32_t id;                /* in the script, in the order registered */
    uint32_t users;             /* handlers that run, and the script's table */
    int handler_ref;            /* the Lua function, in the registry */
    int object_ref;             /* what the script holds of it: syscall.hook */
    bool optional;              /* the kernel may not have that system call */
    bool disabled;              /* out of the guest, and may come back */
    bool removed;               /* for good */
    char *title;                /* "on_sys_ioctl_return (raeth.lua:20)" */
    void *spec;                 /* hl_hook_spec or hl_probe_spec, id 0, tests */
    uint32_t spec_size;
    uint64_t calls;             /* of its handler; */
    uint64_t errors;            /* of those, that failed */
    struct hl_site *site;       /* or NULL */
    uint32_t last_site;         /* the id of the last one, or 0 */
};

struct hl_site {
    struct hl_item item;        /* first: what the guest has of it */
    const struct hl_hook_type *type;
    uint32_t id;                /* that the guest has; never used again */
    void *spec;                 /* as it goes out */
    uint32_t spec_size;
    struct hl_hook *hook;       /* whose it is; NULL: nobody's (any more) */
    struct hl_hook *next;       /* whose it will be: see swap.c */
};

/* Of an event while it is handled, see handlers.h; the ids are elsewhere. */
struct hl_handlers {
    struct hl_hook *running;    /* whose handler runs, or waits; used */
    uint32_t count;
    uint32_t next;              /* place among the ids of the one to run next */
};

struct hl_sites *hl_sites_new(void);
void hl_sites_free(struct hl_sites *sites);

/*
 * A new one of the script that L runs: (handler, object) are the values at
 * those places of the stack.  spec and title are copied.  What may raise comes
 * before anything is made.
 */
struct hl_hook *hl_hook_new(lua_State *L, const struct hl_hook_type *type,
                            const void *spec, uint32_t spec_size,
                            const char *title, int handler, int object);

/* NULL: there is none of that id, or it was removed. */
struct hl_hook *hl_hook_find(const struct hl_script *script, uint32_t id);

/* NULL: the guest has been told of none like that. */
struct hl_site *hl_site_find(const struct hl_engine *engine, uint32_t id);

/* Keeps its memory beyond its removal. */
void hl_hook_use(struct hl_hook *hook);
void hl_hook_unuse(struct hl_hook *hook);

/* Its handler is to be called for what begins now. */
bool hl_hook_is_on(const struct hl_hook *hook);

/* Takes effect at once: no handler that has not begun is called any more. */
void hl_hook_disable(struct hl_hook *hook);
void hl_hook_enable(struct hl_hook *hook);
void hl_hook_remove(struct hl_hook *hook);

/* Of a script that closes: its hooks' memory. */
void hl_hooks_drop(struct hl_script *script);

/* --- for swap.c ----------------------------------------------------------- */

/* A site that nobody has yet, for the hook to come; tells the guest. */
struct hl_site *hl_site_new(struct hl_engine *engine, struct hl_hook *next);
void hl_site_remove(struct hl_engine *engine, struct hl_site *site);
/* The hook that was to come has the site from now on. */
void hl_site_pass_on(struct hl_site *site);
void hl_sites_each(struct hl_engine *engine,
                   void (*each)(struct hl_site *site, void *user), void *user);

#endif
