/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lua from the command line: each -e becomes a file in the run's folder, which
 * the engine gets in its place, as does what `hyperlua trace` runs.  One
 * thread.
 */
#include <string.h>

#include <glib/gstdio.h>

#include "cli.h"
#include "run.h"

/* On the first line, so that an error's line number is the user's own. */
#define BEFORE "local hl = require \"hyperlua\" "

gboolean hl_run_is_file(const struct hl_run *run, guint i)
{
    return strcmp(run->scripts->pdata[i], "eval") != 0;
}

gboolean hl_run_write_evals(struct hl_run *run, GError **error)
{
    for (guint i = 0; i < run->scripts->len; i += 2) {
        char **value = (char **)&run->scripts->pdata[i + 1];
        g_autofree char *name = g_strdup_printf("eval-%u.lua", i / 2 + 1);
        g_autofree char *path = g_build_filename(run->folder, name, NULL);
        g_autofree char *text = NULL;

        if (hl_run_is_file(run, i)) {
            continue;
        }
        text = g_strconcat(BEFORE, *value, NULL);
        if (!g_file_set_contents(path, text, -1, error)) {
            return FALSE;
        }
        g_free(*value);
        *value = g_steal_pointer(&path);
    }
    return TRUE;
}

/* Some may not have been written: those are not in the folder. */
void hl_run_remove_evals(const struct hl_run *run)
{
    for (guint i = 0; i < run->scripts->len; i += 2) {
        const char *path = run->scripts->pdata[i + 1];

        if (!hl_run_is_file(run, i) && g_str_has_prefix(path, run->folder)) {
            g_unlink(path);
        }
    }
}

/* Any text as a string of Lua's: every byte by its number. */
static void append_quoted(GString *lua, const char *key, const char *text)
{
    g_string_append_printf(lua, "%s \"", key);
    for (; *text; text++) {
        g_string_append_printf(lua, "\\%03u", (unsigned char)*text);
    }
    g_string_append(lua, "\"");
}

void hl_run_add_trace(struct hl_run *run)
{
    GString *lua = g_string_new("hl.trace(");

    append_quoted(lua, "", run->syscalls);
    g_string_append(lua, ", {");
    if (run->comm) {
        append_quoted(lua, " comm =", run->comm);
        g_string_append(lua, ",");
    }
    if (run->out) {
        g_autofree char *log = g_build_filename(run->out, "trace.log", NULL);
        g_autofree char *path = g_canonicalize_filename(log, NULL);

        append_quoted(lua, " out =", path);
        g_string_append(lua, ",");
    }
    /* Without a command all that runs is the root filesystem's. */
    g_string_append_printf(lua, " all = %s })",
                           run->all || !run->command ? "true" : "false");
    /* Behind the scripts, so that it shows what they made of a call. */
    g_ptr_array_add(run->scripts, g_strdup("eval"));
    g_ptr_array_add(run->scripts, g_string_free(lua, FALSE));
}
