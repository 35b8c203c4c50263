/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options from a table; see options.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "options.h"

static gboolean parse_whole(const struct hl_option *option, const char *value,
                            int *field, GError **error)
{
    char *end;
    long number;

    errno = 0;
    number = strtol(value, &end, 10);
    if (errno || end == value || *end || number < option->min
        || number > option->max) {
        return hl_fail(error, "--%s %s: give a whole number from %d to %d",
                       option->name, value, option->min, option->max);
    }
    *field = (int)number;
    return TRUE;
}

static gboolean parse_seconds(const struct hl_option *option,
                              const char *value, double *field, GError **error)
{
    char *end;
    double number = g_ascii_strtod(value, &end);

    if (end == value || *end || !(number > 0) || number > option->max) {
        return hl_fail(error, "--%s %s: give a number of seconds above 0, "
                       "up to %d", option->name, value, option->max);
    }
    *field = number;
    return TRUE;
}

static gboolean set(const struct hl_option *option, const char *value,
                    void *fields, GError **error)
{
    void *field = (char *)fields + option->offset;

    switch (option->kind) {
    case HL_OPTION_FLAG:
        *(gboolean *)field = TRUE;
        return TRUE;
    case HL_OPTION_TEXT:
        g_free(*(char **)field);
        *(char **)field = g_strdup(value);
        return TRUE;
    case HL_OPTION_LIST:
        g_ptr_array_add(*(GPtrArray **)field, g_strdup(value));
        return TRUE;
    case HL_OPTION_WHOLE:
        return parse_whole(option, value, field, error);
    case HL_OPTION_SECONDS:
        return parse_seconds(option, value, field, error);
    }
    g_assert_not_reached();
}

static const struct hl_option *find(const struct hl_options *options,
                                    const char *name, size_t length)
{
    for (const struct hl_option *o = options->table; o->name; o++) {
        if (strlen(o->name) == length && !strncmp(o->name, name, length)) {
            return o;
        }
    }
    return NULL;
}

static void print_help(const struct hl_options *options)
{
    printf("Usage: hyperlua %s\n\n%s\n\n", options->usage, options->about);
    for (const struct hl_option *o = options->table; o->name; o++) {
        g_autofree char *left = g_strdup_printf("--%s %s", o->name,
            o->argument ? o->argument : "");

        printf("  %-24s %s%s\n", left, o->help,
               o->kind == HL_OPTION_LIST ? " (repeat)" : "");
    }
    printf("  %-24s %s\n", "--help", "this text");
}

/* One option at *args, which is left at its last word. */
static gboolean take(const struct hl_options *options, char ***args,
                     void *fields, GError **error)
{
    const char *name = **args + 2;
    size_t length = strcspn(name, "=");
    const struct hl_option *option = find(options, name, length);
    const char *value = name[length] ? name + length + 1 : NULL;

    if (!option) {
        return hl_fail(error, "unknown option --%.*s (hyperlua %.*s --help "
                       "lists them)", (int)length, name,
                       (int)strcspn(options->usage, " "), options->usage);
    }
    if (option->kind == HL_OPTION_FLAG && value) {
        return hl_fail(error, "--%s takes no value", option->name);
    }
    if (option->kind != HL_OPTION_FLAG && !value) {
        value = (*args)[1];
        if (!value) {
            return hl_fail(error, "--%s needs %s", option->name,
                           option->argument);
        }
        ++*args;
    }
    return set(option, value, fields, error);
}

static void make_lists(const struct hl_options *options, void *fields)
{
    for (const struct hl_option *o = options->table; o->name; o++) {
        if (o->kind == HL_OPTION_LIST) {
            *(GPtrArray **)((char *)fields + o->offset) =
                g_ptr_array_new_with_free_func(g_free);
        }
    }
}

gboolean hl_options_parse(const struct hl_options *options, char **args,
                          void *fields, char ***rest, gboolean *helped,
                          GError **error)
{
    *rest = NULL;
    make_lists(options, fields);
    for (; *args; args++) {
        if (strcmp(*args, "--") == 0) {
            *rest = args[1] ? args + 1 : NULL;
            return TRUE;
        }
        if (strcmp(*args, "--help") == 0 || strcmp(*args, "-h") == 0) {
            print_help(options);
            *helped = TRUE;
            return TRUE;
        }
        if (strncmp(*args, "--", 2) != 0) {
            return hl_fail(error, "unexpected argument %s: the command to run "
                           "goes after --", *args);
        }
        if (!take(options, &args, fields, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

void hl_options_free(const struct hl_options *options, void *fields)
{
    for (const struct hl_option *o = options->table; o->name; o++) {
        void *field = (char *)fields + o->offset;

        if (o->kind == HL_OPTION_TEXT) {
            g_clear_pointer((char **)field, g_free);
        } else if (o->kind == HL_OPTION_LIST) {
            g_clear_pointer((GPtrArray **)field, g_ptr_array_unref);
        }
    }
}
