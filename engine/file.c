/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of files, and how the guest is told of one. */
#include "file.h"

#include <errno.h>
#include <fnmatch.h>
#include <lauxlib.h>
#include <string.h>

#include "log.h"
#include "lua_file.h"
#include "script.h"
#include "task.h"

/* Files that no script made, only the guest's requests: a bound for them. */
#define UNKNOWN_MAX 4096
/* The last of them stands for all further ones; no path is like that. */
#define UNKNOWN_REST "others"

struct hl_files {
    GHashTable *by_id;
    GHashTable *by_path;
    GQueue order;               /* of struct hl_file, patterns included */
    GQueue patterns;            /* the latest first */
    uint32_t last_id;
    uint32_t unknown;           /* made so far by hl_file_unknown */
    struct hl_behaviour nobody; /* of files that only the guest named */
};

struct hl_files *hl_files_new(void)
{
    struct hl_files *files = g_new0(struct hl_files, 1);

    files->by_id = g_hash_table_new(NULL, NULL);
    files->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    files->nobody = (struct hl_behaviour){
        .holders = 1, .quiet = true, .origin = (char *)"the guest",
        .size = -1, .object_ref = LUA_NOREF, .states_ref = LUA_NOREF,
    };
    for (int op = 0; op < HYP_FILE_OPS_COUNT; op++) {
        files->nobody.op[op].ref = LUA_NOREF;
    }
    return files;
}

static void free_file(struct hl_file *file)
{
    if (file->written) {
        g_byte_array_unref(file->written);
    }
    g_free(file->spec);
    g_free(file->path);
    g_free(file);
}

/* After the scripts, whose behaviours go with them. */
void hl_files_free(struct hl_files *files)
{
    g_queue_foreach(&files->order, (GFunc)(void (*)(void))free_file, NULL);
    g_queue_clear(&files->order);
    g_queue_clear(&files->patterns);
    g_hash_table_unref(files->by_id);
    g_hash_table_unref(files->by_path);
    g_free(files);
}

struct hl_file *hl_file_find(struct hl_engine *engine, uint32_t id)
{
    return g_hash_table_lookup(engine->files->by_id, GUINT_TO_POINTER(id));
}

struct hl_file *hl_file_find_path(struct hl_engine *engine, const char *path)
{
    return g_hash_table_lookup(engine->files->by_path, path);
}

struct hl_file *hl_file_match(struct hl_engine *engine, const char *path)
{
    for (GList *link = engine->files->patterns.head; link; link = link->next) {
        struct hl_file *file = link->data;

        if (fnmatch(file->path, path, FNM_PATHNAME) == 0) {
            return file;
        }
    }
    return NULL;
}

uint32_t hl_files_count(const struct hl_engine *engine)
{
    return engine->files->order.length - engine->files->patterns.length;
}

void hl_files_each(struct hl_engine *engine,
                   bool (*each)(struct hl_file *file, void *user), void *user)
{
    for (GList *link = engine->files->order.head; link; link = link->next) {
        if (!each(link->data, user)) {
            return;
        }
    }
}

/* --- what the guest is told ----------------------------------------------- */

static size_t spec_size(const struct hl_file *file)
{
    return sizeof(struct hl_node_spec) + strlen(file->path) + 1;
}

static struct hl_node_spec *make_spec(const struct hl_file *file)
{
    const struct hl_behaviour *now = file->now;
    size_t size = strlen(file->path);
    struct hl_node_spec *spec = g_malloc0(spec_size(file));

    spec->id = GUINT32_TO_LE(file->id);
    spec->flags = GUINT32_TO_LE(now->flags);
    spec->mode = GUINT32_TO_LE(now->mode);
    spec->seek = GUINT32_TO_LE(now->seek);
    spec->size = GUINT64_TO_LE((uint64_t)MAX(now->size, 0));
    spec->map_size = GUINT32_TO_LE(now->map_size);
    spec->major = GUINT32_TO_LE(now->major);
    spec->minor = GUINT32_TO_LE(now->minor);
    spec->path_size = GUINT32_TO_LE((uint32_t)size);
    memcpy(spec->path, file->path, size);
    return spec;
}

static void ask_add(struct hl_task *task, struct hl_item *item)
{
    struct hl_file *file = (struct hl_file *)item;

    g_free(file->spec);
    file->spec = make_spec(file);
    task->ask.op = HL_OP_NODE_ADD;
    task->ask.data = file->spec;
    task->ask.data_size = (uint32_t)spec_size(file);
    task->ask.size = task->ask.data_size;
    file->map_sent = 0;
    item->tells = file->now->map_bytes != NULL || file->wake;
}

static void ask_remove(struct hl_task *task, struct hl_item *item)
{
    task->ask.op = HL_OP_NODE_REMOVE;
    task->ask.addr = ((struct hl_file *)item)->id;
}

/* The next piece of what mmap shows at first. */
static bool ask_map_write(struct hl_task *task, struct hl_file *file)
{
    struct message {
        struct hl_map_args args;
        uint8_t bytes[HL_CHUNK - sizeof(struct hl_map_args)];
    };
    static struct message message;      /* under the lock, until it is sent */
    gsize size;
    const uint8_t *bytes = g_bytes_get_data(file->now->map_bytes, &size);
    uint32_t piece = (uint32_t)MIN(sizeof(message.bytes),
                                   size - file->map_sent);

    message.args.node = GUINT32_TO_LE(file->id);
    message.args.size = GUINT32_TO_LE(piece);
    message.args.offset = GUINT64_TO_LE(file->map_sent);
    memcpy(message.bytes, bytes + file->map_sent, piece);
    file->map_sent += piece;
    file->told = piece;
    task->ask.op = HL_OP_MAP_WRITE;
    task->ask.data = &message;
    task->ask.data_size = (uint32_t)sizeof(message.args) + piece;
    task->ask.size = task->ask.data_size;
    return true;
}

static bool ask_tell(struct hl_task *task, struct hl_item *item)
{
    struct hl_file *file = (struct hl_file *)item;

    if (file->now->map_bytes &&
        file->map_sent < g_bytes_get_size(file->now->map_bytes)) {
        return ask_map_write(task, file);
    }
    if (!file->wake) {
        return false;
    }
    file->wake = false;
    file->told = 0;
    task->ask.op = HL_OP_NODE_WAKE;
    task->ask.addr = file->id;
    return true;
}

static void untold(struct hl_item *item)
{
    struct hl_file *file = (struct hl_file *)item;

    file->map_sent -= file->told;
    file->wake |= file->told == 0;
}

static const char *advice(const struct hl_target *target, int error)
{
    switch (error) {
    case EISDIR:
        return "there is a folder at that path";
    case EBUSY:
        return "another model has that file, by another path, or it is mapped";
    case EROFS:
        return "its folder lies on a read-only file system";
    case ENOTDIR:
        return "a part of its path is a file, not a folder";
    default:
        return g_strerror(hl_errno_to_host(target, error));
    }
}

static void refused(struct hl_engine *engine, struct hl_item *item, int error)
{
    struct hl_file *file = (struct hl_file *)item;

    hl_log(engine, HL_ERROR, "%s (%s): the guest could not make it: %s",
           file->path, file->now->origin, advice(engine->target, error));
}

/* --- coming and going ----------------------------------------------------- */

void hl_files_forget_guest(struct hl_engine *engine)
{
    for (GList *link = engine->files->order.head; link; link = link->next) {
        hl_file_forget_states(((struct hl_file *)link->data)->now);
    }
}

void hl_file_hold(struct hl_file *file)
{
    file->holders++;
}

void hl_file_let_go(struct hl_engine *engine, struct hl_file *file)
{
    if (--file->holders == 0) {
        hl_file_forget_written(file);
        free_file(file);
    }
}

/* The behaviour that no longer answers there: its script may go now. */
static void leave(struct hl_file *file, struct hl_behaviour *behaviour)
{
    struct hl_script *script = behaviour->script;

    if (script) {
        behaviour->file = NULL;
        hl_behaviour_forget(behaviour);
    }
    hl_behaviour_let_go(behaviour);
    if (script) {
        hl_script_unuse(script);
    }
}

static void answer_by(struct hl_file *file, struct hl_behaviour *behaviour)
{
    struct hl_behaviour *before = file->now;

    hl_behaviour_hold(behaviour);
    if (behaviour->script) {
        hl_script_use(behaviour->script);
        behaviour->file = file;
    }
    file->now = behaviour;
    file->warned = behaviour->quiet ? ~0u : 0;
    if (before) {
        leave(file, before);
    }
}

static void take_from_table(struct hl_engine *engine, struct hl_file *file)
{
    struct hl_files *files = engine->files;

    file->in_table = false;
    g_hash_table_remove(files->by_id, GUINT_TO_POINTER(file->id));
    g_hash_table_remove(files->by_path, file->path);
    g_queue_delete_link(&files->order, file->order);
    g_queue_remove(&files->patterns, file);
    answer_by(file, &files->nobody);
    hl_file_let_go(engine, file);
}

/* The item's, once the guest has taken the node out. */
static void release(struct hl_engine *engine, struct hl_item *item)
{
    take_from_table(engine, (struct hl_file *)item);
}

static const struct hl_item_ops file_ops = {
    .ask_add = ask_add,
    .ask_remove = ask_remove,
    .ask_tell = ask_tell,
    .untold = untold,
    .refused = refused,
    .release = release,
};

static struct hl_file *new_file(struct hl_engine *engine, const char *path)
{
    struct hl_files *files = engine->files;
    struct hl_file *file = g_new0(struct hl_file, 1);

    file->id = ++files->last_id;
    file->kept = &engine->kept;
    file->path = g_strdup(path);
    file->in_table = true;
    file->holders = 1;
    answer_by(file, &files->nobody);
    g_hash_table_insert(files->by_id, GUINT_TO_POINTER(file->id), file);
    g_hash_table_insert(files->by_path, file->path, file);
    g_queue_push_tail(&files->order, file);
    file->order = files->order.tail;
    return file;
}

/* Whether another version's behaviour goes on as this one. */
static bool goes_on(const struct hl_file *file,
                    const struct hl_behaviour *behaviour)
{
    return file->now->script && file->now->script != behaviour->script;
}

/* Bytes that mmap shows come anew only when they are others. */
static bool same_map(const struct hl_behaviour *a, const struct hl_behaviour *b)
{
    return a->map_bytes == b->map_bytes ||
           (a->map_bytes && b->map_bytes &&
            g_bytes_equal(a->map_bytes, b->map_bytes));
}

static bool same_spec(const struct hl_file *file)
{
    g_autofree struct hl_node_spec *spec = make_spec(file);

    return file->spec && !memcmp(file->spec, spec, spec_size(file));
}

static void place(struct hl_engine *engine, struct hl_file *file, bool as_is)
{
    if (file->now->pattern) {
        g_queue_remove(&engine->files->patterns, file);
        g_queue_push_head(&engine->files->patterns, file);
    } else if (!file->placed) {
        file->placed = true;
        hl_item_add(engine, &file->item, &file_ops);
    } else if (!as_is || file->item.removed || !same_spec(file)) {
        hl_item_change(engine, &file->item);
    }
}

void hl_file_adopt(struct hl_engine *engine, struct hl_behaviour *behaviour)
{
    struct hl_file *file = hl_file_find_path(engine, behaviour->path);
    bool on;
    bool as_is;

    if (!file) {
        file = new_file(engine, behaviour->path);
    }
    on = goes_on(file, behaviour);
    as_is = on && same_map(file->now, behaviour);
    if (on) {
        hl_file_pass_states(file->now, behaviour);
    }
    if (!on || !behaviour->keeps_writes) {
        hl_file_forget_written(file);
    }
    answer_by(file, behaviour);
    place(engine, file, as_is);
}

void hl_file_remove(struct hl_engine *engine, struct hl_file *file)
{
    if (!file->in_table) {
        return;
    }
    if (file->placed) {
        hl_item_remove(engine, &file->item);
    } else {
        take_from_table(engine, file);
    }
}

void hl_file_wake(struct hl_engine *engine, struct hl_file *file)
{
    if (file->in_table && file->placed) {
        file->wake = true;
        hl_item_tell(engine, &file->item);
    }
}

struct hl_file *hl_file_unknown(struct hl_engine *engine, const char *path)
{
    struct hl_files *files = engine->files;
    struct hl_file *file;

    if (files->unknown == UNKNOWN_MAX) {
        return hl_file_find_path(engine, UNKNOWN_REST);
    }
    files->unknown++;
    file = new_file(engine, files->unknown == UNKNOWN_MAX ? UNKNOWN_REST
                                                          : path);
    return file;
}
