/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream of lines.  results.c adds them under engine->lock; a thread
 * writes them.  Two buffers: one is being filled, the other being written.
 * When both are full the guest waits for the disk.
 */
#include "stream.h"

#include <glib.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "text.h"

/* A line is promised after 100 ms; the write takes some of that. */
#define DELAY_US (50 * 1000)

struct buffer {
    char *bytes;                /* stream->room of them */
    size_t size;
};

struct hl_stream {
    char *path;
    int fd;
    size_t room;                /* bytes of a buffer, and of a line at most */
    GThread *thread;            /* from the first line on */
    GMutex lock;                /* guards what follows, not ready.bytes */
    GCond changed;
    struct buffer filling;
    struct buffer ready;        /* the thread's until its size is 0 again */
    gint64 due;                 /* when filling has to be written */
    bool hurry;                 /* somebody waits for that */
    bool ending;
    bool failed;
    char *error;
};

struct hl_stream *hl_stream_new(const char *path, size_t room, char **error)
{
    int fd = hl_results_create(path, error);
    struct hl_stream *stream;

    if (fd < 0) {
        return NULL;
    }
    stream = g_new0(struct hl_stream, 1);
    stream->path = g_strdup(path);
    stream->fd = fd;
    stream->room = room;
    g_mutex_init(&stream->lock);
    g_cond_init(&stream->changed);
    stream->filling.bytes = g_malloc(room);
    stream->ready.bytes = g_malloc(room);
    return stream;
}

static void hand_over(struct hl_stream *stream)
{
    struct buffer free_one = stream->ready;

    if (free_one.size == 0) {
        stream->ready = stream->filling;
        stream->filling = free_one;
    }
}

/* Until there is something ready; if there is not, the stream ends. */
static void wait_for_lines(struct hl_stream *stream)
{
    while (stream->ready.size == 0) {
        if (stream->filling.size == 0) {
            if (stream->ending) {
                return;
            }
            g_cond_wait(&stream->changed, &stream->lock);
        } else if (stream->hurry || stream->ending ||
                   !g_cond_wait_until(&stream->changed, &stream->lock,
                                      stream->due)) {
            hand_over(stream);
        }
    }
}

static void write_ready(struct hl_stream *stream)
{
    int error;

    g_mutex_unlock(&stream->lock);
    error = hl_results_write_all(stream->fd, stream->ready.bytes,
                                 stream->ready.size);
    g_mutex_lock(&stream->lock);
    stream->ready.size = 0;
    if (error) {
        stream->failed = true;
        stream->filling.size = 0;
        stream->error = g_strdup_printf("%s: %s; nothing more goes there",
                                        stream->path, g_strerror(error));
    }
    g_cond_broadcast(&stream->changed);
}

static gpointer writer(gpointer user)
{
    struct hl_stream *stream = user;

    g_mutex_lock(&stream->lock);
    for (;;) {
        wait_for_lines(stream);
        if (stream->ready.size == 0) {
            break;
        }
        write_ready(stream);
    }
    g_mutex_unlock(&stream->lock);
    return NULL;
}

/* Not before there is a line: QEMU may fork until the guest runs. */
static void start_writer(struct hl_stream *stream)
{
    sigset_t all, before;

    /* QEMU's signals are for QEMU's threads. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    stream->thread = g_thread_new("hl-results", writer, stream);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

char *hl_stream_begin(struct hl_stream *stream, size_t max)
{
    g_assert(max <= stream->room);
    g_mutex_lock(&stream->lock);
    while (!stream->failed && stream->filling.size + max > stream->room) {
        if (stream->ready.size == 0) {
            hand_over(stream);
            g_cond_broadcast(&stream->changed);
        } else {
            g_cond_wait(&stream->changed, &stream->lock);
        }
    }
    if (stream->failed) {
        g_mutex_unlock(&stream->lock);
        return NULL;
    }
    return stream->filling.bytes + stream->filling.size;
}

void hl_stream_end(struct hl_stream *stream, size_t size)
{
    bool first = stream->filling.size == 0;

    stream->filling.size += size;
    if (first) {
        stream->due = g_get_monotonic_time() + DELAY_US;
        if (!stream->thread) {
            start_writer(stream);
        }
        g_cond_broadcast(&stream->changed);
    }
    g_mutex_unlock(&stream->lock);
}

void hl_stream_flush(struct hl_stream *stream)
{
    g_mutex_lock(&stream->lock);
    stream->hurry = true;
    g_cond_broadcast(&stream->changed);
    while (stream->filling.size > 0 || stream->ready.size > 0) {
        g_cond_wait(&stream->changed, &stream->lock);
    }
    stream->hurry = false;
    g_mutex_unlock(&stream->lock);
}

char *hl_stream_take_error(struct hl_stream *stream)
{
    char *error;

    g_mutex_lock(&stream->lock);
    error = g_steal_pointer(&stream->error);
    g_mutex_unlock(&stream->lock);
    return error;
}

void hl_stream_free(struct hl_stream *stream)
{
    g_mutex_lock(&stream->lock);
    stream->ending = true;
    g_cond_broadcast(&stream->changed);
    g_mutex_unlock(&stream->lock);
    if (stream->thread) {
        g_thread_join(stream->thread);
    }
    close(stream->fd);
    g_mutex_clear(&stream->lock);
    g_cond_clear(&stream->changed);
    g_free(stream->filling.bytes);
    g_free(stream->ready.bytes);
    g_free(stream->path);
    g_free(stream->error);
    g_free(stream);
}
