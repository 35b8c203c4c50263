/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommand console: attaches to a running engine. */
#ifndef HL_CLI_ATTACH_H
#define HL_CLI_ATTACH_H

#include <glib.h>

#include "talk.h"

/* An expression of a command line or a file failed. */
enum { HL_EXIT_EXPRESSION = 1 };

/* The exit status; with a message in *error when there is no engine. */
int hl_console_command(char **args, GError **error);

/*
 * A readable SIGINT: a descriptor, or -1 with *error set.  SIGINT does nothing
 * else from then on.
 */
int hl_interrupts_open(GError **error);
/* Forgets those so far; whether there was one. */
gboolean hl_interrupts_take(int fd);

/* What a line that begins with a dot and a letter asks of the engine. */
struct hl_command {
    const char *line;
    const char *kind, *text;    /* of the frame to send */
    gboolean answered;          /* by one */
};

gboolean hl_command_is(const char *line);
/* NULL: there is none. */
const struct hl_command *hl_command_find(const char *line);

/* What an expression gave or printed, a line of the log: to its stream. */
void hl_attach_show(const struct hl_frame *frame);

/* prompt.c: with line editing, until the user ends it. */
gboolean hl_prompt(struct hl_talk *talk, const char *path, GError **error);

#endif
