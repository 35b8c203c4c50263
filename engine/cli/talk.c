/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A conversation with an engine's console; see talk.h. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli.h"
#include "talk.h"

/* An engine greets at once, unless a handler of its scripts spins. */
#define HELLO_MS 10000

gboolean hl_frame_is(const struct hl_frame *frame, const char *kind)
{
    return strcmp(frame->kind, kind) == 0;
}

gboolean hl_talk_send(struct hl_talk *talk, const char *kind,
                      const char *text, gsize size, GError **error)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    gsize done = 0;

    if (size > HL_CONSOLE_REQUEST_MAX) {
        return hl_fail(error, "what is sent to a console may have at most %d "
                       "bytes", HL_CONSOLE_REQUEST_MAX);
    }
    hl_frame_append(bytes, kind, text, size);
    while (done < bytes->len) {
        ssize_t sent = send(talk->fd, bytes->str + done, bytes->len - done,
                            MSG_NOSIGNAL);

        if (sent < 0 && errno != EINTR) {
            return hl_fail(error, "the engine has ended");
        }
        done += (gsize)MAX(sent, 0);
    }
    return TRUE;
}

static gssize take(struct hl_talk *talk, struct hl_frame *frame)
{
    g_string_erase(talk->in, 0, (gssize)talk->taken);
    talk->taken = 0;
    return hl_frame_take(talk->in->str, talk->in->len, HL_CONSOLE_REPLY_MAX,
                         frame);
}

gboolean hl_talk_take(struct hl_talk *talk, struct hl_frame *frame)
{
    gssize taken = take(talk, frame);

    talk->taken = (gsize)MAX(taken, 0);
    return taken > 0;
}

gboolean hl_talk_read(struct hl_talk *talk, GError **error)
{
    char piece[4096];
    ssize_t got;

    do {
        got = read(talk->fd, piece, sizeof(piece));
    } while (got < 0 && errno == EINTR);
    if (got <= 0) {
        return hl_fail(error, "the engine has ended");
    }
    g_string_append_len(talk->in, piece, got);
    return TRUE;
}

gboolean hl_talk_wait(struct hl_talk *talk, int ms, struct hl_frame *frame,
                      GError **error)
{
    while (!hl_talk_take(talk, frame)) {
        struct pollfd ready = { .fd = talk->fd, .events = POLLIN };

        if (poll(&ready, 1, ms) != 1 || !hl_talk_read(talk, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean check_hello(const char *path, const struct hl_frame *frame,
                            GError **error)
{
    g_autofree char *text = g_strndup(frame->text, frame->size);
    unsigned version;

    if (hl_frame_is(frame, "error")) {
        return hl_fail(error, "%s: %s", path, text);
    }
    if (!hl_frame_is(frame, "hello") ||
        sscanf(text, "hyperlua %u", &version) != 1) {
        return hl_fail(error, "%s is not the console of an engine", path);
    }
    if (version != HL_CONSOLE_VERSION) {
        return hl_fail(error, "%s: that engine's console speaks version %u, "
                       "this program version %d: use the hyperlua that it was "
                       "built with", path, version, HL_CONSOLE_VERSION);
    }
    return TRUE;
}

static gboolean hear_hello(struct hl_talk *talk, const char *path,
                           GError **error)
{
    struct hl_frame frame;

    if (hl_talk_wait(talk, HELLO_MS, &frame, error)) {
        return check_hello(path, &frame, error);
    }
    if (take(talk, &frame) < 0) {
        g_clear_error(error);
        return hl_fail(error, "%s is not the console of an engine", path);
    }
    return error && *error ? FALSE
        : hl_fail(error, "%s: nobody answers there", path);
}

static gboolean connect_to(struct hl_talk *talk, const char *path,
                           GError **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(address.sun_path)) {
        return hl_fail(error, "%s: a socket's path has at most %zu bytes",
                       path, sizeof(address.sun_path) - 1);
    }
    strcpy(address.sun_path, path);
    if (connect(talk->fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        return hl_fail(error, "cannot attach to %s: %s (a run listens there "
                       "with --console %s)", path, strerror(errno), path);
    }
    return TRUE;
}

gboolean hl_talk_open(struct hl_talk *talk, const char *path, GError **error)
{
    talk->taken = 0;
    talk->in = g_string_new(NULL);
    talk->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (talk->fd < 0) {
        hl_fail(error, "cannot make a socket: %s", strerror(errno));
    } else if (connect_to(talk, path, error) &&
               hear_hello(talk, path, error)) {
        return TRUE;
    }
    hl_talk_close(talk);
    return FALSE;
}

void hl_talk_close(struct hl_talk *talk)
{
    if (talk->fd >= 0) {
        close(talk->fd);
    }
    g_string_free(talk->in, TRUE);
}
