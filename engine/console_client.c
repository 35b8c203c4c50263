/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One console: its descriptor and its queue. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "console_state.h"
#include "console_text.h"

/*
 * A client that has as much to read is asked nothing, and told nothing of the
 * log; one answer comes on top.
 */
#define QUEUE_MAX (256 << 10)
/* Read at once. */
#define PIECE (64 << 10)

struct hl_client *hl_client_new(uint64_t id, int fd)
{
    struct hl_client *client = g_new0(struct hl_client, 1);

    client->id = id;
    client->fd = fd;
    client->in = g_byte_array_new();
    client->out = g_string_new(NULL);
    return client;
}

void hl_client_free(gpointer data)
{
    struct hl_client *client = data;

    close(client->fd);
    g_byte_array_unref(client->in);
    g_string_free(client->out, TRUE);
    g_free(client);
}

static void say_dropped(struct hl_client *client)
{
    char count[24];

    if (client->dropped > 0) {
        g_snprintf(count, sizeof(count), "%" G_GUINT64_FORMAT,
                   client->dropped);
        hl_frame_append(client->out, "dropped", count, strlen(count));
        client->dropped = 0;
    }
}

void hl_client_append(struct hl_client *client, const char *kind,
                      const char *text, size_t size)
{
    GString *clean = hl_console_text(text, size, HL_CONSOLE_REPLY_MAX);

    say_dropped(client);
    hl_frame_append(client->out, kind, clean->str, clean->len);
    g_string_free(clean, TRUE);
}

void hl_client_tell(struct hl_client *client, const char *kind,
                    const GString *text)
{
    if (!hl_client_has_room(client)) {
        client->dropped++;
        return;
    }
    say_dropped(client);
    hl_frame_append(client->out, kind, text->str, text->len);
}

bool hl_client_has_room(const struct hl_client *client)
{
    return client->out->len <= QUEUE_MAX;
}

gssize hl_client_first(const struct hl_client *client, struct hl_frame *frame)
{
    return hl_frame_take((const char *)client->in->data, client->in->len,
                         HL_CONSOLE_REQUEST_MAX, frame);
}

void hl_client_receive(struct hl_client *client)
{
    guint have = client->in->len;
    ssize_t got;

    g_byte_array_set_size(client->in, have + PIECE);
    got = recv(client->fd, client->in->data + have, PIECE, 0);
    g_byte_array_set_size(client->in, have + (guint)MAX(got, 0));
    client->gone = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

void hl_client_send(struct hl_client *client)
{
    ssize_t sent = 0;

    if (client->out->len > 0) {
        sent = send(client->fd, client->out->str, client->out->len,
                    MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    if (sent > 0) {
        g_string_erase(client->out, 0, sent);
    } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        client->gone = true;
    }
    if (client->out->len == 0) {
        say_dropped(client);
        client->gone |= client->leaving;
    }
}
