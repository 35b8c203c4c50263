/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hyperlua console: evaluates what -e gives, what comes on standard input, or
 * what a user types (prompt.c), in a running engine.  One thread.
 */
#include "attach.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>

#include "cli.h"
#include "options.h"

struct attach {
    GPtrArray *expressions;
    const char *path;           /* not first: an offset of 0 is none */
};

static const struct hl_options options = {
    .usage = "console SOCKET [-e LUA]...",
    .about = "Attaches to the run that was started with --console SOCKET, and "
             "evaluates Lua in\nit: what is typed, what standard input has, or "
             "what -e gives. Exits with 1 when\nsome of it failed, with 125 "
             "when there is no engine (any more).",
    .first = offsetof(struct attach, path),
    .table = (const struct hl_option[]) {
        { "eval", "LUA", "evaluate that and exit",
          HL_OPTION_LIST, offsetof(struct attach, expressions), 0, 0, 'e' },
        { 0 },
    },
};

/* --- SIGINT --------------------------------------------------------------- */

static int interrupt_pipe[2] = { -1, -1 };

static void on_interrupt(int signal)
{
    int before = errno;

    if (write(interrupt_pipe[1], "", 1) < 0) {
        errno = before;         /* it is full of them */
    }
}

int hl_interrupts_open(GError **error)
{
    struct sigaction action = { .sa_handler = on_interrupt };

    if (!g_unix_open_pipe(interrupt_pipe, FD_CLOEXEC, error)) {
        return -1;
    }
    g_unix_set_fd_nonblocking(interrupt_pipe[0], TRUE, NULL);
    g_unix_set_fd_nonblocking(interrupt_pipe[1], TRUE, NULL);
    sigaction(SIGINT, &action, NULL);
    return interrupt_pipe[0];
}

gboolean hl_interrupts_take(int fd)
{
    char bytes[64];
    gboolean any = FALSE;

    while (read(fd, bytes, sizeof(bytes)) > 0) {
        any = TRUE;
    }
    return any;
}

/* --- lines that are no Lua ------------------------------------------------ */

static const struct hl_command commands[] = {
    { ".log", "recent", "", TRUE },
    { ".log on", "follow", "", FALSE },
    { ".log off", "unfollow", "", FALSE },
    { ".stats", "eval", "hl.stats()", TRUE },
};

/* A number may begin with a dot. */
gboolean hl_command_is(const char *line)
{
    return line[0] == '.' && g_ascii_isalpha(line[1]);
}

const struct hl_command *hl_command_find(const char *line)
{
    g_autofree char *word = g_strchomp(g_strdup(line));

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(commands[i].line, word) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

/* --- what comes ----------------------------------------------------------- */

void hl_attach_show(const struct hl_frame *frame)
{
    FILE *to = hl_frame_is(frame, "error") ? stderr : stdout;

    if (hl_frame_is(frame, "dropped")) {
        fprintf(to, "(%.*s lines dropped)\n", (int)frame->size, frame->text);
    } else if (frame->size > 0 || hl_frame_is(frame, "output")) {
        fwrite(frame->text, 1, frame->size, to);
        fputc('\n', to);
    }
    fflush(to);
}

/* --- without a terminal --------------------------------------------------- */

/* What goes on over several expressions. */
struct batch {
    struct hl_talk *talk;
    int interrupts;
    gboolean stopped;           /* by SIGINT */
    gboolean failed;
};

/* A frame, or SIGINT, of which the engine hears. */
static gboolean wait_for_any(struct batch *batch, struct hl_frame *frame,
                             GError **error)
{
    while (!hl_talk_take(batch->talk, frame)) {
        struct pollfd ready[] = {
            { .fd = batch->talk->fd, .events = POLLIN },
            { .fd = batch->interrupts, .events = POLLIN },
        };

        if (poll(ready, 2, -1) < 0) {
            continue;
        }
        if (ready[1].revents && hl_interrupts_take(batch->interrupts)) {
            if (batch->stopped) {
                return hl_fail(error, "the engine does not answer");
            }
            batch->stopped = TRUE;
            if (!hl_talk_send(batch->talk, "interrupt", "", 0, error)) {
                return FALSE;
            }
        }
        if (ready[0].revents && !hl_talk_read(batch->talk, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean is_answer(const struct hl_frame *frame)
{
    return hl_frame_is(frame, "value") || hl_frame_is(frame, "error") ||
           hl_frame_is(frame, "more") || hl_frame_is(frame, "lines");
}

/* The frame is the answer; what is printed meanwhile is shown. */
static gboolean ask(struct batch *batch, const char *kind, const char *text,
                    gsize size, struct hl_frame *frame, GError **error)
{
    if (!hl_talk_send(batch->talk, kind, text, size, error)) {
        return FALSE;
    }
    while (wait_for_any(batch, frame, error)) {
        if (is_answer(frame)) {
            return TRUE;
        }
        hl_attach_show(frame);
    }
    return FALSE;
}

static void show_answer(struct batch *batch, struct hl_frame *frame)
{
    if (hl_frame_is(frame, "error") || hl_frame_is(frame, "more")) {
        batch->failed = TRUE;
        strcpy(frame->kind, "error");
    }
    hl_attach_show(frame);
}

static gboolean run_command(struct batch *batch, const char *line,
                            GError **error)
{
    const struct hl_command *command = hl_command_find(line);
    struct hl_frame frame;

    if (!command) {
        return hl_fail(error, "%.*s: there are .log, .log on, .log off, .stats",
                       (int)strcspn(line, "\n"), line);
    }
    if (!command->answered) {
        return hl_talk_send(batch->talk, command->kind, "", 0, error);
    }
    if (!ask(batch, command->kind, command->text, strlen(command->text),
             &frame, error)) {
        return FALSE;
    }
    show_answer(batch, &frame);
    return TRUE;
}

/*
 * *more: the text is not complete, and its answer was not shown unless it is
 * the last.
 */
static gboolean run_text(struct batch *batch, const GString *text,
                         gboolean last, gboolean *more, GError **error)
{
    struct hl_frame frame;

    *more = FALSE;
    if (hl_command_is(text->str)) {
        return run_command(batch, text->str, error);
    }
    if (!ask(batch, "eval", text->str, text->len, &frame, error)) {
        return FALSE;
    }
    *more = hl_frame_is(&frame, "more");
    if (!*more || last) {
        show_answer(batch, &frame);
    }
    return TRUE;
}

static gboolean run_expressions(struct batch *batch, GPtrArray *expressions,
                                GError **error)
{
    gboolean good = TRUE;
    gboolean more;

    for (guint i = 0; i < expressions->len && good && !batch->stopped; i++) {
        g_autoptr(GString) text = g_string_new(expressions->pdata[i]);

        good = run_text(batch, text, TRUE, &more, error);
    }
    return good;
}

static void add_line(GString *text, const char *line, ssize_t length)
{
    if (text->len > 0) {
        g_string_append_c(text, '\n');
    }
    g_string_append_len(text, line, length - (line[length - 1] == '\n'));
}

/* Line by line, and what is not complete with the lines that follow. */
static gboolean run_lines(struct batch *batch, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char *line = NULL;
    size_t room = 0;
    ssize_t got;
    gboolean good = TRUE;
    gboolean more = FALSE;

    while (good && !batch->stopped &&
           (got = getline(&line, &room, stdin)) >= 0) {
        add_line(text, line, got);
        good = run_text(batch, text, FALSE, &more, error);
        if (!more) {
            g_string_truncate(text, 0);
        }
    }
    batch->stopped |= hl_interrupts_take(batch->interrupts);
    if (good && more && !batch->stopped) {
        good = run_text(batch, text, TRUE, &more, error);
    }
    free(line);
    return good;
}

/* --- the subcommand ------------------------------------------------------- */

static int run_batch(struct attach *attach, struct hl_talk *talk,
                     GError **error)
{
    struct batch batch = { .talk = talk };
    gboolean good;

    batch.interrupts = hl_interrupts_open(error);
    if (batch.interrupts < 0) {
        return HL_EXIT_FAILED;
    }
    good = attach->expressions->len > 0
               ? run_expressions(&batch, attach->expressions, error)
               : run_lines(&batch, error);
    if (!good) {
        return HL_EXIT_FAILED;
    }
    return batch.failed || batch.stopped ? HL_EXIT_EXPRESSION : 0;
}

static int run(struct attach *attach, GError **error)
{
    struct hl_talk talk;
    int status;

    if (!hl_talk_open(&talk, attach->path, error)) {
        return HL_EXIT_FAILED;
    }
    if (attach->expressions->len == 0 && isatty(STDIN_FILENO) &&
        isatty(STDOUT_FILENO)) {
        status = hl_prompt(&talk, attach->path, error) ? 0 : HL_EXIT_FAILED;
    } else {
        status = run_batch(attach, &talk, error);
    }
    hl_talk_close(&talk);
    return status;
}

int hl_console_command(char **args, GError **error)
{
    struct attach attach = { 0 };
    gboolean helped = FALSE;
    char **rest = NULL;
    int status = HL_EXIT_FAILED;

    if (!hl_options_parse(&options, args, &attach, &rest, &helped, error)) {
        status = HL_EXIT_FAILED;
    } else if (helped) {
        status = 0;
    } else if (rest) {
        hl_fail(error, "a console runs no command: %s", rest[0]);
    } else {
        status = run(&attach, error);
    }
    hl_options_free(&options, &attach);
    return status;
}
