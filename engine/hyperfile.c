/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IGLOO_HYPERFS_MAGIC: what the guest asks about files, taken from the wire
 * (abi/hyperfile.h has the layouts).  Every number may be anything.
 */
#include "hyperfile.h"

#include <errno.h>
#include <string.h>

#include "call.h"
#include "file.h"
#include "guest_order.h"
#include "log.h"

/* No kernel here has smaller pages: a string is read up to the next one. */
#define PAGE 4096

/* --- names ---------------------------------------------------------------- */

static const char *const names[] = {
#define HYP_NAME(number, NAME, name) [number] = #name,
    HYP_FILE_OPS(HYP_NAME)
#undef HYP_NAME
};

int hl_hyper(const char *name)
{
    for (int op = 0; op < HYP_FILE_OPS_COUNT; op++) {
        if (!strcmp(names[op], name)) {
            return op;
        }
    }
    return -1;
}

const char *hl_hyper2name(int64_t op)
{
    return op >= 0 && op < HYP_FILE_OPS_COUNT ? names[op] : NULL;
}

/* --- warnings ------------------------------------------------------------- */

/* Of what a guest may ask as often as it likes; each file has its own, too. */
#define WARNINGS_MAX 1000

static bool may_warn(struct hl_engine *engine)
{
    if (engine->file_warnings == WARNINGS_MAX) {
        hl_log(engine, HL_WARN, "more odd file requests are not logged");
    }
    if (engine->file_warnings <= WARNINGS_MAX) {
        engine->file_warnings++;
    }
    return engine->file_warnings <= WARNINGS_MAX;
}

/* --- from the wire -------------------------------------------------------- */

/* A walk along a packed struct. */
struct cursor {
    const uint8_t *at;
    unsigned word;              /* bytes */
    bool big_endian;
};

static uint64_t take(struct cursor *cursor, unsigned size)
{
    uint64_t value = hl_order_load(cursor->at, size, cursor->big_endian);

    cursor->at += size;
    return value;
}

static uint64_t take_word(struct cursor *cursor)
{
    return take(cursor, cursor->word);
}

static void take_context(struct hl_fileop *op,
                         const struct hl_file_context *context)
{
    struct hl_file_request *request = &op->request;

    request->pid = GUINT32_FROM_LE(context->pid);
    request->tid = GUINT32_FROM_LE(context->tid);
    memcpy(request->comm, context->comm, HL_COMM_SIZE);
    request->comm[HL_COMM_SIZE] = '\0';
    request->handle = GUINT64_FROM_LE(context->handle);
    request->open_flags = GUINT32_FROM_LE(context->open_flags);
    request->compat = GUINT32_FROM_LE(context->flags) & HYP_COMPAT;
}

static void take_arguments(struct hl_fileop *op, struct cursor *cursor)
{
    struct hl_file_request *request = &op->request;

    switch (request->op) {
    case HYP_IOCTL:
        request->cmd = (uint32_t)take(cursor, 4);
        request->arg = take_word(cursor);
        break;
    case HYP_GETATTR:
        op->buffer = take_word(cursor);
        break;
    default:
        op->buffer = take_word(cursor);
        request->length = take_word(cursor);
        request->offset = (int64_t)take(cursor, 8);
        break;
    }
}

/* The longest of the seed's structs. */
static size_t seed_size(unsigned word)
{
    return 4 + word + 2 * word + 8;
}

struct wire {
    uint8_t seed[HYP_CONTEXT_AT];
    struct hl_file_context context;
};

/* What names the file: a node, or where its path lies. */
struct name {
    uint32_t node;
    uint64_t path;
};

/* 0, HYP_RETRY or an error; op is zeroed but for what is set here. */
static uint64_t read_op(struct hl_engine *engine, struct hl_request *request,
                        struct hl_fileop *op, struct name *name)
{
    unsigned word = engine->target->word_bits / 8;
    bool more = request->arg[3] == HYP_HAS_CONTEXT;
    struct wire wire;
    struct cursor cursor = { wire.seed, word, engine->target->big_endian };
    int32_t type;

    if (!hl_kernel_read(engine, request, request->arg[1], &wire,
                        more ? sizeof(wire) : seed_size(word))) {
        return HYP_RETRY;
    }
    type = (int32_t)take(&cursor, 4);
    if (!hl_hyper2name(type)) {
        if (may_warn(engine)) {
            hl_log(engine, HL_WARN, "Unknown hyperfile operation %d - ignore",
                   type);
        }
        return hl_call_error(EINVAL);
    }
    op->request.op = (enum hyperfs_file_ops)type;
    name->path = take_word(&cursor);
    take_arguments(op, &cursor);
    if (more) {
        take_context(op, &wire.context);
        name->node = GUINT32_FROM_LE(wire.context.node);
    }
    if (hl_region_is_sane(engine, request->arg[2])) {
        op->region = request->arg[2];
    }
    return 0;
}

/* ENAMETOOLONG as the guest numbers it: MIPS has one of its own. */
static int name_too_long(const struct hl_engine *engine)
{
    return engine->target->machine == 8 ? 78 : 36;
}

/* 0, HYP_RETRY or an error. */
static uint64_t read_path(struct hl_engine *engine, struct hl_request *request,
                          uint64_t addr, char path[HYPERFILE_PATH_MAX + 1])
{
    uint32_t done = 0;

    while (done <= HYPERFILE_PATH_MAX) {
        uint32_t piece = (uint32_t)MIN(PAGE - (addr + done) % PAGE,
                                       HYPERFILE_PATH_MAX + 1 - done);

        if (!hl_kernel_read(engine, request, addr + done, path + done, piece)) {
            return HYP_RETRY;
        }
        if (memchr(path + done, '\0', piece)) {
            return 0;
        }
        done += piece;
    }
    if (may_warn(engine)) {
        hl_log(engine, HL_WARN, "A path of more than %d bytes in a hyperfile "
               "request - ignore", HYPERFILE_PATH_MAX);
    }
    return hl_call_error(name_too_long(engine));
}

/* A pattern stands for all that it matches; else the defaults do. */
static void find_by_path(struct hl_engine *engine, struct hl_fileop *op,
                         const char *path)
{
    struct hl_file *match = NULL;

    op->file = hl_file_find_path(engine, path);
    if (!op->file || !op->file->placed) {
        match = hl_file_match(engine, path);
    }
    if (match) {
        op->file = match;
        op->path = g_strdup(path);
    }
    if (op->file) {
        return;
    }
    op->file = hl_file_unknown(engine, path);
    if (strcmp(op->file->path, path) != 0) {
        op->path = g_strdup(path);
    }
    if (may_warn(engine)) {
        hl_log(engine, HL_WARN, "Detected %s event on device '%s' but device "
               "is not in config. Using defaults.",
               hl_hyper2name(op->request.op), path);
    }
}

static uint64_t find_file(struct hl_engine *engine, struct hl_request *request,
                          const struct name *name, struct hl_fileop *op)
{
    char path[HYPERFILE_PATH_MAX + 1];
    uint64_t error;

    if (name->node != 0) {
        op->file = hl_file_find(engine, name->node);
        return op->file ? 0 : hl_call_error(ENODEV);
    }
    error = read_path(engine, request, name->path, path);
    if (error != 0) {
        return error;
    }
    if (path[0] == '\0') {
        if (may_warn(engine)) {
            hl_log(engine, HL_WARN,
                   "Empty device name in hyperfile request - ignore");
        }
        return hl_call_error(EINVAL);
    }
    find_by_path(engine, op, path);
    return 0;
}

/* --- the three calls ------------------------------------------------------ */

/* What the guest writes comes with the request, in its kernel's memory. */
static uint64_t read_data(struct hl_engine *engine, struct hl_request *call,
                          struct hl_fileop *op)
{
    struct hl_file_request *request = &op->request;

    if (request->length > HYP_LENGTH_MAX) {
        request->length = HYP_LENGTH_MAX;
    }
    if (request->op != HYP_WRITE) {
        return 0;
    }
    g_byte_array_set_size(engine->written, (guint)request->length);
    request->data = engine->written->data;
    return request->length == 0 ||
           hl_kernel_read(engine, call, op->buffer, engine->written->data,
                          request->length) ? 0 : HYP_RETRY;
}

static uint64_t file_op(struct hl_engine *engine, struct hl_request *request)
{
    struct hl_fileop op;
    struct name name = { 0 };
    uint64_t error;

    memset(&op, 0, sizeof(op));
    error = read_op(engine, request, &op, &name);
    if (error == 0) {
        error = find_file(engine, request, &name, &op);
    }
    if (error == 0) {
        error = read_data(engine, request, &op);
    }
    if (error != 0) {
        g_free(op.path);
        return error;
    }
    op.request.file = op.file;
    engine->stats.file_ops++;
    return hl_fileop_begin(engine, request, &op);
}

static bool write_word(struct hl_engine *engine, struct hl_request *request,
                       uint64_t addr, uint64_t value)
{
    unsigned word = engine->target->word_bits / 8;
    uint8_t bytes[8];

    hl_order_store(bytes, value, word, engine->target->big_endian);
    return hl_kernel_write(engine, request, addr, bytes, word);
}

static uint64_t get_num(struct hl_engine *engine, struct hl_request *request)
{
    engine->files_told = hl_files_count(engine);
    return write_word(engine, request, request->arg[1],
                      engine->files_told) ? 0 : HYP_RETRY;
}

struct paths {
    struct hl_engine *engine;
    struct hl_request *request;
    uint64_t array;             /* where the next buffer's address lies */
    uint32_t left;
    bool lost;
};

static bool write_path(struct hl_file *file, void *user)
{
    struct paths *paths = user;
    unsigned word = paths->engine->target->word_bits / 8;
    uint8_t bytes[8];
    uint64_t buffer;

    if (file->now->pattern) {
        return true;
    }
    if (paths->left-- == 0) {
        return false;
    }
    if (!hl_kernel_read(paths->engine, paths->request, paths->array, bytes,
                        word)) {
        paths->lost = true;
        return false;
    }
    buffer = hl_order_load(bytes, word, paths->engine->target->big_endian);
    paths->array += word;
    paths->lost = !hl_kernel_write(paths->engine, paths->request, buffer,
                                   file->path, strlen(file->path));
    return !paths->lost;
}

/* No more than the guest was told of: its array has no more places. */
static uint64_t get_paths(struct hl_engine *engine, struct hl_request *request)
{
    struct paths paths = {
        engine, request, request->arg[1], engine->files_told, false,
    };

    hl_files_each(engine, write_path, &paths);
    return paths.lost ? HYP_RETRY : 0;
}

uint64_t hl_call_hyperfile(struct hl_engine *engine,
                           struct hl_request *request)
{
    uint64_t ret = hl_call_error(EINVAL);

    g_mutex_lock(&engine->lock);
    switch (request->arg[0]) {
    case HYP_FILE_OP:
        ret = file_op(engine, request);
        break;
    case HYP_GET_NUM_HYPERFILES:
        ret = get_num(engine, request);
        break;
    case HYP_GET_HYPERFILE_PATHS:
        ret = get_paths(engine, request);
        break;
    default:
        break;
    }
    g_mutex_unlock(&engine->lock);
    return ret;
}
