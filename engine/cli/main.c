/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hyperlua: finds the subcommand, prints its error, gives its status. */
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "check.h"
#include "cli.h"
#include "model.h"
#include "run.h"
#include "targets.h"
#include "test.h"

static const struct subcommand {
    const char *name;
    const char *summary;
    int (*run)(char **args, GError **error);
} subcommands[] = {
    { "run", "boot a guest with scripts and run a command in it",
      hl_run_command },
    { "trace", "the same, and print system calls as they happen",
      hl_trace_command },
    { "test", "run specs of scripts without a guest", hl_test_command },
    { "check", "read scripts and say what is wrong with them, without a guest",
      hl_check_command },
    { "model", "make models of what a run recorded", hl_model_command },
    { "console", "attach to a run and evaluate Lua in it", hl_console_command },
    { "targets", "list the machines that there are, and what is installed",
      hl_targets_command },
};

gboolean hl_fail(GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_propagate_error(error,
        g_error_new_valist(g_quark_from_static_string("hyperlua"), 0,
                           format, args));
    va_end(args);
    return FALSE;
}

const char *hl_build_dir(void)
{
    static char *dir;

    if (!dir) {
        g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
        g_autofree char *bin = g_path_get_dirname(self ? self : "bin/.");

        dir = g_path_get_dirname(bin);
    }
    return dir;
}

static int print_help(void)
{
    printf("Usage: hyperlua SUBCOMMAND ...\n\n");
    for (size_t i = 0; i < G_N_ELEMENTS(subcommands); i++) {
        printf("  %-10s %s\n", subcommands[i].name, subcommands[i].summary);
    }
    printf("\nhyperlua SUBCOMMAND --help lists its options; "
           "--version prints the version.\n");
    return 0;
}

static int dispatch(char **args, GError **error)
{
    const char *name = args[0];

    if (!name) {
        hl_fail(error, "no subcommand given (hyperlua --help lists them)");
        return HL_EXIT_FAILED;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        return print_help();
    }
    if (strcmp(name, "--version") == 0) {
        printf("hyperlua %s\n", HL_VERSION);
        return 0;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(subcommands); i++) {
        if (strcmp(name, subcommands[i].name) == 0) {
            return subcommands[i].run(args + 1, error);
        }
    }
    hl_fail(error, "unknown subcommand %s (hyperlua --help lists them)", name);
    return HL_EXIT_FAILED;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    int status = dispatch(argv + (argc > 0), &error);

    if (error) {
        fflush(stdout);
        fprintf(stderr, "hyperlua: %s\n", error->message);
    }
    return status;
}
