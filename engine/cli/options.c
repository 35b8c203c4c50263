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
    case HL_OPTION_PAIRS:
        g_ptr_array_add(*(GPtrArray **)field, g_strdup(option->name));
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

/* Two kinds of option hold a list. */
static gboolean is_list(const struct hl_option *option)
{
    return option->kind == HL_OPTION_LIST || option->kind == HL_OPTION_PAIRS;
}

static void print_help(const struct hl_options *options)
{
    printf("Usage: hyperlua %s\n\n%s\n\n", options->usage, options->about);
    for (const struct hl_option *o = options->table; o->name; o++) {
        g_autofree char *letter = o->letter
            ? g_strdup_printf("-%c, ", o->letter) : g_strdup("");
        g_autofree char *left = g_strdup_printf("%s--%s %s", letter, o->name,
            o->argument ? o->argument : "");

        printf("  %-24s %s%s\n", left, o->help,
               is_list(o) ? " (repeat)" : "");
    }
    printf("  %-24s %s\n", "--help", "this text");
}

/* "-e": NULL when no option has that letter. */
static const struct hl_option *find_letter(const struct hl_options *options,
                                           const char *word)
{
    const struct hl_option *o = options->table;

    while (o->name && (o->letter == 0 || o->letter != word[1] || word[2])) {
        o++;
    }
    return o->name ? o : NULL;
}

static const struct hl_option *find_word(const struct hl_options *options,
                                         const char *word, const char **value,
                                         GError **error)
{
    gboolean is_long = word[1] == '-';
    size_t length = strcspn(word, "=");
    const struct hl_option *option = is_long
        ? find(options, word + 2, length - 2) : find_letter(options, word);

    *value = is_long && word[length] ? word + length + 1 : NULL;
    if (!option) {
        hl_fail(error, "unknown option %.*s (hyperlua %.*s --help lists them)",
                (int)length, word, (int)strcspn(options->usage, " "),
                options->usage);
    }
    return option;
}

/* One option at *args, which is left at its last word. */
static gboolean take(const struct hl_options *options, char ***args,
                     void *fields, GError **error)
{
    const char *value;
    const struct hl_option *option = find_word(options, **args, &value, error);

    if (!option) {
        return FALSE;
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
        GPtrArray **field = (GPtrArray **)((char *)fields + o->offset);

        if (is_list(o) && !*field) {
            *field = g_ptr_array_new_with_free_func(g_free);
        }
    }
}

static gboolean is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* The word before the options; *args goes on behind it. */
static gboolean take_first(const struct hl_options *options, char ***args,
                           void *fields, GError **error)
{
    const char *word = **args;

    if (options->first == 0 || (word && is_help(word))) {
        return TRUE;
    }
    if (!word || *word == '-' || *word == '\0') {
        return hl_fail(error, "usage: hyperlua %s", options->usage);
    }
    *(char **)((char *)fields + options->first) = (char *)word;
    ++*args;
    return TRUE;
}

/* "-" alone is a word, too. */
static gboolean is_word(const char *word)
{
    return *word != '-' || word[1] == '\0';
}

static gboolean take_word(const struct hl_options *options, char *word,
                          void *fields, GError **error)
{
    if (options->words == 0) {
        return hl_fail(error, "unexpected argument %s: the command to run "
                       "goes after --", word);
    }
    g_ptr_array_add(*(GPtrArray **)((char *)fields + options->words), word);
    return TRUE;
}

gboolean hl_options_parse(const struct hl_options *options, char **args,
                          void *fields, char ***rest, gboolean *helped,
                          GError **error)
{
    *rest = NULL;
    make_lists(options, fields);
    if (!take_first(options, &args, fields, error)) {
        return FALSE;
    }
    for (; *args; args++) {
        if (strcmp(*args, "--") == 0) {
            *rest = args[1] ? args + 1 : NULL;
            return TRUE;
        }
        if (is_help(*args)) {
            print_help(options);
            *helped = TRUE;
            return TRUE;
        }
        if (is_word(*args) ? !take_word(options, *args, fields, error)
                           : !take(options, &args, fields, error)) {
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
        } else if (is_list(o)) {
            g_clear_pointer((GPtrArray **)field, g_ptr_array_unref);
        }
    }
}
