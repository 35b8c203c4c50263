/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's serial console on standard error; see serial.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>

#include "cli.h"
#include "serial.h"

static gboolean can_write(int fd, GIOCondition condition, void *data);

static gboolean can_read(int fd, GIOCondition condition, void *data)
{
    struct hl_serial *serial = data;
    ssize_t got = read(fd, serial->block, sizeof(serial->block));

    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        return G_SOURCE_CONTINUE;
    }
    if (got <= 0) {
        serial->open = FALSE;
        return G_SOURCE_REMOVE;
    }
    serial->have = (gsize)got;
    serial->sent = 0;
    g_unix_fd_add(STDERR_FILENO, G_IO_OUT | G_IO_ERR | G_IO_HUP, can_write,
                  serial);
    return G_SOURCE_REMOVE;
}

/* What a closed standard error does not take is dropped. */
static gboolean can_write(int fd, GIOCondition condition, void *data)
{
    struct hl_serial *serial = data;
    ssize_t put = write(fd, serial->block + serial->sent,
                        serial->have - serial->sent);

    if (put < 0 && (errno == EINTR || errno == EAGAIN)) {
        return G_SOURCE_CONTINUE;
    }
    serial->sent = put < 0 ? serial->have : serial->sent + (gsize)put;
    if (serial->sent < serial->have) {
        return G_SOURCE_CONTINUE;
    }
    g_unix_fd_add(serial->from, G_IO_IN | G_IO_ERR | G_IO_HUP, can_read,
                  serial);
    return G_SOURCE_REMOVE;
}

gboolean hl_serial_open(struct hl_serial *serial, int *to, GError **error)
{
    int ends[2];

    if (!g_unix_open_pipe(ends, FD_CLOEXEC, error)) {
        return FALSE;
    }
    serial->from = ends[0];
    serial->open = TRUE;
    *to = ends[1];
    g_unix_fd_add(serial->from, G_IO_IN | G_IO_ERR | G_IO_HUP, can_read,
                  serial);
    return TRUE;
}

void hl_serial_close(struct hl_serial *serial)
{
    close(serial->from);
}
