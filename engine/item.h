/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest is to have or to hear: hooks, nodes, wakes.  The engine only
 * notes what it wants; the guest fetches it with HL_CALL_WORK (work.c), one
 * after the other.  All under engine->lock.
 */
#ifndef HL_ITEM_H
#define HL_ITEM_H

#include <glib.h>
#include <stdbool.h>

struct hl_answer;
struct hl_engine;
struct hl_item;
struct hl_task;

enum hl_item_state {
    HL_ITEM_WANTED,             /* not in the guest yet */
    HL_ITEM_MOVING,             /* the guest is being told: see move */
    HL_ITEM_PRESENT,
    HL_ITEM_REFUSED,            /* the guest cannot; that was logged */
    HL_ITEM_GONE,               /* removed; its memory is its owner's again */
};

enum hl_move { HL_MOVE_ADD, HL_MOVE_CHANGE, HL_MOVE_REMOVE, HL_MOVE_TELL };

struct hl_item_ops {
    /* Fill task->ask; what it sends lives until the answer is there. */
    void (*ask_add)(struct hl_task *task, struct hl_item *item);
    void (*ask_remove)(struct hl_task *task, struct hl_item *item);
    /* To ask_add's answer, not an error; true: ask again, as there is more. */
    bool (*take)(struct hl_engine *engine, struct hl_item *item,
                 const struct hl_answer *answer);
    /* Fills task->ask and returns true while there is something to tell. */
    bool (*ask_tell)(struct hl_task *task, struct hl_item *item);
    /* That never reached the guest: it is to be told again. */
    void (*untold)(struct hl_item *item);
    /* It did: a positive errno or 0. */
    void (*told)(struct hl_engine *engine, struct hl_item *item, int error);
    /* The guest could not add or change it: a positive errno. */
    void (*refused)(struct hl_engine *engine, struct hl_item *item, int error);
    /* The guest that had it is gone; it will be asked for anew. */
    void (*forget_guest)(struct hl_engine *engine, struct hl_item *item);
    /* It is GONE: what it holds, and it, may go.  What is NULL is not done. */
    void (*release)(struct hl_engine *engine, struct hl_item *item);
};

struct hl_item {
    const struct hl_item_ops *ops;
    enum hl_item_state state;
    enum hl_move move;
    bool removed;               /* to be taken out of the guest */
    bool changed;               /* to be added again, over what is there */
    bool tells;                 /* ask_tell has something */
    bool queued;
    GList all;                  /* its place among all items */
    GList work;                 /* and in the queue, when queued */
};

/* "wanted", "moving", "present", "refused", "gone" */
const char *hl_item_state_name(enum hl_item_state state);

struct hl_items {
    GQueue all;                 /* in the order in which they were added */
    GQueue work;                /* of those that the guest has to see to */
};

void hl_item_add(struct hl_engine *engine, struct hl_item *item,
                 const struct hl_item_ops *ops);
/* One that is never in the guest and only tells. */
void hl_item_add_teller(struct hl_engine *engine, struct hl_item *item,
                        const struct hl_item_ops *ops);
void hl_item_remove(struct hl_engine *engine, struct hl_item *item);
/* It is to be as it is now; also takes hl_item_remove() back. */
void hl_item_change(struct hl_engine *engine, struct hl_item *item);
void hl_item_tell(struct hl_engine *engine, struct hl_item *item);

/* The next one that the guest has to see to, MOVING now, or NULL. */
struct hl_item *hl_item_next_work(struct hl_engine *engine);

/* The guest's answer to that; error is a positive errno or 0. */
void hl_item_moved(struct hl_engine *engine, struct hl_item *item, int error);

/* It never got that far: to be done again. */
void hl_item_not_moved(struct hl_engine *engine, struct hl_item *item);

/* Replies say whether there is work; only a module that said hello asks. */
void hl_items_say_work(struct hl_engine *engine);

/* A new guest, or none: all has to be added again. */
void hl_items_forget_guest(struct hl_engine *engine);

#endif
