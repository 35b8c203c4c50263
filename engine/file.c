/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of files, and how the guest is told of one. */
#include "file.h"

#include <errno.h>
#include <fnmatch.h>
#include <lauxlib.h>
#include <string.h>

#include "log.h"
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
};

struct hl_files *hl_files_new(void)
{
    struct hl_files *files = g_new0(struct hl_files, 1);

    files->by_id = g_hash_table_new(NULL, NULL);
    files->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    return files;
}

static void free_file(struct hl_file *file)
{
    g_clear_pointer(&file->ioctls, g_hash_table_unref);
    g_clear_pointer(&file->map_bytes, g_bytes_unref);
    if (file->written) {
        g_byte_array_unref(file->written);
    }
    g_free(file->spec);
    g_free(file->origin);
    g_free(file->path);
    g_free(file);
}

/* After the Lua state, whose references go with it. */
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
        struct hl_file *file = link->data;

        if (!file->pattern && !each(file, user)) {
            return;
        }
    }
}

struct hl_answerer *hl_file_ioctl(struct hl_file *file, uint32_t cmd)
{
    struct hl_answerer *own = NULL;

    if (file->ioctls) {
        own = g_hash_table_lookup(file->ioctls, GUINT_TO_POINTER(cmd));
    }
    return own ? own : &file->op[HYP_IOCTL];
}

/* --- what the guest is told ----------------------------------------------- */

static void make_spec(struct hl_file *file)
{
    size_t size = strlen(file->path);
    struct hl_node_spec *spec = g_malloc0(sizeof(*spec) + size + 1);

    spec->id = GUINT32_TO_LE(file->id);
    spec->flags = GUINT32_TO_LE(file->flags);
    spec->mode = GUINT32_TO_LE(file->mode);
    spec->seek = GUINT32_TO_LE(file->seek);
    spec->size = GUINT64_TO_LE((uint64_t)MAX(file->size, 0));
    spec->map_size = GUINT32_TO_LE(file->map_size);
    spec->major = GUINT32_TO_LE(file->major);
    spec->minor = GUINT32_TO_LE(file->minor);
    spec->path_size = GUINT32_TO_LE((uint32_t)size);
    memcpy(spec->path, file->path, size);
    g_free(file->spec);
    file->spec = spec;
}

static void ask_add(struct hl_task *task, struct hl_item *item)
{
    struct hl_file *file = (struct hl_file *)item;

    make_spec(file);
    task->ask.op = HL_OP_NODE_ADD;
    task->ask.data = file->spec;
    task->ask.data_size = (uint32_t)(sizeof(*file->spec) +
                                     strlen(file->path) + 1);
    task->ask.size = task->ask.data_size;
    file->map_sent = 0;
    item->tells = file->map_bytes != NULL || file->wake;
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
    const uint8_t *bytes = g_bytes_get_data(file->map_bytes, &size);
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

    if (file->map_bytes && file->map_sent < g_bytes_get_size(file->map_bytes)) {
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
           file->path, file->origin, advice(engine->target, error));
}

/* --- coming and going ----------------------------------------------------- */

static void unref(struct hl_engine *engine, int *ref)
{
    luaL_unref(engine->script->L, LUA_REGISTRYINDEX, *ref);
    *ref = LUA_NOREF;
}

static void clear_answerer(struct hl_engine *engine, struct hl_answerer *who)
{
    unref(engine, &who->ref);
    who->model = NULL;
}

static gboolean clear_command(gpointer cmd, gpointer answerer, gpointer engine)
{
    clear_answerer(engine, answerer);
    return TRUE;
}

static void forget_states(struct hl_engine *engine, struct hl_file *file)
{
    unref(engine, &file->states_ref);
    file->states = 0;
}

void hl_files_forget_guest(struct hl_engine *engine)
{
    for (GList *link = engine->files->order.head; link; link = link->next) {
        forget_states(engine, link->data);
    }
}

static void clear_models(struct hl_engine *engine, struct hl_file *file)
{
    for (int op = 0; op < HYP_FILE_OPS_COUNT; op++) {
        clear_answerer(engine, &file->op[op]);
    }
    if (file->ioctls) {
        g_hash_table_foreach_remove(file->ioctls, clear_command, engine);
        g_clear_pointer(&file->ioctls, g_hash_table_unref);
    }
    g_clear_pointer(&file->map_bytes, g_bytes_unref);
    hl_file_forget_written(file);
    unref(engine, &file->object_ref);
    forget_states(engine, file);
    file->warned = 0;
    file->keeps_writes = false;
}

void hl_file_hold(struct hl_file *file)
{
    file->holders++;
}

void hl_file_let_go(struct hl_engine *engine, struct hl_file *file)
{
    if (--file->holders == 0) {
        clear_models(engine, file);
        free_file(file);
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
    file->object_ref = LUA_NOREF;
    file->states_ref = LUA_NOREF;
    for (int op = 0; op < HYP_FILE_OPS_COUNT; op++) {
        file->op[op].ref = LUA_NOREF;
    }
    file->size = -1;
    g_hash_table_insert(files->by_id, GUINT_TO_POINTER(file->id), file);
    g_hash_table_insert(files->by_path, file->path, file);
    g_queue_push_tail(&files->order, file);
    file->order = files->order.tail;
    return file;
}

struct hl_file *hl_file_renew(struct hl_engine *engine, const char *path,
                              const char *origin)
{
    struct hl_file *file = hl_file_find_path(engine, path);

    if (!file) {
        file = new_file(engine, path);
    }
    clear_models(engine, file);
    g_free(file->origin);
    file->origin = g_strdup(origin);
    return file;
}

void hl_file_place(struct hl_engine *engine, struct hl_file *file)
{
    if (file->pattern) {
        g_queue_remove(&engine->files->patterns, file);
        g_queue_push_head(&engine->files->patterns, file);
    } else if (file->placed) {
        hl_item_change(engine, &file->item);
    } else {
        file->placed = true;
        hl_item_add(engine, &file->item, &file_ops);
    }
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
    file->origin = g_strdup("the guest");
    file->warned = ~0u;
    return file;
}
