/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which items there are, which of them the guest has, and what is next. */
#include "item.h"

#include "engine.h"

const char *hl_item_state_name(enum hl_item_state state)
{
    static const char *const names[] = {
        [HL_ITEM_WANTED] = "wanted", [HL_ITEM_MOVING] = "moving",
        [HL_ITEM_PRESENT] = "present", [HL_ITEM_REFUSED] = "refused",
        [HL_ITEM_GONE] = "gone",
    };

    return names[state];
}

void hl_items_say_work(struct hl_engine *engine)
{
    g_atomic_int_set(&engine->work_waiting, engine->greeted &&
                     !g_queue_is_empty(&engine->items.work));
}

static void add_work(struct hl_engine *engine, struct hl_item *item)
{
    if (!item->queued) {
        item->queued = true;
        g_queue_push_tail_link(&engine->items.work, &item->work);
        hl_items_say_work(engine);
    }
}

static void start(struct hl_engine *engine, struct hl_item *item,
                  const struct hl_item_ops *ops)
{
    item->ops = ops;
    item->all.data = item->work.data = item;
    g_queue_push_tail_link(&engine->items.all, &item->all);
}

void hl_item_add(struct hl_engine *engine, struct hl_item *item,
                 const struct hl_item_ops *ops)
{
    start(engine, item, ops);
    item->state = HL_ITEM_WANTED;
    add_work(engine, item);
}

void hl_item_add_teller(struct hl_engine *engine, struct hl_item *item,
                        const struct hl_item_ops *ops)
{
    start(engine, item, ops);
    item->state = HL_ITEM_PRESENT;
}

static void release(struct hl_engine *engine, struct hl_item *item)
{
    if (item->queued) {
        item->queued = false;
        g_queue_unlink(&engine->items.work, &item->work);
        hl_items_say_work(engine);
    }
    g_queue_unlink(&engine->items.all, &item->all);
    item->state = HL_ITEM_GONE;
    item->ops->release(engine, item);
}

void hl_item_remove(struct hl_engine *engine, struct hl_item *item)
{
    if (item->removed) {
        return;
    }
    item->removed = true;
    if (item->state == HL_ITEM_WANTED || item->state == HL_ITEM_REFUSED) {
        release(engine, item);
    } else if (item->state == HL_ITEM_PRESENT) {
        add_work(engine, item);
    }
}

void hl_item_change(struct hl_engine *engine, struct hl_item *item)
{
    item->removed = false;
    item->changed = true;
    if (item->state == HL_ITEM_REFUSED) {
        item->state = HL_ITEM_WANTED;
    }
    if (item->state != HL_ITEM_MOVING) {
        add_work(engine, item);
    }
}

void hl_item_tell(struct hl_engine *engine, struct hl_item *item)
{
    item->tells = true;
    if (item->state == HL_ITEM_PRESENT) {
        add_work(engine, item);
    }
}

/* false: there is nothing to do with it. */
static bool choose_move(struct hl_item *item)
{
    if (item->state == HL_ITEM_WANTED) {
        item->move = HL_MOVE_ADD;
    } else if (item->state != HL_ITEM_PRESENT) {
        return false;
    } else if (item->removed) {
        item->move = HL_MOVE_REMOVE;
    } else if (item->changed) {
        item->move = HL_MOVE_CHANGE;
    } else if (item->tells) {
        item->move = HL_MOVE_TELL;
    } else {
        return false;
    }
    return true;
}

struct hl_item *hl_item_next_work(struct hl_engine *engine)
{
    struct hl_item *item = NULL;
    GList *link;

    while ((link = g_queue_pop_head_link(&engine->items.work))) {
        item = link->data;
        item->queued = false;
        if (choose_move(item)) {
            item->state = HL_ITEM_MOVING;
            if (item->move != HL_MOVE_TELL) {
                item->changed = false;
            }
            break;
        }
        item = NULL;
    }
    hl_items_say_work(engine);
    return item;
}

static void settle(struct hl_engine *engine, struct hl_item *item,
                   enum hl_item_state state)
{
    item->state = state;
    if (choose_move(item)) {
        add_work(engine, item);
    }
}

void hl_item_not_moved(struct hl_engine *engine, struct hl_item *item)
{
    item->changed |= item->move == HL_MOVE_CHANGE;
    if (item->move == HL_MOVE_TELL) {
        item->ops->untold(item);
    }
    settle(engine, item, item->move == HL_MOVE_ADD ? HL_ITEM_WANTED
                                                   : HL_ITEM_PRESENT);
}

void hl_item_moved(struct hl_engine *engine, struct hl_item *item, int error)
{
    if (item->move == HL_MOVE_TELL && item->ops->told) {
        item->ops->told(engine, item, error);
    }
    if (error != 0 && item->move < HL_MOVE_REMOVE) {
        item->ops->refused(engine, item, error);
    }
    if (item->move == HL_MOVE_REMOVE && item->removed) {
        release(engine, item);
    } else if (item->move == HL_MOVE_REMOVE) {
        settle(engine, item, HL_ITEM_WANTED);
    } else if (item->move != HL_MOVE_ADD || error == 0) {
        settle(engine, item, HL_ITEM_PRESENT);
    } else if (item->removed) {
        release(engine, item);
    } else if (item->changed) {
        settle(engine, item, HL_ITEM_WANTED);
    } else {
        item->state = HL_ITEM_REFUSED;
    }
}

static void forget(struct hl_engine *engine, struct hl_item *item)
{
    item->tells = false;
    if (!item->ops->ask_add) {
        return;
    }
    if (item->removed) {
        release(engine, item);
        return;
    }
    if (item->ops->forget_guest) {
        item->ops->forget_guest(engine, item);
    }
    item->state = HL_ITEM_WANTED;
    item->changed = false;
    add_work(engine, item);
}

void hl_items_forget_guest(struct hl_engine *engine)
{
    GList *link = engine->items.all.head;
    GList *work;

    while ((work = g_queue_pop_head_link(&engine->items.work))) {
        ((struct hl_item *)work->data)->queued = false;
    }
    while (link) {
        GList *next = link->next;

        forget(engine, link->data);
        link = next;
    }
    hl_items_say_work(engine);
}
