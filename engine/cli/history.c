/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * $XDG_STATE_HOME/hyperlua/history.  A line goes there when it was typed, as
 * several consoles may be open and none need end in order.
 */
#include "history.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>
#include <readline/history.h>

/* Lines. */
#define KEPT 1000

static char *path;              /* NULL: it cannot be written */

void hl_history_open(void)
{
    g_autofree char *folder = g_build_filename(g_get_user_state_dir(),
                                               "hyperlua", NULL);
    g_autofree char *file = g_build_filename(folder, "history", NULL);
    int fd;

    using_history();
    stifle_history(KEPT);
    g_mkdir_with_parents(folder, 0700);
    fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        return;
    }
    close(fd);
    history_truncate_file(file, KEPT);
    read_history(file);
    path = g_steal_pointer(&file);
}

static const char *last_line(void)
{
    HIST_ENTRY *last = history_get(history_base + history_length - 1);

    return last ? last->line : "";
}

void hl_history_add(const char *line)
{
    if (!*line || strcmp(line, last_line()) == 0) {
        return;
    }
    add_history(line);
    if (path) {
        append_history(1, path);
    }
}
