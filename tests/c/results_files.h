/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results in a folder of their own, for the C tests. */
#ifndef RESULTS_FILES_H
#define RESULTS_FILES_H

#include <glib/gstdio.h>
#include <string.h>

#include "results/results.h"

struct files {
    char *dir;
    char *log;                  /* x.yaml */
    char *stream;               /* x.jsonl */
    char *missing;              /* x.missing.yaml */
    struct hl_results *results;
};

/* The folder, still empty, where results are to lie. */
static inline struct files files_dir(void)
{
    g_autoptr(GError) error = NULL;
    struct files files = { .dir = g_dir_make_tmp("results-XXXXXX", &error) };

    g_assert_no_error(error);
    files.log = g_build_filename(files.dir, "x.yaml", NULL);
    files.stream = g_build_filename(files.dir, "x.jsonl", NULL);
    files.missing = g_build_filename(files.dir, "x.missing.yaml", NULL);
    return files;
}

static inline void files_open(struct files *files, const char *target)
{
    char *error = NULL;

    files->results = hl_results_new(hl_target_find(target), files->log, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_nonnull(files->results);
}

static inline struct files files_new(const char *target)
{
    struct files files = files_dir();

    files_open(&files, target);
    return files;
}

static inline void files_write(struct files *files)
{
    char *error = NULL;
    bool written = hl_results_write(files->results, &error);

    g_assert_cmpstr(error, ==, NULL);
    g_assert_true(written);
}

static inline char *files_text(const char *path)
{
    gchar *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static inline void files_assert(const char *path, const char *expected)
{
    g_autofree char *text = files_text(path);

    g_assert_cmpstr(text, ==, expected);
}

/* Ends the results, if that has not been done, and removes the folder. */
static inline void files_free(struct files *files)
{
    hl_results_free(files->results);
    g_remove(files->log);
    g_remove(files->stream);
    g_remove(files->missing);
    g_assert_cmpint(g_rmdir(files->dir), ==, 0);
    g_free(files->log);
    g_free(files->stream);
    g_free(files->missing);
    g_free(files->dir);
}

#endif
