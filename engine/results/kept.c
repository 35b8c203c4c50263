/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest did, by path and event.  results.c calls it under
 * engine->lock.  Of a path's event the first entries are kept and the last;
 * between them there is a count.  When the bytes are used up an event makes
 * room by giving up its own oldest of the last.
 */
#include "kept.h"

#include <string.h>

#include "json.h"
#include "text.h"

/* What the allocator and the tables need beside the bytes asked for. */
#define OVERHEAD 16
#define PATH_OVERHEAD 64

struct entry {
    struct entry *next;
    int64_t retval;
    uint64_t number;            /* length, command, or size */
    uint64_t value;             /* offset or argument */
    uint32_t data_size;         /* before it was cut */
    uint32_t kept;
    uint8_t data[];
};

struct event {
    struct entry *first;        /* the list's head */
    struct entry **end;         /* its last pointer */
    struct entry **last;        /* where the last ones begin */
    unsigned first_count;
    unsigned last_count;
    uint64_t omitted;           /* between those */
};

struct path {
    char *name;
    struct event *event[HYP_FILE_OPS_COUNT];
};

struct hl_kept {
    GHashTable *paths;          /* name -> struct path */
    struct path *others;
    size_t bytes;               /* of the entries */
    size_t path_bytes;
};

static size_t entry_bytes(size_t data)
{
    return sizeof(struct entry) + data + OVERHEAD;
}

static struct path *add_path(struct hl_kept *kept, char *name)
{
    struct path *path = g_new0(struct path, 1);

    path->name = name;
    g_hash_table_insert(kept->paths, name, path);
    kept->path_bytes += sizeof(*path) + strlen(name) + PATH_OVERHEAD;
    return path;
}

static void free_path(gpointer user)
{
    struct path *path = user;

    for (size_t i = 0; i < HYP_FILE_OPS_COUNT; i++) {
        struct entry *entry = path->event[i] ? path->event[i]->first : NULL;

        while (entry) {
            struct entry *next = entry->next;

            g_free(entry);
            entry = next;
        }
        g_free(path->event[i]);
    }
    g_free(path->name);
    g_free(path);
}

struct hl_kept *hl_kept_new(void)
{
    struct hl_kept *kept = g_new0(struct hl_kept, 1);

    kept->paths = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
                                        free_path);
    kept->others = add_path(kept, g_strdup(HL_KEPT_OTHERS));
    return kept;
}

void hl_kept_free(struct hl_kept *kept)
{
    g_hash_table_destroy(kept->paths);
    g_free(kept);
}

static struct path *path_of(struct hl_kept *kept, const char *raw)
{
    struct path *path = g_hash_table_lookup(kept->paths, raw);
    char *name;

    if (path) {
        return path;
    }
    /* Names of a path that is no UTF-8 may fall together. */
    name = hl_text_name(raw, HYPERFILE_PATH_MAX);
    path = g_hash_table_lookup(kept->paths, name);
    if (!path && g_hash_table_size(kept->paths) <= HL_KEPT_PATHS &&
        kept->path_bytes < HL_KEPT_PATH_BYTES) {
        return add_path(kept, name);
    }
    g_free(name);
    return path ? path : kept->others;
}

static struct event *event_of(struct path *path, enum hyperfs_file_ops op)
{
    struct event *event = path->event[op];

    if (!event) {
        event = g_new0(struct event, 1);
        event->end = event->last = &event->first;
        path->event[op] = event;
    }
    return event;
}

/* There is one. */
static void omit_oldest_of_last(struct hl_kept *kept, struct event *event)
{
    struct entry *entry = *event->last;

    *event->last = entry->next;
    if (event->end == &entry->next) {
        event->end = event->last;
    }
    event->last_count--;
    event->omitted++;
    kept->bytes -= entry_bytes(entry->kept);
    g_free(entry);
}

/* false: there is no room for an entry of that size. */
static bool make_room(struct hl_kept *kept, struct event *event, size_t bytes)
{
    if (event->last_count == HL_KEPT_LAST) {
        omit_oldest_of_last(kept, event);
    }
    while (kept->bytes + bytes > HL_KEPT_BYTES && event->last_count > 0) {
        omit_oldest_of_last(kept, event);
    }
    return kept->bytes + bytes <= HL_KEPT_BYTES;
}

static struct entry *new_entry(const struct hl_file_request *done,
                               const uint8_t *data, size_t data_size,
                               size_t kept)
{
    struct entry *entry = g_malloc(sizeof(*entry) + kept);
    bool command = done->op == HYP_IOCTL;

    *entry = (struct entry){
        .retval = done->retval,
        .number = command ? done->cmd
                  : done->op == HYP_GETATTR ? (uint64_t)done->size
                                            : done->length,
        .value = command ? done->arg : (uint64_t)done->offset,
        .data_size = (uint32_t)data_size,
        .kept = (uint32_t)kept,
    };
    if (kept > 0) {
        memcpy(entry->data, data, kept);
    }
    return entry;
}

static void append(struct event *event, struct entry *entry)
{
    *event->end = entry;
    event->end = &entry->next;
    /* None may be put before what was omitted. */
    if (event->first_count < HL_KEPT_FIRST && event->last_count == 0 &&
        event->omitted == 0) {
        event->first_count++;
        event->last = event->end;
    } else {
        event->last_count++;
    }
}

void hl_kept_add(struct hl_kept *kept, const char *name,
                 const struct hl_file_request *done)
{
    struct path *path = path_of(kept, name);
    struct event *event = event_of(path, done->op);
    const uint8_t *data = NULL;
    size_t size = 0, cut;

    if (done->op != HYP_IOCTL) {
        data = hl_request_data(done, &size);
    }
    cut = MIN(size, HL_RESULTS_DATA_MAX);
    if (path == kept->others || !make_room(kept, event, entry_bytes(cut))) {
        event->omitted++;
        return;
    }
    append(event, new_entry(done, data, size, cut));
    kept->bytes += entry_bytes(cut);
}

/* --- as YAML ------------------------------------------------------------- */

static void int_field(struct hl_emit *emit, const char *key, int64_t value)
{
    hl_emit_key(emit, key);
    hl_emit_int(emit, value);
}

static void uint_field(struct hl_emit *emit, const char *key, uint64_t value)
{
    hl_emit_key(emit, key);
    hl_emit_uint(emit, value);
}

static void hex_field(struct hl_emit *emit, const char *key, uint64_t value)
{
    hl_emit_key(emit, key);
    hl_emit_hex(emit, value);
}

static void data_fields(struct hl_emit *emit, const struct entry *entry)
{
    size_t size;
    g_autofree char *text = hl_text_valid(entry->data, entry->kept, &size);

    hl_emit_key(emit, "data");
    hl_emit_text(emit, text, size);
    if (entry->kept < entry->data_size) {
        uint_field(emit, "data_size", entry->data_size);
    }
}

/* The keys are the seed's, where it has the event. */
static void emit_entry(struct hl_emit *emit, unsigned op,
                       const struct entry *entry)
{
    hl_emit_map(emit);
    switch (op) {
    case HYP_READ:
        int_field(emit, "readval", entry->retval);
        uint_field(emit, "bytes_requested", entry->number);
        data_fields(emit, entry);
        break;
    case HYP_WRITE:
        int_field(emit, "retval", entry->retval);
        uint_field(emit, "bytes_requested", entry->number);
        int_field(emit, "offset", (int64_t)entry->value);
        data_fields(emit, entry);
        break;
    case HYP_IOCTL:
        hex_field(emit, "cmd", entry->number);
        hex_field(emit, "arg", entry->value);
        int_field(emit, "retval", entry->retval);
        break;
    case HYP_GETATTR:
        int_field(emit, "size", (int64_t)entry->number);
        int_field(emit, "retval", entry->retval);
        break;
    case HYP_LSEEK:
        int_field(emit, "offset", (int64_t)entry->value);
        uint_field(emit, "whence", entry->number);
        int_field(emit, "retval", entry->retval);
        break;
    default:
        int_field(emit, "retval", entry->retval);
        break;
    }
    hl_emit_map_end(emit);
}

static void emit_event(struct hl_emit *emit, unsigned op,
                       const struct event *event)
{
    const struct entry *last = *event->last;

    hl_emit_list(emit);
    for (const struct entry *e = event->first; e != last; e = e->next) {
        emit_entry(emit, op, e);
    }
    if (event->omitted > 0) {
        hl_emit_map(emit);
        uint_field(emit, "omitted", event->omitted);
        hl_emit_map_end(emit);
    }
    for (; last; last = last->next) {
        emit_entry(emit, op, last);
    }
    hl_emit_list_end(emit);
}

static void emit_path(struct hl_emit *emit, const struct path *path)
{
    static const char *const names[] = {
#define EVENT_NAME(number, NAME, name) [number] = #name,
        HYP_FILE_OPS(EVENT_NAME)
#undef EVENT_NAME
    };

    hl_emit_name(emit, path->name);
    hl_emit_map(emit);
    for (unsigned op = 0; op < HYP_FILE_OPS_COUNT; op++) {
        if (path->event[op]) {
            hl_emit_key(emit, names[op]);
            emit_event(emit, op, path->event[op]);
        }
    }
    hl_emit_map_end(emit);
}

static bool is_used(const struct path *path)
{
    for (unsigned op = 0; op < HYP_FILE_OPS_COUNT; op++) {
        if (path->event[op]) {
            return true;
        }
    }
    return false;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(((const struct path *)a)->name,
                  ((const struct path *)b)->name);
}

void hl_kept_emit(const struct hl_kept *kept, struct hl_emit *emit)
{
    g_autoptr(GList) paths = g_list_sort(g_hash_table_get_values(kept->paths),
                                         by_name);

    hl_emit_map(emit);
    for (GList *at = paths; at; at = at->next) {
        if (is_used(at->data)) {
            emit_path(emit, at->data);
        }
    }
    hl_emit_map_end(emit);
}
