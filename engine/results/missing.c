/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nobody answered: missing paths and ioctls, counted by process and
 * ranked.  results.c calls it under engine->lock.
 */
#include "missing.h"

#include <string.h>

#include "ioctl_decode.h"
#include "paste.h"
#include "text.h"

struct process {
    char *comm;                 /* UTF-8 */
    uint64_t count;
};

/* A missing path, or an ioctl. */
struct lack {
    char *path;                 /* as the guest named it; NULL: not known */
    uint32_t cmd;
    int64_t retval;             /* the last */
    uint64_t count;
    struct process process[HL_MISSING_PROCESSES];
    unsigned processes;
    uint64_t others;            /* of other processes */
};

struct hl_missing {
    const struct hl_target *target;
    GHashTable *paths;          /* a set of struct lack */
    GHashTable *ioctls;         /* the same */
    uint64_t other_paths;       /* how often, not how many */
    uint64_t other_ioctls;
};

static guint lack_hash(gconstpointer key)
{
    const struct lack *lack = key;

    return (lack->path ? g_str_hash(lack->path) : 0) ^ lack->cmd * 0x9e3779b1U;
}

static gboolean lack_equal(gconstpointer a, gconstpointer b)
{
    const struct lack *left = a, *right = b;

    return left->cmd == right->cmd && !g_strcmp0(left->path, right->path);
}

static void free_lack(gpointer user)
{
    struct lack *lack = user;

    for (unsigned i = 0; i < lack->processes; i++) {
        g_free(lack->process[i].comm);
    }
    g_free(lack->path);
    g_free(lack);
}

struct hl_missing *hl_missing_new(const struct hl_target *target)
{
    struct hl_missing *missing = g_new0(struct hl_missing, 1);

    missing->target = target;
    missing->paths = g_hash_table_new_full(lack_hash, lack_equal, free_lack,
                                           NULL);
    missing->ioctls = g_hash_table_new_full(lack_hash, lack_equal, free_lack,
                                            NULL);
    return missing;
}

void hl_missing_free(struct hl_missing *missing)
{
    g_hash_table_destroy(missing->paths);
    g_hash_table_destroy(missing->ioctls);
    g_free(missing);
}

static void count_process(struct lack *lack, const char *raw)
{
    g_autofree char *comm = hl_text_name(raw ? raw : "", HL_COMM_SIZE);

    for (unsigned i = 0; i < lack->processes; i++) {
        if (!strcmp(lack->process[i].comm, comm)) {
            lack->process[i].count++;
            return;
        }
    }
    /* A process of that name would be a key twice. */
    if (lack->processes == HL_MISSING_PROCESSES ||
        !strcmp(comm, HL_MISSING_OTHERS)) {
        lack->others++;
        return;
    }
    lack->process[lack->processes++] =
        (struct process){ g_steal_pointer(&comm), 1 };
}

/* NULL: there are max of them already, or no file can have that path. */
static struct lack *lack_of(GHashTable *table, unsigned max, const char *path,
                            uint32_t cmd)
{
    struct lack key = { .path = (char *)path, .cmd = cmd };
    struct lack *lack = g_hash_table_lookup(table, &key);

    if (!lack && g_hash_table_size(table) < max &&
        (!path || strlen(path) <= HYPERFILE_PATH_MAX)) {
        lack = g_new0(struct lack, 1);
        lack->path = g_strdup(path);
        lack->cmd = cmd;
        g_hash_table_add(table, lack);
    }
    return lack;
}

void hl_missing_add_path(struct hl_missing *missing, const char *path,
                         const char *comm)
{
    struct lack *lack = lack_of(missing->paths, HL_MISSING_PATHS, path, 0);

    if (!lack) {
        missing->other_paths++;
        return;
    }
    lack->count++;
    count_process(lack, comm);
}

void hl_missing_add_ioctl(struct hl_missing *missing, const char *path,
                          uint32_t cmd, int64_t retval, const char *comm)
{
    struct lack *lack = lack_of(missing->ioctls, HL_MISSING_IOCTLS, path, cmd);

    if (!lack) {
        missing->other_ioctls++;
        return;
    }
    lack->count++;
    lack->retval = retval;
    count_process(lack, comm);
}

/* --- as YAML ------------------------------------------------------------- */

/* Files that stand for hardware or for the kernel. */
static bool is_special(const struct lack *lack)
{
    return lack->path && (g_str_has_prefix(lack->path, "/dev/") ||
                          g_str_has_prefix(lack->path, "/proc/") ||
                          g_str_has_prefix(lack->path, "/sys/"));
}

static int by_number(uint64_t more, uint64_t less)
{
    return (more < less) - (more > less);
}

/* Equal ones have an order too, so that two runs can be compared. */
static gint by_count(gconstpointer a, gconstpointer b)
{
    const struct lack *left = a, *right = b;
    int order = by_number(left->count, right->count);

    if (order == 0) {
        order = g_strcmp0(left->path, right->path);
    }
    return order ? order : -by_number(left->cmd, right->cmd);
}

static gint by_kind_and_count(gconstpointer a, gconstpointer b)
{
    int order = by_number(is_special(a), is_special(b));

    return order ? order : by_count(a, b);
}

static gint by_process_count(gconstpointer a, gconstpointer b)
{
    const struct process *left = a, *right = b;
    int order = by_number(left->count, right->count);

    return order ? order : strcmp(left->comm, right->comm);
}

static void emit_count(struct hl_emit *emit, const char *key, uint64_t count)
{
    hl_emit_key(emit, key);
    hl_emit_uint(emit, count);
}

static void emit_block(struct hl_emit *emit, const char *key, char *lines)
{
    hl_emit_key(emit, key);
    hl_emit_block(emit, lines);
    g_free(lines);
}

static void emit_path(struct hl_emit *emit, const char *path)
{
    g_autofree char *name = hl_text_name(path, SIZE_MAX);

    hl_emit_key(emit, "path");
    hl_emit_name(emit, name);
}

static void emit_processes(struct hl_emit *emit, const struct lack *lack)
{
    struct process ranked[HL_MISSING_PROCESSES];

    memcpy(ranked, lack->process, sizeof(ranked));
    qsort(ranked, lack->processes, sizeof(ranked[0]), by_process_count);
    hl_emit_key(emit, "processes");
    hl_emit_map(emit);
    for (unsigned i = 0; i < lack->processes; i++) {
        hl_emit_name(emit, ranked[i].comm);
        hl_emit_uint(emit, ranked[i].count);
    }
    if (lack->others > 0) {
        emit_count(emit, HL_MISSING_OTHERS, lack->others);
    }
    hl_emit_map_end(emit);
}

static void emit_missing_path(struct hl_emit *emit, const struct lack *lack)
{
    hl_emit_map(emit);
    emit_path(emit, lack->path);
    emit_count(emit, "count", lack->count);
    emit_processes(emit, lack);
    emit_block(emit, "yaml", hl_paste_path_yaml(lack->path));
    emit_block(emit, "lua", hl_paste_path_lua(lack->path));
    hl_emit_map_end(emit);
}

static void emit_missing_ioctl(struct hl_emit *emit,
                               const struct hl_target *target,
                               const struct lack *lack)
{
    struct hl_ioctl decoded;

    hl_ioctl_decode(target, lack->cmd, &decoded);
    hl_emit_map(emit);
    if (lack->path) {
        emit_path(emit, lack->path);
    }
    hl_emit_key(emit, "cmd");
    hl_emit_hex(emit, lack->cmd);
    hl_emit_key(emit, "decoded");
    hl_emit_text(emit, decoded.text, strlen(decoded.text));
    emit_count(emit, "count", lack->count);
    hl_emit_key(emit, "retval");
    hl_emit_int(emit, lack->retval);
    emit_processes(emit, lack);
    if (lack->path) {
        emit_block(emit, "yaml", hl_paste_ioctl_yaml(lack->path, lack->cmd,
                                                     decoded.text));
    }
    emit_block(emit, "lua", hl_paste_ioctl_lua(lack->path, lack->cmd,
                                               decoded.text));
    hl_emit_map_end(emit);
}

static void emit_others(struct hl_emit *emit, uint64_t count)
{
    if (count > 0) {
        hl_emit_map(emit);
        emit_count(emit, HL_MISSING_OTHERS, count);
        hl_emit_map_end(emit);
    }
}

void hl_missing_emit(const struct hl_missing *missing, struct hl_emit *emit)
{
    g_autoptr(GList) paths = g_list_sort(g_hash_table_get_keys(missing->paths),
                                         by_kind_and_count);
    g_autoptr(GList) ioctls = g_list_sort(
        g_hash_table_get_keys(missing->ioctls), by_count);

    hl_emit_map(emit);
    hl_emit_key(emit, "paths");
    hl_emit_list(emit);
    for (GList *at = paths; at; at = at->next) {
        emit_missing_path(emit, at->data);
    }
    emit_others(emit, missing->other_paths);
    hl_emit_list_end(emit);
    hl_emit_key(emit, "ioctls");
    hl_emit_list(emit);
    for (GList *at = ioctls; at; at = at->next) {
        emit_missing_ioctl(emit, missing->target, at->data);
    }
    emit_others(emit, missing->other_ioctls);
    hl_emit_list_end(emit);
    hl_emit_map_end(emit);
}
