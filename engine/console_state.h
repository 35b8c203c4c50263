/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the console share.  The list of clients is changed by the
 * console's thread alone, under console->lock; what is marked so is used by
 * that thread alone.
 */
#ifndef HL_CONSOLE_STATE_H
#define HL_CONSOLE_STATE_H

#include "console.h"
#include "console_frame.h"
#include "console_recent.h"
#include "console_socket.h"

struct hl_client {
    uint64_t id;                /* fixed */
    int fd;                     /* the thread's */
    GByteArray *in;             /* the thread's: read and not handled */
    bool leaving;               /* the thread's: when its queue is empty */
    bool gone;                  /* the thread's: to be forgotten */
    uint64_t task;              /* engine->lock: the expression that waits */
    bool follows;               /* console->lock, as what comes */
    GString *out;               /* its queue */
    uint64_t dropped;
};

struct hl_console {
    struct hl_engine *engine;
    struct hl_console_socket socket;
    GThread *thread;
    int wake;                   /* an eventfd: the thread is to look again */
    gint stopping;              /* atomic */
    GMutex lock;                /* guards what follows */
    GPtrArray *clients;
    uint64_t last_id;
    struct hl_recent recent;
};

/* --- console_client.c ----------------------------------------------------- */

struct hl_client *hl_client_new(uint64_t id, int fd);
void hl_client_free(gpointer client);

/* An answer: there is always room.  Under console->lock. */
void hl_client_append(struct hl_client *client, const char *kind,
                      const char *text, size_t size);

/* A frame that is dropped when much waits.  Under console->lock. */
void hl_client_tell(struct hl_client *client, const char *kind,
                    const GString *text);

/* What there is; marks a client that left.  On the console's thread. */
void hl_client_receive(struct hl_client *client);
void hl_client_send(struct hl_client *client);  /* console->lock */

/* Whether there is room for an answer.  Under console->lock. */
bool hl_client_has_room(const struct hl_client *client);

/* Bytes of its first request; 0: it has to come; -1: it makes no sense. */
gssize hl_client_first(const struct hl_client *client, struct hl_frame *frame);

/* --- console_request.c ---------------------------------------------------- */

/* One request, so that others have their turn.  Whether there is another. */
bool hl_request_next(struct hl_console *console, struct hl_client *client);

/* The client left: what waits ends, and its variables go. */
void hl_request_forget(struct hl_console *console, struct hl_client *client);

#endif
