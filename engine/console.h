/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Consoles: people who look at a running engine through a UNIX socket, in the
 * protocol of console_frame.h.  One thread of its own accepts, reads, evaluates
 * (console_eval.c, under engine->lock, as the guest's requests are) and writes;
 * no other ever touches a socket.  What others have for a console goes into its
 * queue, which is bounded.
 *
 * console->lock guards the queues and the recent log.  It may be taken under
 * engine->lock, and nothing is called under it.
 */
#ifndef HL_CONSOLE_H
#define HL_CONSOLE_H

#include "engine.h"

/* At once; more are refused. */
#define HL_CONSOLES_MAX 16

struct hl_console;

/* Keeps the log from now on.  Before other threads; it is engine->console. */
struct hl_console *hl_console_new(struct hl_engine *engine);

/* Listens there and starts the thread.  -errno, with *error set. */
int hl_console_open(struct hl_console *console, const char *path,
                    char **error);

/* The process ends: nothing new begins, and the socket's file goes. */
void hl_console_leave(struct hl_console *console);

/* Waits for the thread, without engine->lock.  The log is kept still. */
void hl_console_close(struct hl_console *console);
void hl_console_free(struct hl_console *console);

/* A line of the log.  Any thread, with or without engine->lock. */
void hl_console_log(struct hl_console *console, enum hl_level level,
                    const char *line);

/*
 * The expression of the client of that id has ended.  Under engine->lock, on
 * any thread; as the next one.
 */
void hl_console_answer(struct hl_console *console, uint64_t id,
                       const char *kind, const char *text, size_t size);

/* What it printed meanwhile.  false: that console is gone. */
bool hl_console_print(struct hl_console *console, uint64_t id,
                      const char *text, size_t size);

#endif
