/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was typed in consoles before. */
#ifndef HL_CLI_HISTORY_H
#define HL_CLI_HISTORY_H

/* Readline's list gets what the file has; without a file it starts empty. */
void hl_history_open(void);

/* A line, to the list and the file, unless it is empty or was the last, too. */
void hl_history_add(const char *line);

#endif
