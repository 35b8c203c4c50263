/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest kernel's system calls, and what it knows of their arguments.  The
 * guest tells them once after it said hello, when hooks want them, and before
 * it is told of any hook.  All under engine->lock.
 */
#ifndef HL_PROTO_H
#define HL_PROTO_H

#include <lua.h>

#include "engine.h"

struct hl_arg {
    const char *type;           /* "const char *" */
    const char *name;           /* "filename" */
    uint8_t bits;               /* how wide it is */
};

struct hl_sys_proto {
    char *name;                 /* bare: "openat" */
    uint32_t number;
    bool known;                 /* the arguments are */
    bool wide;                  /* one takes two words of 32 bits */
    uint8_t args;
    struct hl_arg arg[HL_SYSCALL_ARGS];
    char *texts;                /* where types and names lie */
};

struct hl_protos *hl_protos_new(void);
void hl_protos_free(struct hl_protos *protos);

/* The guest is to tell them, if it has not. */
void hl_protos_want(struct hl_engine *engine);

/* A number of its own for what each guest has told. */
lua_Integer hl_protos_round(const struct hl_engine *engine);

/* Whether it has, all of them. */
bool hl_protos_are_there(const struct hl_engine *engine);

/* NULL: it has not told of one.  It is valid until the lock is released. */
struct hl_sys_proto *hl_proto_find(const struct hl_engine *engine,
                                   const char *name);

void hl_protos_each(const struct hl_engine *engine,
                    void (*each)(struct hl_sys_proto *proto, void *user),
                    void *user);

/* "openat, open": those that name may have been meant for; NULL: none. */
char *hl_protos_near(const struct hl_engine *engine, const char *name);

#endif
