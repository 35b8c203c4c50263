/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine says to the world when it runs inside QEMU.  A line is one
 * write, so those of several vCPUs do not mix.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

static int64_t write_all(int fd, const void *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t wrote = write(fd, (const char *)data + done, size - done);

        if (wrote >= 0) {
            done += (size_t)wrote;
        } else if (errno == EAGAIN) {
            /* The terminal is shared, and someone made it non-blocking. */
            GPollFD poll = { .fd = fd, .events = G_IO_OUT };

            g_poll(&poll, 1, -1);
        } else if (errno != EINTR) {
            return done > 0 ? (int64_t)done : -errno;
        }
    }
    return (int64_t)done;
}

static void log_line(void *host, enum hl_level level, const char *line)
{
    g_autofree char *text = g_strdup_printf("hyperlua: %s: %s\n",
                                            hl_level_name(level), line);

    write_all(((struct hl_host *)host)->log_fd, text, strlen(text));
}

/* A slow reader makes the guest's program wait, as a pipe would. */
static int64_t output(void *host, int stream, const void *data, size_t size)
{
    return write_all(stream, data, size);
}

static void exited(void *data, int status)
{
    struct hl_host *host = data;
    g_autofree char *text = g_strdup_printf("%d\n", status);
    g_autoptr(GError) error = NULL;

    if (host->status &&
        !g_file_set_contents(host->status, text, -1, &error)) {
        log_line(host, HL_ERROR, error->message);
    }
}

static int64_t host_clock(void *host)
{
    return g_get_monotonic_time();
}

const struct hl_host_ops hl_host_ops = {
    log_line, output, exited, host_clock
};

int hl_host_open(struct hl_host *host, const struct hl_options *options,
                 char **error)
{
    g_autofree char *file = NULL;
    int status;

    host->status = g_strdup(options->status);
    host->log_fd = STDERR_FILENO;
    if (!options->out) {
        return 0;
    }
    file = g_build_filename(options->out, "hyperlua.log", NULL);
    if (g_mkdir_with_parents(options->out, 0777) == 0) {
        host->log_fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
                            O_CLOEXEC, 0666);
    } else {
        host->log_fd = -1;
    }
    if (host->log_fd < 0) {
        status = -errno;
        *error = g_strdup_printf("cannot write %s: %s", file,
                                 g_strerror(-status));
        return status;
    }
    return 0;
}
