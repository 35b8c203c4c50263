/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read: from_file, what a file of the host has at that moment.  One that is
 * missing is empty.
 * Called through hl_model_types; all under engine->lock, so the file is opened
 * without waiting: a named pipe is empty, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "models.h"

struct from_file {
    struct hl_model model;
    char *path;
};

static size_t read_at(const char *path, uint8_t *to, size_t size,
                      int64_t offset)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got;

    if (fd < 0) {
        return 0;
    }
    do {
        got = pread(fd, to, size, offset);
    } while (got < 0 && errno == EINTR);
    close(fd);
    return got < 0 ? 0 : (size_t)got;
}

void hl_model_answer_host_file(struct hl_file_request *request,
                               const char *path)
{
    size_t size = (size_t)MIN(request->length, HYP_LENGTH_MAX);

    if (request->offset < 0 || size == 0) {
        hl_model_answer_bytes(request, NULL, 0);
        return;
    }
    g_byte_array_set_size(request->scratch, (guint)size);
    request->reply = request->scratch->data;
    request->reply_size = read_at(path, request->scratch->data, size,
                                  request->offset);
    request->retval = (int64_t)request->reply_size;
}

static void init(lua_State *L, int args, struct hl_model *model)
{
    struct from_file *self = (struct from_file *)model;

    self->path = g_strdup(hl_model_arg_filename(L, args));
}

static void answer(struct hl_model *model, struct hl_file_request *request)
{
    hl_model_answer_host_file(request, ((struct from_file *)model)->path);
}

static const char *problem(lua_State *L, const struct hl_model *model)
{
    const char *path = ((const struct from_file *)model)->path;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int error = fd < 0 || read(fd, NULL, 0) < 0 ? errno : 0;

    if (fd >= 0) {
        close(fd);
    }
    if (error == 0) {
        return NULL;
    }
    return lua_pushfstring(L, "from_file %s: %s; it is empty until it can be "
                           "read", path, g_strerror(error));
}

static void clear(struct hl_model *model)
{
    g_free(((struct from_file *)model)->path);
}

static const char *const keys[] = { "filename", NULL };

const struct hl_model_type hl_model_read_from_file = {
    .name = "from_file", .op = HYP_READ, .keys = keys, .init = init,
    .size = sizeof(struct from_file), .answer = answer, .clear = clear,
    .problem = problem,
};
