/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's command line for one run; see qemu.h. */
#include <stdlib.h>
#include <string.h>

#include "qemu.h"

/*
 * earlycon= : Malta would turn one on by itself, before "quiet" is read.
 * cryptomgr.notests: half a second of self-tests. Process 1 raises the log
 * level again to show warnings, once the boot is over.
 */
#define BOOT "panic=-1 rdinit=/hyperlua/init cryptomgr.notests"
#define BOOT_QUIET "loglevel=3 earlycon="
#define BOOT_LOGGED "loglevel=7"

static void add(GPtrArray *line, const char *option, char *value)
{
    g_ptr_array_add(line, g_strdup(option));
    g_ptr_array_add(line, value);
}

/* Words that blanks separate, of a target's file. */
static void add_words(GPtrArray *line, const char *words)
{
    g_auto(GStrv) each = g_strsplit(words, " ", -1);

    for (char **word = each; *word; word++) {
        if (**word) {
            g_ptr_array_add(line, g_strdup(*word));
        }
    }
}

static void add_all(GPtrArray *line, const GPtrArray *words)
{
    for (guint i = 0; i < words->len; i++) {
        g_ptr_array_add(line, g_strdup(words->pdata[i]));
    }
}

/* In QEMU's option syntax a comma within a value is doubled. */
void hl_qemu_append(GString *text, const char *key, const char *path)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_auto(GStrv) parts = g_strsplit(absolute, ",", -1);
    g_autofree char *value = g_strjoinv(",,", parts);

    g_string_append_printf(text, "%s%s%s", key, *key ? "=" : "", value);
}

static void append_if(GString *text, const char *key, const char *path)
{
    if (path) {
        hl_qemu_append(text, key, path);
    }
}

static char *plugin_value(const struct hl_qemu *want)
{
    GString *text = g_string_new(NULL);

    hl_qemu_append(text, "", want->plugin);
    for (guint i = 0; i < want->scripts->len; i += 2) {
        g_string_append_c(text, ',');
        hl_qemu_append(text, want->scripts->pdata[i],
                       want->scripts->pdata[i + 1]);
    }
    append_if(text, ",models", want->models);
    append_if(text, ",config", want->config);
    if (want->log_file && !*want->log_file) {
        g_string_append(text, ",log_file=");
    } else {
        append_if(text, ",log_file", want->log_file);
    }
    append_if(text, ",record", want->record);
    if (want->record_limit) {
        g_string_append_printf(text, ",record_limit=%d", want->record_limit);
    }
    append_if(text, ",out", want->out);
    append_if(text, ",console", want->socket);
    if (want->no_reload) {
        g_string_append(text, ",reload=off");
    }
    hl_qemu_append(text, ",status", want->status);
    return g_string_free(text, FALSE);
}

static char *console_value(const struct hl_qemu *want)
{
    GString *text = g_string_new("file,id=console,append=on");

    hl_qemu_append(text, ",path", want->console);
    return g_string_free(text, FALSE);
}

static void append_words(GString *text, const char *words)
{
    if (*words) {
        g_string_append_printf(text, " %s", words);
    }
}

static char *append_line(const struct hl_qemu *want)
{
    GString *text = g_string_new(NULL);

    g_string_printf(text, "console=%s " BOOT " %s",
                    hl_target_get(want->target, "console", "ttyS0"),
                    want->out ? BOOT_LOGGED : BOOT_QUIET);
    append_words(text, hl_target_get(want->target, "append", ""));
    if (want->smp > 1) {
        append_words(text, hl_target_get(want->target, "smp_append", ""));
    }
    return g_string_free(text, FALSE);
}

GPtrArray *hl_qemu_line(const struct hl_qemu *want)
{
    GPtrArray *line = g_ptr_array_new_with_free_func(g_free);
    const char *machine = hl_target_get(want->target, "machine", "none");
    const char *cpu = hl_target_get(want->target, "cpu", NULL);
    const char *memory = hl_target_get(want->target, "memory", "256");

    g_ptr_array_add(line, g_canonicalize_filename(want->qemu, NULL));
    add(line, "-machine", g_strdup(machine));
    if (cpu) {
        add(line, "-cpu", g_strdup(cpu));
    }
    add(line, "-smp", g_strdup_printf("%d", want->smp ? want->smp : 1));
    if (want->smp > 1) {
        add_words(line, hl_target_get(want->target, "smp_args", ""));
    }
    add(line, "-m", g_strdup_printf("%d", want->memory ? want->memory
        : MAX(want->needed, atoi(memory))));
    add(line, "-kernel", g_canonicalize_filename(want->kernel, NULL));
    add(line, "-initrd", g_canonicalize_filename(want->initramfs, NULL));
    add(line, "-append", append_line(want));
    g_ptr_array_add(line, g_strdup("-nodefaults"));
    g_ptr_array_add(line, g_strdup("-no-reboot"));
    add(line, "-display", g_strdup("none"));
    add(line, "-monitor", g_strdup("none"));
    add(line, "-chardev", console_value(want));
    add(line, "-serial", g_strdup("chardev:console"));
    add(line, "-plugin", plugin_value(want));
    add_all(line, want->devices);
    add_all(line, want->more);
    g_ptr_array_add(line, NULL);
    return line;
}
