/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a console asks for.  On the console's thread, without locks. */
#include <string.h>

#include "console_eval.h"
#include "console_state.h"

static void reply(struct hl_console *console, struct hl_client *client,
                  const char *kind, const char *text)
{
    g_mutex_lock(&console->lock);
    hl_client_append(client, kind, text, strlen(text));
    g_mutex_unlock(&console->lock);
}

static void on_eval(struct hl_console *console, struct hl_client *client,
                    const struct hl_frame *frame)
{
    struct hl_engine *engine = console->engine;
    bool waits;

    g_mutex_lock(&engine->lock);
    waits = client->task != 0;
    if (!waits) {
        client->task = hl_console_begin(engine, client->id, frame->text,
                                        frame->size);
    }
    g_mutex_unlock(&engine->lock);
    if (waits) {
        reply(console, client, "error", "an expression of this console waits: "
              "interrupt it first");
    }
}

static void end_task(struct hl_console *console, struct hl_client *client,
                     const char *why)
{
    struct hl_engine *engine = console->engine;

    g_mutex_lock(&engine->lock);
    if (client->task != 0) {
        hl_console_end(engine, client->task, why);
    }
    g_mutex_unlock(&engine->lock);
}

static void on_interrupt(struct hl_console *console, struct hl_client *client,
                         const struct hl_frame *frame)
{
    end_task(console, client, "interrupted");
}

static void on_complete(struct hl_console *console, struct hl_client *client,
                        const struct hl_frame *frame)
{
    g_autofree char *names = NULL;

    g_mutex_lock(&console->engine->lock);
    names = hl_console_complete(console->engine, client->id, frame->text,
                                frame->size);
    g_mutex_unlock(&console->engine->lock);
    reply(console, client, "names", names);
}

static void set_follows(struct hl_console *console, struct hl_client *client,
                        bool follows)
{
    g_mutex_lock(&console->lock);
    client->follows = follows;
    g_mutex_unlock(&console->lock);
}

static void on_follow(struct hl_console *console, struct hl_client *client,
                      const struct hl_frame *frame)
{
    set_follows(console, client, true);
}

static void on_unfollow(struct hl_console *console, struct hl_client *client,
                        const struct hl_frame *frame)
{
    set_follows(console, client, false);
}

static void on_recent(struct hl_console *console, struct hl_client *client,
                      const struct hl_frame *frame)
{
    g_autofree char *lines = NULL;

    g_mutex_lock(&console->lock);
    lines = hl_recent_text(&console->recent);
    g_mutex_unlock(&console->lock);
    reply(console, client, "lines", lines);
}

static const struct {
    const char *kind;
    void (*handle)(struct hl_console *console, struct hl_client *client,
                   const struct hl_frame *frame);
} requests[] = {
    { "eval", on_eval },
    { "interrupt", on_interrupt },
    { "complete", on_complete },
    { "follow", on_follow },
    { "unfollow", on_unfollow },
    { "recent", on_recent },
};

static void handle(struct hl_console *console, struct hl_client *client,
                   const struct hl_frame *frame)
{
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        if (strcmp(requests[i].kind, frame->kind) == 0) {
            requests[i].handle(console, client, frame);
            return;
        }
    }
    reply(console, client, "error", "there is no such request");
}

bool hl_request_next(struct hl_console *console, struct hl_client *client)
{
    struct hl_frame frame;
    gssize taken = hl_client_first(client, &frame);

    if (taken < 0) {
        reply(console, client, "error", "that is no request, or one of more "
              "than 1 MiB");
        client->leaving = true;
    } else if (taken > 0) {
        handle(console, client, &frame);
        g_byte_array_remove_range(client->in, 0, (guint)taken);
        return hl_client_first(client, &frame) != 0;
    }
    return false;
}

void hl_request_forget(struct hl_console *console, struct hl_client *client)
{
    end_task(console, client, "the console is gone");
    g_mutex_lock(&console->engine->lock);
    hl_console_forget(console->engine, client->id);
    g_mutex_unlock(&console->engine->lock);
}
