/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest did to the files, and what nobody answered: hands each
 * operation to the log that is kept (kept.c), to the stream
 * (stream.c), or to the list of what is missing (missing.c).  All
 * under engine->lock; only the stream has a thread.
 */
#include "results.h"

#include <unistd.h>

#include "missing.h"
#include "json.h"
#include "kept.h"
#include "stream.h"
#include "text.h"

struct hl_results {
    char *log_file;
    char *missing_file;
    struct hl_kept *kept;
    struct hl_stream *stream;
    struct hl_missing *missing;
    uint64_t operations;
    bool changed;               /* since it was written */
};

/* "log/run.yaml", ".jsonl" -> "log/run.jsonl" */
static char *beside(const char *log_file, const char *ending)
{
    static const char *const own[] = { ".yaml", ".yml" };
    size_t size = strlen(log_file);

    for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
        if (g_str_has_suffix(log_file, own[i])) {
            size -= strlen(own[i]);
            break;
        }
    }
    return g_strdup_printf("%.*s%s", (int)size, log_file, ending);
}

static bool create(const char *path, char **error)
{
    int fd = hl_results_create(path, error);

    if (fd < 0) {
        return false;
    }
    close(fd);
    return true;
}

struct hl_results *hl_results_new(const struct hl_target *target,
                                  const char *log_file, char **error)
{
    g_autofree char *missing_file = beside(log_file, ".missing.yaml");
    g_autofree char *stream_file = beside(log_file, ".jsonl");
    struct hl_stream *stream;
    struct hl_results *results;

    if (!create(log_file, error) || !create(missing_file, error)) {
        return NULL;
    }
    stream = hl_stream_new(stream_file, HL_STREAM_LINE_MAX, error);
    if (!stream) {
        return NULL;
    }
    results = g_new0(struct hl_results, 1);
    results->log_file = g_strdup(log_file);
    results->missing_file = g_steal_pointer(&missing_file);
    results->kept = hl_kept_new();
    results->stream = stream;
    results->missing = hl_missing_new(target);
    results->changed = true;
    return results;
}

void hl_results_add(struct hl_results *results, const char *path,
                    const struct hl_file_request *done)
{
    char *line;

    if (!results || (unsigned)done->op >= HYP_FILE_OPS_COUNT) {
        return;
    }
    results->operations++;
    results->changed = true;
    hl_kept_add(results->kept, path, done);
    line = hl_stream_begin(results->stream, hl_json_line_max(path, done));
    if (line) {
        hl_stream_end(results->stream,
                      hl_json_line(line, results->operations, path, done));
    }
}

void hl_results_missing_path(struct hl_results *results, const char *path,
                             uint32_t pid, const char *comm)
{
    if (results) {
        results->changed = true;
        hl_missing_add_path(results->missing, path, comm);
    }
}

void hl_results_missing_ioctl(struct hl_results *results, const char *path,
                              uint32_t cmd, int64_t retval, uint32_t pid,
                              const char *comm)
{
    if (results) {
        results->changed = true;
        hl_missing_add_ioctl(results->missing, path, cmd, retval, comm);
    }
}

static bool write_kept(struct hl_results *results, char **error)
{
    struct hl_emit emit;

    if (!hl_emit_open(&emit, results->log_file, error)) {
        return false;
    }
    hl_kept_emit(results->kept, &emit);
    return hl_emit_close(&emit, results->log_file, error);
}

static bool write_missing(struct hl_results *results, char **error)
{
    struct hl_emit emit;

    if (!hl_emit_open(&emit, results->missing_file, error)) {
        return false;
    }
    hl_missing_emit(results->missing, &emit);
    return hl_emit_close(&emit, results->missing_file, error);
}

/* Of several errors the first is told; what can be written is. */
bool hl_results_write(struct hl_results *results, char **error)
{
    char *errors[3] = { NULL };
    bool good = true;

    if (!results) {
        return true;
    }
    hl_stream_flush(results->stream);
    errors[0] = hl_stream_take_error(results->stream);
    if (results->changed) {
        results->changed = false;
        write_kept(results, &errors[1]);
        write_missing(results, &errors[2]);
        results->changed = errors[1] || errors[2];
    }
    for (size_t i = 0; i < G_N_ELEMENTS(errors); i++) {
        if (errors[i] && good) {
            good = false;
            *error = errors[i];
        } else {
            g_free(errors[i]);
        }
    }
    return good;
}

void hl_results_flush(struct hl_results *results)
{
    if (results) {
        hl_stream_flush(results->stream);
    }
}

void hl_results_free(struct hl_results *results)
{
    g_autofree char *error = NULL;

    if (!results) {
        return;
    }
    hl_results_write(results, &error);
    hl_stream_free(results->stream);
    hl_kept_free(results->kept);
    hl_missing_free(results->missing);
    g_free(results->log_file);
    g_free(results->missing_file);
    g_free(results);
}
