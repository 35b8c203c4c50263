/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write: to_file, into a file of the host at the same offset.  It is made when
 * it is not there, and what else is in it stays.
 * Called through hl_model_types; all under engine->lock, so the file is opened
 * without waiting.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "models.h"

/* A guest that seeks far is not to fill the host. */
#define SIZE_MOST (1 << 30)

struct to_file {
    struct hl_model model;
    char *path;
};

static void init(lua_State *L, int args, struct hl_model *model)
{
    struct to_file *self = (struct to_file *)model;

    self->path = g_strdup(hl_model_arg_filename(L, args));
}

static bool write_at(int fd, const uint8_t *data, uint64_t length,
                     int64_t offset)
{
    while (length > 0) {
        ssize_t done = pwrite(fd, data, length, offset);

        if (done > 0) {
            data += done;
            length -= (uint64_t)done;
            offset += done;
        } else if (done == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

static void answer(struct hl_model *model, struct hl_file_request *request)
{
    const struct to_file *self = (struct to_file *)model;
    int fd;

    if (request->offset < 0) {
        request->retval = -EINVAL;
        return;
    }
    if (request->length > SIZE_MOST ||
        request->offset > (int64_t)(SIZE_MOST - request->length)) {
        request->retval = -EFBIG;
        return;
    }
    fd = open(self->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    request->retval = -EIO;
    if (fd < 0) {
        return;
    }
    if (write_at(fd, request->data, request->length, request->offset)) {
        request->retval = (int64_t)request->length;
    }
    if (close(fd)) {
        request->retval = -EIO;
    }
}

static void clear(struct hl_model *model)
{
    g_free(((struct to_file *)model)->path);
}

static const char *const keys[] = { "filename", NULL };

const struct hl_model_type hl_model_write_to_file = {
    .name = "to_file", .op = HYP_WRITE, .keys = keys, .init = init,
    .size = sizeof(struct to_file), .answer = answer, .clear = clear,
};
