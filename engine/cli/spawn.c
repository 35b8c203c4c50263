/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs QEMU to its end; see spawn.h. Everything happens in the main loop. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <glib-unix.h>

#include "cli.h"
#include "serial.h"
#include "spawn.h"

/* How long QEMU may take to end after SIGTERM, and the console to drain. */
enum { GRACE_MS = 2000 };

struct session {
    struct hl_ending *ending;
    GPid pid;               /* 0: ended */
    gboolean cut_off;       /* waited long enough after a kill */
    pid_t parent;
};

static gboolean kill_now(void *data)
{
    struct session *session = data;

    if (session->pid) {
        kill(session->pid, SIGKILL);
    }
    session->cut_off = TRUE;
    return G_SOURCE_CONTINUE;
}

static void stop(struct session *session)
{
    if (session->pid) {
        kill(session->pid, SIGTERM);
    }
    g_timeout_add(GRACE_MS, kill_now, session);
}

static gboolean time_is_up(void *data)
{
    struct session *session = data;

    if (session->pid) {
        session->ending->timed_out = TRUE;
        stop(session);
    }
    return G_SOURCE_REMOVE;
}

static gboolean told(struct session *session, int number)
{
    if (!session->ending->signal) {
        session->ending->signal = number;
        stop(session);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean told_int(void *session)
{
    return told(session, SIGINT);
}

static gboolean told_term(void *session)
{
    return told(session, SIGTERM);
}

static gboolean told_hup(void *session)
{
    return told(session, SIGHUP);
}

static void ended(GPid pid, int wait_status, void *data)
{
    struct session *session = data;

    session->ending->wait_status = wait_status;
    session->pid = 0;
    g_spawn_close_pid(pid);
}

/* In the child: if this process dies, even by SIGKILL, so does QEMU. */
static void tie_to_parent(void *data)
{
    const struct session *session = data;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != session->parent) {
        _exit(HL_EXIT_FAILED);
    }
}

static gboolean start(struct session *session, char **argv, int serial_fd,
                      GError **error)
{
    int child_fd = HL_SERIAL_FD;
    gsize count = serial_fd >= 0;

    session->parent = getpid();
    return g_spawn_async_with_pipes_and_fds(NULL, (const char *const *)argv,
        NULL, G_SPAWN_DO_NOT_REAP_CHILD, tie_to_parent, session, -1, -1, -1,
        &serial_fd, &child_fd, count, &session->pid, NULL, NULL, NULL,
        error);
}

static void loop(struct session *session, double timeout,
                 const struct hl_serial *serial)
{
    g_child_watch_add(session->pid, ended, session);
    g_unix_signal_add(SIGINT, told_int, session);
    g_unix_signal_add(SIGTERM, told_term, session);
    g_unix_signal_add(SIGHUP, told_hup, session);
    if (timeout > 0) {
        g_timeout_add((guint)(timeout * 1000), time_is_up, session);
    }
    while (session->pid || (serial->open && !session->cut_off)) {
        g_main_context_iteration(NULL, TRUE);
    }
}

gboolean hl_spawn(char **argv, double timeout, gboolean with_serial,
                  struct hl_ending *ending, GError **error)
{
    struct hl_serial serial = { .from = -1 };
    struct session session = { .ending = ending };
    int serial_fd = -1;
    gboolean good;

    signal(SIGPIPE, SIG_IGN);
    if (with_serial && !hl_serial_open(&serial, &serial_fd, error)) {
        return FALSE;
    }
    good = start(&session, argv, serial_fd, error);
    if (serial_fd >= 0) {
        close(serial_fd);
    }
    if (good) {
        loop(&session, timeout, &serial);
    }
    if (with_serial) {
        hl_serial_close(&serial);
    }
    return good;
}
