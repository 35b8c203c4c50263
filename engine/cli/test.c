/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hyperlua test: runs busted with what specs of scripts require.  busted is
 * asked by Lua 5.4, whatever Lua its own first line names.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define USAGE "hyperlua test [BUSTED OPTIONS] FILE_spec.lua|DIR..."

static void print_help(void)
{
    printf("Usage: " USAGE "\n\n"
           "Runs specs against a played guest, without QEMU, a kernel or root: "
           "they say\nrequire \"hyperlua.testing\". Of a DIR every *_spec.lua "
           "is run, of its folders\ntoo. The options are busted's (busted "
           "--help); so is the exit status.\n");
}

static gboolean is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* A word that is no option may be the value of one before it. */
static gboolean check_specs(char **args, GError **error)
{
    const char *missing = NULL;

    for (; *args; args++) {
        if (**args == '-') {
            continue;
        }
        if (g_file_test(*args, G_FILE_TEST_EXISTS)) {
            return TRUE;
        }
        missing = *args;
    }
    return missing ? hl_fail(error, "%s: no such file or folder", missing)
                   : hl_fail(error, "no spec given: " USAGE);
}

static char *find_program(const char *name, const char *package,
                          GError **error)
{
    char *path = g_find_program_in_path(name);

    if (!path) {
        hl_fail(error, "%s is not on the PATH: install Debian's package %s",
                name, package);
    }
    return path;
}

/* Of 5.4 alone: another Lua could not load our module. */
static gboolean set_path(GError **error)
{
    g_autofree char *module = g_build_filename(hl_build_dir(), "lib",
                                               "hyperlua", "testing.so", NULL);
    const char *before = g_getenv("LUA_CPATH_5_4");
    g_autofree char *path = NULL;

    if (!g_file_test(module, G_FILE_TEST_EXISTS)) {
        return hl_fail(error, "%s is not there: build the target played_lua",
                       module);
    }
    before = before ? before : g_getenv("LUA_CPATH");
    path = g_strconcat(hl_build_dir(), "/lib/?.so;", before ? before : ";",
                       NULL);
    g_setenv("LUA_CPATH_5_4", path, TRUE);
    return TRUE;
}

/* busted may be a shell script that finds its Lua by itself. */
static gboolean is_shell_script(const char *path)
{
    char line[64] = "";
    FILE *file = fopen(path, "r");

    if (file) {
        line[fread(line, 1, sizeof(line) - 1, file)] = '\0';
        fclose(file);
    }
    line[strcspn(line, "\n")] = '\0';
    return g_str_has_prefix(line, "#!") && strstr(line, "sh") != NULL;
}

int hl_test_command(char **args, GError **error)
{
    g_autofree char *busted = NULL;
    g_autofree char *lua = NULL;
    g_autoptr(GPtrArray) line = g_ptr_array_new();

    if (*args && is_help(*args)) {
        print_help();
        return 0;
    }
    if (!check_specs(args, error) ||
        !(busted = find_program("busted", "lua-busted", error)) ||
        !(lua = find_program("lua5.4", "lua5.4", error)) ||
        !set_path(error)) {
        return HL_EXIT_FAILED;
    }
    if (!is_shell_script(busted)) {
        g_ptr_array_add(line, lua);
    }
    g_ptr_array_add(line, busted);
    for (; *args; args++) {
        g_ptr_array_add(line, *args);
    }
    g_ptr_array_add(line, NULL);
    execv(line->pdata[0], (char **)line->pdata);
    hl_fail(error, "cannot run %s: %s", (char *)line->pdata[0],
            strerror(errno));
    return HL_EXIT_FAILED;
}
