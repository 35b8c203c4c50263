/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hyperlua run and trace: checks what it was given, makes the initramfs in a
 * folder of this run, lets QEMU run it, and gives the guest command's exit
 * status.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "cli.h"
#include "initramfs.h"
#include "options.h"
#include "qemu.h"
#include "record/record.h"
#include "run.h"
#include "spawn.h"
#include "target.h"

enum { LAST_LINES = 8 };

#define FIELD(name) offsetof(struct hl_run, name)

#define RUN_OPTIONS                                                           \
    { "arch", "NAME", "target, of guest/targets (mipsel)",                    \
      HL_OPTION_TEXT, FIELD(arch), 0, 0, 0 },                                 \
    { "script", "FILE", "Lua script of the engine",                           \
      HL_OPTION_PAIRS, FIELD(scripts), 0, 0, 0 },                             \
    { "eval", "LUA", "Lua itself, with hl there; in order with --script",     \
      HL_OPTION_PAIRS, FIELD(scripts), 0, 0, 'e' },                           \
    { "models", "DIR", "folder of Lua files that each return models",         \
      HL_OPTION_TEXT, FIELD(models), 0, 0, 0 },                               \
    { "config", "FILE", "YAML with Penguin's pseudofiles",                    \
      HL_OPTION_TEXT, FIELD(config), 0, 0, 0 },                               \
    { "log-file", "FILE", "records there (--out: DIR/files.yaml; \"\": no)",  \
      HL_OPTION_TEXT, FIELD(log_file), 0, 0, 0 },                             \
    { "record", "FILE", "all operations and hooked calls, for hyperlua model", \
      HL_OPTION_TEXT, FIELD(record), 0, 0, 0 },                               \
    { "record-limit", "MIB", "what the recording may take (1024)",            \
      HL_OPTION_WHOLE, FIELD(record_limit), 1, HL_RECORD_LIMIT_MOST, 0 },     \
    { "no-reload", NULL, "scripts stay as they are when their files change",  \
      HL_OPTION_FLAG, FIELD(no_reload), 0, 0, 0 },                            \
    { "console", "SOCKET", "make one there, for hyperlua console",            \
      HL_OPTION_TEXT, FIELD(console), 0, 0, 0 },                              \
    { "add", "HOSTPATH:GUESTPATH", "put a file or folder into the guest",     \
      HL_OPTION_LIST, FIELD(adds), 0, 0, 0 },                                 \
    { "out", "DIR", "logs go there, and not to stderr",                       \
      HL_OPTION_TEXT, FIELD(out), 0, 0, 0 },                                  \
    { "rootfs", "PATH", "in place of busybox: folder, tar, cpio, image",      \
      HL_OPTION_TEXT, FIELD(rootfs), 0, 0, 0 },                               \
    { "kernel", "FILE", "kernel in place of the target's, with --kdir",       \
      HL_OPTION_TEXT, FIELD(kernel), 0, 0, 0 },                               \
    { "kdir", "DIR", "that kernel's build tree or headers",                   \
      HL_OPTION_TEXT, FIELD(kdir), 0, 0, 0 },                                 \
    { "drivers", "DIR", "that kernel's modules, like /lib/modules/RELEASE",   \
      HL_OPTION_TEXT, FIELD(drivers), 0, 0, 0 },                              \
    { "module", "FILE", "hyperlua.ko in place of the target's",               \
      HL_OPTION_TEXT, FIELD(module), 0, 0, 0 },                               \
    { "smp", "N", "processors (1)",                                           \
      HL_OPTION_WHOLE, FIELD(smp), 1, 64, 0 },                                \
    { "memory", "MIB", "memory, in MiB",                                      \
      HL_OPTION_WHOLE, FIELD(memory), 32, 1 << 20, 0 },                       \
    { "net", "user[,OPTION...]", "a network, with options of -netdev user",   \
      HL_OPTION_TEXT, FIELD(net), 0, 0, 0 },                                  \
    { "drive", "FILE[,OPTION...]", "a disk, /dev/vda, with options of -drive", \
      HL_OPTION_LIST, FIELD(drives), 0, 0, 0 },                               \
    { "timeout", "SECONDS", "stop the run after that time",                   \
      HL_OPTION_SECONDS, FIELD(timeout), 0, 1000000, 0 },                     \
    { "qemu", "FILE", "QEMU in place of the target's",                        \
      HL_OPTION_TEXT, FIELD(qemu), 0, 0, 0 },                                 \
    { "qemu-arg", "ARG", "one more word for QEMU's command line",             \
      HL_OPTION_LIST, FIELD(qemu_args), 0, 0, 0 },                            \
    { "print-qemu", NULL, "print QEMU's command line, run nothing",           \
      HL_OPTION_FLAG, FIELD(print), 0, 0, 0 }

static const struct hl_options run_options = {
    .usage = "run [OPTIONS] [-- COMMAND ARGS...]",
    .about = "Boots a guest with the engine, runs COMMAND in it, and exits "
             "with its status\n(124: timeout, 125: the run itself failed). "
             "Without COMMAND the root\nfilesystem's own init runs.",
    .table = (const struct hl_option[]) { RUN_OPTIONS, { 0 } },
};

static const struct hl_options trace_options = {
    .usage = "trace SYSCALL[,SYSCALL...]|all [OPTIONS] [-- COMMAND ARGS...]",
    .about = "As hyperlua run; also prints these system calls of COMMAND and "
             "of what it\nstarts, on stderr, or with --out to "
             "DIR/trace.log.",
    .first = FIELD(syscalls),
    .table = (const struct hl_option[]) {
        { "comm", "NAME", "only of processes of that name",
          HL_OPTION_TEXT, FIELD(comm), 0, 0, 0 },
        { "all", NULL, "of the guest's other processes too",
          HL_OPTION_FLAG, FIELD(all), 0, 0, 0 },
        RUN_OPTIONS, { 0 },
    },
};

static gboolean make_folder(struct hl_run *run, GError **error)
{
    g_autofree char *runs = g_build_filename(hl_build_dir(), "run", NULL);
    struct hl_initramfs want = {
        run->target, run->init, run->module, run->busybox, run->rootfs,
        run->adds, run->command, run->memory, run->modules, run->devices,
    };

    g_mkdir_with_parents(runs, 0755);
    run->folder = g_build_filename(runs, "XXXXXX", NULL);
    if (!g_mkdtemp(run->folder)) {
        hl_fail(error, "cannot make a folder in %s: %s", runs,
                strerror(errno));
        g_clear_pointer(&run->folder, g_free);
        return FALSE;
    }
    run->initramfs = g_build_filename(run->folder, "initramfs.cpio", NULL);
    run->status = g_build_filename(run->folder, "status", NULL);
    return hl_run_write_evals(run, error) &&
           hl_initramfs_write(&want, run->initramfs, &run->needed, error);
}

static void clean_up(struct hl_run *run, const struct hl_options *options,
                     gboolean keep)
{
    if (run->folder && !keep) {
        hl_run_remove_evals(run);
        g_unlink(run->initramfs);
        g_unlink(run->status);
        g_rmdir(run->folder);
    }
    hl_target_free(run->target);
    hl_devices_free(run->devices);
    hl_modules_free(run->modules);
    g_free(run->init);
    g_free(run->busybox);
    g_free(run->plugin);
    g_free(run->folder);
    g_free(run->initramfs);
    g_free(run->status);
    hl_options_free(options, run);
}

static char *console_path(const struct hl_run *run)
{
    if (run->out) {
        return g_build_filename(run->out, "console.log", NULL);
    }
    return run->print ? g_strdup("/dev/stderr")
                      : g_strdup_printf("/dev/fd/%d", HL_SERIAL_FD);
}

static GPtrArray *qemu_line(const struct hl_run *run, const char *console)
{
    struct hl_qemu want = {
        run->target, run->qemu, run->plugin, run->kernel, run->initramfs,
        run->status, console, run->out, run->scripts, run->devices->words,
        run->qemu_args, run->models, run->config, run->log_file, run->record,
        run->record_limit, run->console, run->no_reload, run->smp,
        run->memory, run->needed,
    };

    return hl_qemu_line(&want);
}

static void print_line(GPtrArray *line)
{
    for (guint i = 0; line->pdata[i]; i++) {
        const char *word = line->pdata[i];
        gboolean plain = !word[strspn(word, G_CSET_a_2_z G_CSET_A_2_Z
                                      G_CSET_DIGITS "-_./=:,+")];
        g_autofree char *quoted = g_shell_quote(word);

        printf("%s%s", i ? " " : "", plain ? word : quoted);
    }
    printf("\n");
}

/* Shows the end of a console that went to a file. */
static void show_console(const char *path)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    guint count;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return;
    }
    lines = g_strsplit(g_strchomp(text), "\n", -1);
    count = g_strv_length(lines);
    for (guint i = count > LAST_LINES ? count - LAST_LINES : 0; i < count;
         i++) {
        fprintf(stderr, "%s\n", lines[i]);
    }
}

/* Without a command the guest's init decides when the machine goes off. */
static int no_status(const struct hl_run *run, int wait_status,
                     const char *console, GError **error)
{
    const char *where = run->out ? console : "the console";

    if (WIFSIGNALED(wait_status)) {
        hl_fail(error, "QEMU was killed by signal %d", WTERMSIG(wait_status));
    } else if (WEXITSTATUS(wait_status)) {
        hl_fail(error, "QEMU failed with status %d; its message is above",
                WEXITSTATUS(wait_status));
    } else if (run->command) {
        if (run->out) {
            show_console(console);
        }
        hl_fail(error, "the guest stopped before %s ended: see %s",
                run->command[0], where);
    } else {
        return 0;
    }
    return HL_EXIT_FAILED;
}

static int status_of(const struct hl_run *run, const struct hl_ending *ending,
                     const char *console, GError **error)
{
    g_autofree char *text = NULL;

    if (ending->signal) {
        return HL_EXIT_SIGNAL + ending->signal;
    }
    if (g_file_get_contents(run->status, &text, NULL, NULL) && *text) {
        return atoi(text) & 0xff;
    }
    if (ending->timed_out) {
        hl_fail(error, "stopped after --timeout %g seconds", run->timeout);
        return HL_EXIT_TIMEOUT;
    }
    return no_status(run, ending->wait_status, console, error);
}

static int run_qemu(struct hl_run *run, GError **error)
{
    g_autofree char *console = console_path(run);
    g_autoptr(GPtrArray) line = qemu_line(run, console);
    struct hl_ending ending = { 0 };

    if (run->print) {
        print_line(line);
        return 0;
    }
    if (run->out) {
        g_unlink(console);
    }
    if (!hl_spawn((char **)line->pdata, run->timeout, !run->out, &ending,
                  error)) {
        return HL_EXIT_FAILED;
    }
    return status_of(run, &ending, console, error);
}

static int command(const struct hl_options *options, char **args,
                   GError **error)
{
    struct hl_run run = { 0 };
    gboolean helped = FALSE;
    int status = HL_EXIT_FAILED;

    if (!hl_options_parse(options, args, &run, &run.command, &helped, error)) {
        status = HL_EXIT_FAILED;
    } else if (helped) {
        status = 0;
    } else {
        if (run.syscalls) {
            hl_run_add_trace(&run);
        }
        if (hl_run_prepare(&run, error) && make_folder(&run, error)) {
            status = run_qemu(&run, error);
        }
    }
    clean_up(&run, options, run.print && status == 0);
    return status;
}

int hl_run_command(char **args, GError **error)
{
    return command(&run_options, args, error);
}

int hl_trace_command(char **args, GError **error)
{
    return command(&trace_options, args, error);
}
