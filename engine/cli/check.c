/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hyperlua check: reads the sources (check_source.c), loads them into an engine
 * that has no guest, and lists what they would install.  Findings and list go
 * to stdout, what scripts log to stderr.  One thread.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>

#include "check.h"
#include "cli.h"
#include "embedded.h"
#include "load.h"
#include "options.h"
#include "script.h"

struct check {
    char *arch, *models, *config;
    GPtrArray *files;
    const struct hl_target *target;
    int findings;
};

#define FIELD(name) offsetof(struct check, name)

static const struct hl_options check_options = {
    .usage = "check [OPTIONS] FILE...",
    .about = "Reads and loads the scripts without a guest, lists what they "
             "would install, and\nreports misspelt names, filters that match "
             "nothing, and calls that wait where\nnothing may wait. Status 0: "
             "nothing was found, 1: something was, 125: it could\nnot check.",
    .words = FIELD(files),
    .table = (const struct hl_option[]) {
        { "arch", "NAME", "the guest's machine (mipsel)",
          HL_OPTION_TEXT, FIELD(arch), 0, 0, 0 },
        { "models", "DIR", "folder of Lua files that each return models",
          HL_OPTION_TEXT, FIELD(models), 0, 0, 0 },
        { "config", "FILE", "YAML with Penguin's pseudofiles",
          HL_OPTION_TEXT, FIELD(config), 0, 0, 0 },
        { 0 },
    },
};

/* --- the sources ---------------------------------------------------------- */

static gboolean read_all(struct check *check, lua_State *L, GPtrArray *files,
                         gboolean are_models, GError **error)
{
    for (guint i = 0; i < files->len; i++) {
        int count = hl_check_source(L, files->pdata[i], are_models,
                                    check->config != NULL, error);

        if (count < 0) {
            return FALSE;
        }
        check->findings += count;
    }
    return TRUE;
}

static gboolean read_sources(struct check *check, GError **error)
{
    g_autoptr(GPtrArray) models = NULL;
    lua_State *L;
    gboolean good;

    models = check->models ? hl_load_list_models(check->models, error)
                           : g_ptr_array_new();
    if (!models) {
        return FALSE;
    }
    L = hl_check_source_new();
    good = read_all(check, L, check->files, FALSE, error) &&
           read_all(check, L, models, TRUE, error);
    lua_close(L);
    return good;
}

/* --- the engine's part ---------------------------------------------------- */

/* Each line of an error is a finding; a traceback is none. */
static void add_findings(struct check *check, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n  | ", -1);

    for (char **line = lines; *line; line++) {
        if (strcmp(*line, "stack traceback:") == 0) {
            return;
        }
        printf("%s\n", *line);
        check->findings++;
    }
}

static void log_line(void *host, enum hl_level level, const char *line)
{
    static const char *const names[] = { "error", "warning", "info", "debug" };

    if (level == HL_ERROR) {
        add_findings(host, line);
    } else {
        fprintf(stderr, "hyperlua: %s: %s\n", names[level], line);
    }
}

static int64_t output(void *host, int stream, const void *data, size_t size)
{
    return (int64_t)size;
}

static void exited(void *host, int status) { }

static int64_t host_clock(void *host)
{
    return g_get_monotonic_time();
}

static const struct hl_host_ops host_ops = {
    log_line, output, exited, host_clock
};

static const char listing;      /* its address: the key in Lua's registry */

/* (what collect.lua gives, name) */
static int keep_listing(lua_State *L)
{
    lua_pushvalue(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &listing);
    return 0;
}

static int print_listing(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &listing);
    lua_call(L, 0, 1);
    fputs(luaL_checkstring(L, -1), stdout);
    return 0;
}

/* Before any script: from here on it notes what they register. */
static int start_listing(struct hl_script *script)
{
    const struct hl_embedded *module = hl_embedded_check;

    while (strcmp(module->name, "check.collect") != 0) {
        module++;
    }
    return hl_script_run_with(script, "hyperlua/check/collect.lua",
                              module->text, module->size, keep_listing);
}

/* What failed was said: it is among the findings. */
static void load_all(struct check *check, struct hl_engine *engine)
{
    g_autofree struct hl_script_source *sources =
        g_new0(struct hl_script_source, check->files->len);
    const struct hl_sources all = {
        sources, check->files->len, check->models, check->config,
    };
    struct hl_script *script = hl_script_new(engine);
    g_autofree char *failed = NULL;

    for (guint i = 0; i < check->files->len; i++) {
        sources[i].file = check->files->pdata[i];
    }
    if (start_listing(script) == 0) {
        hl_load_all(script, &all, &failed);
        hl_script_protect(script, print_listing, NULL, 1);
    }
    hl_script_free(script);
}

static void append_name(const char *name, void *names)
{
    g_string_append_printf(names, "%s%s", ((GString *)names)->len ? ", " : "",
                           name);
}

/* What can be known before anything is read. */
static gboolean prepare(struct check *check, GError **error)
{
    const char *arch = check->arch ? check->arch : "mipsel";
    g_autoptr(GString) names = g_string_new(NULL);

    if (check->files->len == 0 && !check->models && !check->config) {
        return hl_fail(error, "check: no FILE was given (hyperlua check "
                       "--help)");
    }
    for (guint i = 0; i < check->files->len; i++) {
        if (g_str_has_suffix(check->files->pdata[i], "_spec.lua")) {
            return hl_fail(error, "check: %s is a spec: `hyperlua test` runs "
                           "it", (char *)check->files->pdata[i]);
        }
    }
    if (check->config && !g_file_test(check->config, G_FILE_TEST_EXISTS)) {
        return hl_fail(error, "--config %s: there is no such file",
                       check->config);
    }
    check->target = hl_target_find(arch);
    if (!check->target) {
        hl_target_each_name(append_name, names);
        return hl_fail(error, "--arch %s: no such machine (there are: %s)",
                       arch, names->str);
    }
    return TRUE;
}

static int run(struct check *check, GError **error)
{
    struct hl_engine *engine;

    if (!prepare(check, error) || !read_sources(check, error)) {
        return HL_EXIT_FAILED;
    }
    engine = hl_engine_new(check->target, &host_ops, check);
    load_all(check, engine);
    hl_engine_free(engine);
    return check->findings > 0 ? HL_EXIT_FINDINGS : 0;
}

int hl_check_command(char **args, GError **error)
{
    struct check check = { .files = g_ptr_array_new() };
    gboolean helped = FALSE;
    int status = HL_EXIT_FAILED;
    char **rest;

    if (hl_options_parse(&check_options, args, &check, &rest, &helped,
                         error)) {
        for (; rest && *rest; rest++) {
            g_ptr_array_add(check.files, *rest);
        }
        status = helped ? 0 : run(&check, error);
    }
    hl_options_free(&check_options, &check);
    g_ptr_array_unref(check.files);
    return status;
}
