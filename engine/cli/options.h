/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options from a table: the same table parses them and makes --help. */
#ifndef HL_CLI_OPTIONS_H
#define HL_CLI_OPTIONS_H

#include <glib.h>

enum hl_option_kind {
    HL_OPTION_FLAG,     /* gboolean */
    HL_OPTION_TEXT,     /* char *, owned; the last one given counts */
    HL_OPTION_LIST,     /* GPtrArray *, of all that were given */
    HL_OPTION_PAIRS,    /* as LIST; each name, then value: they share a field */
    HL_OPTION_WHOLE,    /* int, within min and max */
    HL_OPTION_SECONDS,  /* double, above zero */
};

struct hl_option {
    const char *name;       /* without the dashes */
    const char *argument;   /* what --help calls it, NULL for a flag */
    const char *help;
    enum hl_option_kind kind;
    size_t offset;          /* of the field in what hl_options_parse fills */
    int min, max;
    char letter;            /* as in -e, or 0 */
};

/* A subcommand's options; the table ends with a name of NULL. */
struct hl_options {
    const char *usage;      /* "run [OPTIONS] [-- COMMAND ARGS...]" */
    const char *about;
    size_t first;           /* of a char * before the options, or 0: none */
    size_t words;           /* of a GPtrArray *: what is no option; or 0 */
    const struct hl_option *table;
};

/*
 * Fills the fields, all zero before, and leaves *rest at what follows "--", or
 * at NULL. When --help was asked for it is printed, and *helped set.
 */
gboolean hl_options_parse(const struct hl_options *options, char **args,
                          void *fields, char ***rest, gboolean *helped,
                          GError **error);
void hl_options_free(const struct hl_options *options, void *fields);

#endif
