/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One operation as one line of JSON, for results.c, which calls it for every
 * operation of the guest: so it writes straight into the stream's buffer.
 * Any thread, no lock.
 */
#include "json.h"

#include <string.h>

#include "put.h"
#include "stream.h"

/* Keys, numbers and punctuation; a byte of text takes 6 at most. */
#define FRAME_MAX 512
#define BYTE_MAX 6
/* A byte of data that is no UTF-8: its digits, too. */
#define DATA_BYTE_MAX (BYTE_MAX + 2)

_Static_assert(FRAME_MAX + BYTE_MAX * (HYPERFILE_PATH_MAX + HL_COMM_SIZE) +
               DATA_BYTE_MAX * HL_RESULTS_DATA_MAX <= HL_STREAM_LINE_MAX,
               "a line fits the stream's buffer");

static const char *const op_names[] = {
#define OP_NAME(number, NAME, name) [number] = #name,
    HYP_FILE_OPS(OP_NAME)
#undef OP_NAME
};

const uint8_t *hl_request_data(const struct hl_file_request *request,
                               size_t *size)
{
    const uint8_t *data = NULL;
    uint64_t all = 0;

    if (request->op == HYP_READ) {
        data = request->reply;
        all = MIN(request->reply_size, request->length);
    } else if (request->op == HYP_WRITE) {
        data = request->data;
        all = request->length;
    } else if (request->op == HYP_IOCTL) {
        data = request->user;
        all = request->user_size;
    }
    *size = data ? all : 0;
    return data;
}

static size_t path_size(const char *path)
{
    return strnlen(path, HYPERFILE_PATH_MAX);
}

size_t hl_json_line_max(const char *path,
                        const struct hl_file_request *request)
{
    size_t size;

    hl_request_data(request, &size);
    size = MIN(size, HL_RESULTS_DATA_MAX);
    return FRAME_MAX + BYTE_MAX * (path_size(path) + HL_COMM_SIZE) +
           DATA_BYTE_MAX * size;
}

static char *put_data(char *to, const struct hl_file_request *request)
{
    size_t size;
    const uint8_t *data = hl_request_data(request, &size);
    size_t kept = MIN(size, HL_RESULTS_DATA_MAX);
    bool whole = true;

    if (request->op == HYP_IOCTL && size == 0) {
        return to;
    }
    to = hl_put(to, ",\"data\":");
    to = hl_put_text(to, data, kept, &whole);
    if (!whole) {
        to = hl_put(to, ",\"data_hex\":\"");
        to = hl_put_hex(to, data, kept);
        *to++ = '"';
    }
    if (kept < size) {
        to = hl_put_uint(hl_put(to, ",\"data_size\":"), size);
    }
    return to;
}

static char *put_fields(char *to, const struct hl_file_request *request)
{
    switch (request->op) {
    case HYP_READ:
    case HYP_WRITE:
        to = hl_put_uint(hl_put(to, ",\"length\":"), request->length);
        to = hl_put_int(hl_put(to, ",\"offset\":"), request->offset);
        return put_data(to, request);
    case HYP_IOCTL:
        to = hl_put_uint(hl_put(to, ",\"cmd\":"), request->cmd);
        to = hl_put_uint(hl_put(to, ",\"arg\":"), request->arg);
        return put_data(to, request);
    case HYP_GETATTR:
        return hl_put_int(hl_put(to, ",\"size\":"), request->size);
    case HYP_OPEN:
        return hl_put_uint(hl_put(to, ",\"flags\":"), request->open_flags);
    case HYP_LSEEK:
        to = hl_put_int(hl_put(to, ",\"offset\":"), request->offset);
        return hl_put_uint(hl_put(to, ",\"whence\":"), request->length);
    default:
        return to;
    }
}

size_t hl_json_line(char *to, uint64_t seq, const char *path,
                    const struct hl_file_request *request)
{
    char *start = to;
    bool whole = true;

    to = hl_put_uint(hl_put(to, "{\"seq\":"), seq);
    to = hl_put_text(hl_put(to, ",\"path\":"), (const uint8_t *)path,
                  path_size(path), &whole);
    to = hl_put(hl_put(hl_put(to, ",\"op\":\""), op_names[request->op]), "\"");
    to = hl_put_uint(hl_put(to, ",\"pid\":"), request->pid);
    to = hl_put_text(hl_put(to, ",\"comm\":"), (const uint8_t *)request->comm,
                  strnlen(request->comm, HL_COMM_SIZE), &whole);
    to = hl_put_int(hl_put(to, ",\"retval\":"), request->retval);
    to = put_fields(to, request);
    if (request->unhandled) {
        to = hl_put(to, ",\"unhandled\":true");
    }
    to = hl_put(to, "}\n");
    return (size_t)(to - start);
}
