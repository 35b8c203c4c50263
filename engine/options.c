/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses the plugin's arguments.  Before any guest runs. */
#include "options.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "record/record.h"

static bool add_script(struct hl_options *options, const char *value)
{
    struct hl_script_source script = { value, false };

    g_array_append_val(options->scripts, script);
    return true;
}

static bool add_eval(struct hl_options *options, const char *value)
{
    struct hl_script_source script = { value, true };

    g_array_append_val(options->scripts, script);
    return true;
}

static bool set_models(struct hl_options *options, const char *value)
{
    options->models = value;
    return true;
}

static bool set_config(struct hl_options *options, const char *value)
{
    options->config = value;
    return true;
}

static bool set_log_file(struct hl_options *options, const char *value)
{
    g_free(options->log_file);
    options->log_file = g_strdup(value);
    return true;
}

static bool set_record(struct hl_options *options, const char *value)
{
    options->record = value;
    return *value != '\0';
}

static bool set_record_limit(struct hl_options *options, const char *value)
{
    guint64 mib;

    if (!g_ascii_string_to_unsigned(value, 10, 1, HL_RECORD_LIMIT_MOST, &mib,
                                    NULL)) {
        return false;
    }
    options->record_limit = mib << 20;
    return true;
}

static bool set_out(struct hl_options *options, const char *value)
{
    options->out = value;
    return true;
}

static bool set_status(struct hl_options *options, const char *value)
{
    options->status = value;
    return true;
}

static bool set_reload(struct hl_options *options, const char *value)
{
    options->reload = strcmp(value, "on") == 0;
    return options->reload || strcmp(value, "off") == 0;
}

static bool set_console(struct hl_options *options, const char *value)
{
    options->console = value;
    return true;
}

static const struct {
    const char *name;
    bool (*set)(struct hl_options *options, const char *value);
} known[] = {
    { "script", add_script },
    { "eval", add_eval },
    { "models", set_models },
    { "config", set_config },
    { "log_file", set_log_file },
    { "record", set_record },
    { "record_limit", set_record_limit },
    { "out", set_out },
    { "status", set_status },
    { "reload", set_reload },
    { "console", set_console },
};

static bool set(struct hl_options *options, const char *argument)
{
    const char *equals = strchr(argument, '=');

    for (size_t i = 0; equals && i < G_N_ELEMENTS(known); i++) {
        size_t length = strlen(known[i].name);

        if (length == (size_t)(equals - argument) &&
            !memcmp(known[i].name, argument, length)) {
            return known[i].set(options, equals + 1);
        }
    }
    return false;
}

/* A run whose logs go to a folder records there, unless told not to. */
static void finish_log_file(struct hl_options *options)
{
    if (!options->log_file && options->out) {
        options->log_file = g_build_filename(options->out, "files.yaml", NULL);
    } else if (options->log_file && !*options->log_file) {
        g_clear_pointer(&options->log_file, g_free);
    }
}

int hl_options_parse(struct hl_options *options, int argc, char **argv,
                     char **error)
{
    *options = (struct hl_options){
        .scripts = g_array_new(FALSE, FALSE, sizeof(struct hl_script_source)),
        .record_limit = (uint64_t)HL_RECORD_LIMIT_MIB << 20,
        .reload = true,
    };
    for (int i = 0; i < argc; i++) {
        if (!set(options, argv[i])) {
            *error = g_strdup_printf("unknown plugin argument '%s': there are "
                                     "script=FILE and eval=FILE (more than "
                                     "once), models=DIR, config=FILE, "
                                     "log_file=FILE, record=FILE, "
                                     "record_limit=MIB, out=DIR, status=FILE, "
                                     "reload=on|off, console=SOCKET",
                                     argv[i]);
            return -EINVAL;
        }
    }
    finish_log_file(options);
    return 0;
}

void hl_options_clear(struct hl_options *options)
{
    g_array_free(options->scripts, TRUE);
    g_free(options->log_file);
}
