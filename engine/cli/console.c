/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's console on standard error; see console.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>

#include "cli.h"
#include "console.h"

static gboolean can_write(int fd, GIOCondition condition, void *data);

static gboolean can_read(int fd, GIOCondition condition, void *data)
{
    struct hl_console *console = data;
    ssize_t got = read(fd, console->block, sizeof(console->block));

    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        return G_SOURCE_CONTINUE;
    }
    if (got <= 0) {
        console->open = FALSE;
        return G_SOURCE_REMOVE;
    }
    console->have = (gsize)got;
    console->sent = 0;
    g_unix_fd_add(STDERR_FILENO, G_IO_OUT | G_IO_ERR | G_IO_HUP, can_write,
                  console);
    return G_SOURCE_REMOVE;
}

/* What a closed standard error does not take is dropped. */
static gboolean can_write(int fd, GIOCondition condition, void *data)
{
    struct hl_console *console = data;
    ssize_t put = write(fd, console->block + console->sent,
                        console->have - console->sent);

    if (put < 0 && (errno == EINTR || errno == EAGAIN)) {
        return G_SOURCE_CONTINUE;
    }
    console->sent = put < 0 ? console->have : console->sent + (gsize)put;
    if (console->sent < console->have) {
        return G_SOURCE_CONTINUE;
    }
    g_unix_fd_add(console->from, G_IO_IN | G_IO_ERR | G_IO_HUP, can_read,
                  console);
    return G_SOURCE_REMOVE;
}

gboolean hl_console_open(struct hl_console *console, int *to, GError **error)
{
    int ends[2];

    if (!g_unix_open_pipe(ends, FD_CLOEXEC, error)) {
        return FALSE;
    }
    console->from = ends[0];
    console->open = TRUE;
    *to = ends[1];
    g_unix_fd_add(console->from, G_IO_IN | G_IO_ERR | G_IO_HUP, can_read,
                  console);
    return TRUE;
}

void hl_console_close(struct hl_console *console)
{
    close(console->from);
}
