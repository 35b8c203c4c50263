/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console's thread, and the ways to it from all others. */
#define _GNU_SOURCE             /* accept4 */
#include "console.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "console_state.h"
#include "console_text.h"
#include "log.h"

/* Of a line of the log. */
#define LOG_LINE_MAX (16 << 10)

/* --- for any thread ------------------------------------------------------- */

static void wake_thread(struct hl_console *console)
{
    uint64_t one = 1;

    if (write(console->wake, &one, sizeof(one)) < 0) {
        return;                 /* it is full of wakes already */
    }
}

/* NULL: it is gone.  Under console->lock. */
static struct hl_client *find(const struct hl_console *console, uint64_t id)
{
    for (guint i = 0; i < console->clients->len; i++) {
        struct hl_client *client = console->clients->pdata[i];

        if (client->id == id) {
            return client;
        }
    }
    return NULL;
}

void hl_console_log(struct hl_console *console, enum hl_level level,
                    const char *line)
{
    g_autofree char *text = g_strdup_printf("%s: %s", hl_level_name(level),
                                            line);
    GString *clean = hl_console_text(text, strlen(text), LOG_LINE_MAX);
    bool told = false;

    g_mutex_lock(&console->lock);
    for (guint i = 0; i < console->clients->len; i++) {
        struct hl_client *client = console->clients->pdata[i];

        if (client->follows) {
            hl_client_tell(client, "log", clean);
            told = true;
        }
    }
    hl_recent_add(&console->recent, g_string_free(clean, FALSE));
    g_mutex_unlock(&console->lock);
    if (told) {
        wake_thread(console);
    }
}

void hl_console_answer(struct hl_console *console, uint64_t id,
                       const char *kind, const char *text, size_t size)
{
    struct hl_client *client;

    g_mutex_lock(&console->lock);
    client = find(console, id);
    if (client) {
        client->task = 0;
        hl_client_append(client, kind, text, size);
    }
    g_mutex_unlock(&console->lock);
    wake_thread(console);
}

bool hl_console_print(struct hl_console *console, uint64_t id,
                      const char *text, size_t size)
{
    GString *clean = hl_console_text(text, size, HL_CONSOLE_REPLY_MAX);
    struct hl_client *client;

    g_mutex_lock(&console->lock);
    client = find(console, id);
    if (client) {
        hl_client_tell(client, "output", clean);
    }
    g_mutex_unlock(&console->lock);
    g_string_free(clean, TRUE);
    wake_thread(console);
    return client != NULL;
}

/* --- the thread ----------------------------------------------------------- */

/* Who does not read is not heard. */
static bool is_heard(struct hl_console *console, const struct hl_client *client)
{
    bool has_room;

    g_mutex_lock(&console->lock);
    has_room = hl_client_has_room(client);
    g_mutex_unlock(&console->lock);
    return has_room && !client->leaving;
}

/* Whether it is to be served again at once. */
static bool serve(struct hl_console *console, struct hl_client *client,
                  short events)
{
    bool more = false;

    if (events & POLLIN) {
        hl_client_receive(client);
    } else if (events & (POLLHUP | POLLERR)) {
        client->gone = true;
    }
    if (!client->gone && is_heard(console, client)) {
        more = hl_request_next(console, client);
    }
    g_mutex_lock(&console->lock);
    hl_client_send(client);
    g_mutex_unlock(&console->lock);
    return more;
}

static void refuse(int fd)
{
    static const char text[] = "there are 16 consoles already";
    GString *frame = g_string_new(NULL);
    ssize_t sent;

    G_STATIC_ASSERT(HL_CONSOLES_MAX == 16);
    hl_frame_append(frame, "error", text, strlen(text));
    sent = send(fd, frame->str, frame->len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent;                 /* it need not hear it */
    g_string_free(frame, TRUE);
    close(fd);
}

static void add_client(struct hl_console *console, int fd)
{
    struct hl_client *client;
    g_autofree char *hello = g_strdup_printf("hyperlua %d %s",
                                             HL_CONSOLE_VERSION,
                                             console->engine->target->name);

    g_mutex_lock(&console->lock);
    client = hl_client_new(++console->last_id, fd);
    g_ptr_array_add(console->clients, client);
    hl_client_append(client, "hello", hello, strlen(hello));
    hl_client_send(client);
    g_mutex_unlock(&console->lock);
}

static void accept_client(struct hl_console *console)
{
    int fd = accept4(console->socket.fd, NULL, NULL,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE) {
            g_usleep(G_USEC_PER_SEC / 10);      /* it stays ready */
        }
    } else if (console->clients->len >= HL_CONSOLES_MAX) {
        refuse(fd);
    } else {
        add_client(console, fd);
    }
}

/* The first two are the eventfd and the socket, then come the clients. */
enum { WAKE, ACCEPT, FIRST_CLIENT };

/* What has a request to be handled has to send no more of them. */
static short awaited(struct hl_console *console, const struct hl_client *client)
{
    struct hl_frame frame;
    bool sends;

    g_mutex_lock(&console->lock);
    sends = client->out->len > 0;
    g_mutex_unlock(&console->lock);
    return (short)((sends ? POLLOUT : 0) |
                   (is_heard(console, client) &&
                    hl_client_first(client, &frame) == 0 ? POLLIN : 0));
}

static void prepare(struct hl_console *console, struct pollfd *fds)
{
    fds[WAKE] = (struct pollfd){ .fd = console->wake, .events = POLLIN };
    fds[ACCEPT] = (struct pollfd){ .fd = console->socket.fd,
                                   .events = POLLIN };
    for (guint i = 0; i < console->clients->len; i++) {
        const struct hl_client *client = console->clients->pdata[i];

        fds[FIRST_CLIENT + i] = (struct pollfd){
            .fd = client->fd, .events = awaited(console, client),
        };
    }
}

static void remove_client(struct hl_console *console, guint at)
{
    hl_request_forget(console, console->clients->pdata[at]);
    g_mutex_lock(&console->lock);
    g_ptr_array_remove_index(console->clients, at);
    g_mutex_unlock(&console->lock);
}

/* Who left is gone when the next one asks. */
static bool serve_all(struct hl_console *console, const struct pollfd *fds)
{
    guint count = console->clients->len;
    bool more = false;
    guint at = 0;

    for (guint i = 0; i < count; i++) {
        struct hl_client *client = console->clients->pdata[at];

        more |= serve(console, client, fds[FIRST_CLIENT + i].revents);
        if (client->gone) {
            remove_client(console, at);
        } else {
            at++;
        }
    }
    return more;
}

static gpointer run(gpointer data)
{
    struct hl_console *console = data;
    struct pollfd fds[FIRST_CLIENT + HL_CONSOLES_MAX];
    bool more = false;
    uint64_t wakes;

    while (!g_atomic_int_get(&console->stopping)) {
        prepare(console, fds);
        if (poll(fds, FIRST_CLIENT + console->clients->len,
                 more ? 0 : -1) < 0) {
            continue;
        }
        if (fds[WAKE].revents && read(console->wake, &wakes,
                                      sizeof(wakes)) < 0) {
            continue;
        }
        more = serve_all(console, fds);
        if (fds[ACCEPT].revents) {
            accept_client(console);
        }
    }
    return NULL;
}

/* --- entry points --------------------------------------------------------- */

struct hl_console *hl_console_new(struct hl_engine *engine)
{
    struct hl_console *console = g_new0(struct hl_console, 1);

    console->engine = engine;
    console->wake = -1;
    g_mutex_init(&console->lock);
    console->clients = g_ptr_array_new_with_free_func(hl_client_free);
    return console;
}

/* The signals of its process are for the threads that were there before. */
static void start_thread(struct hl_console *console)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    console->thread = g_thread_new("hyperlua console", run, console);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int hl_console_open(struct hl_console *console, const char *path, char **error)
{
    int status;

    console->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (console->wake < 0) {
        status = -errno;
        *error = g_strdup_printf("console socket %s: %s", path,
                                 g_strerror(-status));
        return status;
    }
    status = hl_console_socket_open(&console->socket, path, error);
    if (status != 0) {
        close(console->wake);
        console->wake = -1;
        return status;
    }
    start_thread(console);
    return 0;
}

void hl_console_leave(struct hl_console *console)
{
    if (console->thread) {
        g_atomic_int_set(&console->stopping, 1);
        wake_thread(console);
        hl_console_socket_remove(&console->socket);
    }
}

void hl_console_close(struct hl_console *console)
{
    if (console->thread) {
        hl_console_leave(console);
        g_thread_join(console->thread);
        console->thread = NULL;
        hl_console_socket_close(&console->socket);
    }
    /* What waits for a client ends with the engine's tasks. */
    g_mutex_lock(&console->lock);
    g_ptr_array_set_size(console->clients, 0);
    g_mutex_unlock(&console->lock);
}

void hl_console_free(struct hl_console *console)
{
    if (console->wake >= 0) {
        close(console->wake);
    }
    g_ptr_array_free(console->clients, TRUE);
    hl_recent_clear(&console->recent);
    g_mutex_clear(&console->lock);
    g_free(console);
}
