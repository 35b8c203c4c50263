/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An operation on a file: hyperfile.c takes it from the wire, fileop.c has it
 * answered.  All under engine->lock.
 */
#ifndef HL_HYPERFILE_H
#define HL_HYPERFILE_H

#include "model.h"

struct hl_answerer;
struct hl_request;

struct hl_fileop {
    struct hl_file_request request;
    uint64_t region;            /* through which to ask, or 0 */
    uint64_t buffer;            /* READ, GETATTR: where the answer goes */
    struct hl_file *file;       /* held while a task works on it, */
    struct hl_behaviour *how;   /* and how it answered as it began */
    char *path;                 /* what the guest named, of a pattern's file */
    const char *by;             /* who answered: a model's name, ... */
    int64_t began;              /* when there is a recording */
    bool recorded;
    uint8_t *data;              /* of request.data or .user, to be kept */
    uint32_t user_done;         /* of request.user, bytes that are written */
    uint8_t size_wire[8];       /* GETATTR: as it goes out */
    const char *bad;            /* what a handler returned wrongly, or NULL */
};

/* What poll says, as the kernel numbers it: EPOLLIN | EPOLLRDNORM and so on. */
#define HL_POLL_READ 0x41
#define HL_POLL_WRITE 0x104

/* Has it answered; returns the call's ret.  op->file is known. */
uint64_t hl_fileop_begin(struct hl_engine *engine, struct hl_request *request,
                         struct hl_fileop *op);

/* Who answers now; NULL: nobody.  Lives until Lua runs. */
const struct hl_answerer *hl_fileop_answerer(const struct hl_fileop *op);

/* As the guest named it. */
const char *hl_fileop_path(const struct hl_fileop *op);

/* "led.lua:3": where it was modelled. */
const char *hl_fileop_origin(const struct hl_fileop *op);

/* The names of operations, both ways; -1 and NULL: there is none such. */
int hl_hyper(const char *name);
const char *hl_hyper2name(int64_t op);

#endif
