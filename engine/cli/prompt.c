/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console of a user at a terminal: readline edits the line, and completes
 * it from what the engine has.  While an expression is evaluated the terminal
 * is the user's, and Ctrl-C ends it.
 *
 * Readline calls back without an argument, so this state is the file's.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>
#include <readline/readline.h>

#include "attach.h"
#include "cli.h"
#include "history.h"

/* Longer than that nobody waits for a completion. */
#define NAMES_MS 2000

static struct {
    struct hl_talk *talk;
    int interrupts;
    GString *text;              /* typed, and not complete yet */
    gboolean asked;             /* an answer is to come: there is no prompt */
    gboolean interrupted;       /* and the engine was told to hurry */
    gboolean done;
    guint late_names;           /* answers that nobody waits for any more */
    GString *later;             /* lines that came while readline was busy */
    char **names;               /* of the completion in work */
    GError *error;
} prompt;

static const char help[] =
    "An expression is evaluated and what it gives is shown; globals are this\n"
    "console's own (_G.name is the scripts'). hl.portal.of(pid) is a process.\n"
    "  .log [on|off]  the last lines of the log; whether new ones are shown\n"
    "  .stats         what the engine has done: hl.stats()\n"
    "  .quit          leaves, as Ctrl-D does; the engine goes on\n"
    "Tab completes, Ctrl-C ends an expression that waits.";

/* --- the prompt ----------------------------------------------------------- */

static void line_typed(char *line);

static void show_prompt(void)
{
    prompt.asked = FALSE;
    prompt.interrupted = FALSE;
    rl_callback_handler_install(prompt.text->len > 0 ? " .. " : "hl> ",
                                line_typed);
}

static void hide_prompt(void)
{
    prompt.asked = TRUE;
    rl_callback_handler_remove();
}

static void ask(const char *kind, const char *text, gsize size)
{
    if (hl_talk_send(prompt.talk, kind, text, size, &prompt.error)) {
        hide_prompt();
    }
}

/* Without an answer. */
static void tell(const char *kind)
{
    hl_talk_send(prompt.talk, kind, "", 0, &prompt.error);
}

/* --- what is typed -------------------------------------------------------- */

static void run_command(const char *line)
{
    const struct hl_command *command = hl_command_find(line);

    if (command && command->answered) {
        ask(command->kind, command->text, strlen(command->text));
    } else if (command) {
        tell(command->kind);
    } else if (strcmp(line, ".quit") == 0) {
        prompt.done = TRUE;
    } else if (strcmp(line, ".help") == 0) {
        puts(help);
    } else {
        printf("%s: there are .help, .log, .log on, .log off, .stats, .quit\n",
               line);
    }
}

static void evaluate(const char *line)
{
    if (prompt.text->len > 0) {
        g_string_append_c(prompt.text, '\n');
    }
    g_string_append(prompt.text, line);
    if (prompt.text->len > HL_CONSOLE_REQUEST_MAX) {
        printf("that is more than 1 MiB\n");
        g_string_truncate(prompt.text, 0);
    } else {
        ask("eval", prompt.text->str, prompt.text->len);
    }
}

/* Readline's: NULL for Ctrl-D. */
static void line_typed(char *line)
{
    if (!line) {
        putchar('\n');
        prompt.done = TRUE;
        return;
    }
    hl_history_add(line);
    if (prompt.text->len == 0 && hl_command_is(line)) {
        run_command(g_strchomp(line));
    } else if (prompt.text->len > 0 || line[strspn(line, " \t")]) {
        evaluate(line);
    }
    free(line);
    if (!prompt.asked && !prompt.done) {
        show_prompt();
    }
}

/* --- what comes ----------------------------------------------------------- */

/* Above the line that is being typed, if one is. */
static void show_above(const struct hl_frame *frame)
{
    if (!prompt.asked) {
        rl_clear_visible_line();
    }
    hl_attach_show(frame);
    if (!prompt.asked) {
        rl_on_new_line();
        rl_redisplay();
    }
}

static void take_answer(const struct hl_frame *frame)
{
    if (!hl_frame_is(frame, "more")) {
        hl_attach_show(frame);
        g_string_truncate(prompt.text, 0);
    }
    show_prompt();
}

static void take_frame(const struct hl_frame *frame)
{
    if (hl_frame_is(frame, "names")) {
        prompt.late_names--;
    } else if (hl_frame_is(frame, "log") || hl_frame_is(frame, "output") ||
               hl_frame_is(frame, "dropped") || !prompt.asked) {
        show_above(frame);
    } else {
        take_answer(frame);
    }
}

/* All that was read. */
static void take_frames(void)
{
    struct hl_frame frame;

    while (hl_talk_take(prompt.talk, &frame)) {
        take_frame(&frame);
    }
}

/* --- completion ----------------------------------------------------------- */

/* The names, or NULL: they did not come in time. */
static char **wait_for_names(void)
{
    struct hl_frame frame;

    while (hl_talk_wait(prompt.talk, NAMES_MS, &frame, &prompt.error)) {
        if (!hl_frame_is(&frame, "names")) {
            hl_frame_append(prompt.later, frame.kind, frame.text, frame.size);
        } else if (--prompt.late_names == 0) {
            g_autofree char *names = g_strndup(frame.text, frame.size);

            return g_strsplit(names, "\n", -1);
        }
    }
    return NULL;
}

static char *next_name(const char *word, int state)
{
    static guint next;

    if (state == 0) {
        next = 0;
    }
    return prompt.names[next] && *prompt.names[next]
               ? strdup(prompt.names[next++]) : NULL;
}

/* Readline's: the word is from start to end of the line. */
static char **complete(const char *word, int start, int end)
{
    char **matches = NULL;

    rl_attempted_completion_over = 1;   /* no names of files */
    rl_completion_append_character = '\0';
    if (!hl_talk_send(prompt.talk, "complete", rl_line_buffer, (gsize)end,
                      &prompt.error)) {
        return NULL;
    }
    prompt.late_names++;
    prompt.names = wait_for_names();
    if (prompt.names) {
        matches = rl_completion_matches(word, next_name);
    }
    g_clear_pointer(&prompt.names, g_strfreev);
    return matches;
}

static void show_later(void)
{
    gsize at = 0;
    struct hl_frame frame;
    gssize taken;

    while ((taken = hl_frame_take(prompt.later->str + at,
                                  prompt.later->len - at,
                                  HL_CONSOLE_REPLY_MAX, &frame)) > 0) {
        take_frame(&frame);
        at += (gsize)taken;
    }
    g_string_truncate(prompt.later, 0);
}

/* --- the loop ------------------------------------------------------------- */

static void interrupt(void)
{
    if (!prompt.asked) {
        /* As a shell: the line is forgotten, or the search in the history. */
        g_string_truncate(prompt.text, 0);
        rl_free_line_state();
        rl_callback_sigcleanup();
        rl_callback_handler_remove();
        putchar('\n');
        show_prompt();
    } else if (prompt.interrupted) {
        hl_fail(&prompt.error, "the engine does not answer");
    } else {
        prompt.interrupted = TRUE;
        tell("interrupt");
    }
}

static void step(void)
{
    struct pollfd ready[] = {
        { .fd = prompt.asked ? -1 : STDIN_FILENO, .events = POLLIN },
        { .fd = prompt.talk->fd, .events = POLLIN },
        { .fd = prompt.interrupts, .events = POLLIN },
    };

    if (poll(ready, G_N_ELEMENTS(ready), -1) < 0) {
        rl_check_signals();     /* which gives us SIGINT, if it was that */
        return;
    }
    if (ready[2].revents && hl_interrupts_take(prompt.interrupts)) {
        interrupt();
    }
    if (ready[1].revents && !prompt.error &&
        hl_talk_read(prompt.talk, &prompt.error)) {
        take_frames();
    }
    if (ready[0].revents && !prompt.asked && !prompt.error) {
        rl_callback_read_char();
        show_later();
        take_frames();          /* a completion may have read more */
    }
}

static void start(void)
{
    rl_readline_name = "hyperlua";
    rl_attempted_completion_function = complete;
    /* All that is in no name of Lua's; a dot and a colon are. */
    rl_completer_word_break_characters = " \t\n\"'`~!@#$%^&*()-+={}[]|\\;,<>/?";
    hl_history_open();
}

gboolean hl_prompt(struct hl_talk *talk, const char *path, GError **error)
{
    prompt.talk = talk;
    prompt.interrupts = hl_interrupts_open(error);
    if (prompt.interrupts < 0) {
        return FALSE;
    }
    prompt.text = g_string_new(NULL);
    prompt.later = g_string_new(NULL);
    start();
    printf("%s: .help says what there is\n", path);
    show_prompt();
    while (!prompt.done && !prompt.error) {
        step();
    }
    rl_callback_handler_remove();
    g_string_free(prompt.text, TRUE);
    g_string_free(prompt.later, TRUE);
    if (prompt.error) {
        g_propagate_error(error, prompt.error);
        return FALSE;
    }
    return TRUE;
}
