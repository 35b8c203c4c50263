/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One operation as one line of JSON, for results.c, which calls it for every
 * operation of the guest: so it writes straight into the stream's buffer.
 * Any thread, no lock.
 */
#include "json.h"

#include <string.h>

#include "stream.h"
#include "text.h"

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

static char *put(char *to, const char *text)
{
    size_t size = strlen(text);

    memcpy(to, text, size);
    return to + size;
}

static char *put_uint(char *to, uint64_t value)
{
    char digits[20];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n > 0) {
        *to++ = digits[--n];
    }
    return to;
}

static char *put_int(char *to, int64_t value)
{
    if (value < 0) {
        *to++ = '-';
        return put_uint(to, -(uint64_t)value);
    }
    return put_uint(to, (uint64_t)value);
}

static char *put_hex(char *to, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
    return to;
}

static char *put_ascii(char *to, uint8_t c)
{
    if (c == '"' || c == '\\') {
        *to++ = '\\';
    } else if (c < ' ' || c == 0x7f) {
        if (c == '\n') {
            return put(to, "\\n");
        }
        return put_hex(put(to, "\\u00"), &c, 1);
    }
    *to++ = (char)c;
    return to;
}

/* U+0085, U+2028 and U+2029, which end a line for some readers. */
static bool is_line_end(const uint8_t *s, size_t step)
{
    return (step == 2 && !memcmp(s, "\xc2\x85", 2)) ||
           (step == 3 && !memcmp(s, "\xe2\x80", 2) && (s[2] & 0xfe) == 0xa8);
}

static char *put_line_end(char *to, const uint8_t *s, size_t step)
{
    if (step == 2) {
        return put(to, "\\u0085");
    }
    return put(to, s[2] == 0xa8 ? "\\u2028" : "\\u2029");
}

/* What is no UTF-8 becomes U+FFFD, and *whole false. */
static char *put_text(char *to, const uint8_t *s, size_t size, bool *whole)
{
    *to++ = '"';
    for (size_t i = 0; i < size;) {
        size_t step = hl_text_char(s + i, size - i);

        if (step == 1) {
            to = put_ascii(to, s[i]);
        } else if (step == 0) {
            to = put(to, "\xef\xbf\xbd");
            *whole = false;
            step = 1;
        } else if (is_line_end(s + i, step)) {
            to = put_line_end(to, s + i, step);
        } else {
            memcpy(to, s + i, step);
            to += step;
        }
        i += step;
    }
    *to++ = '"';
    return to;
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
    to = put(to, ",\"data\":");
    to = put_text(to, data, kept, &whole);
    if (!whole) {
        to = put(to, ",\"data_hex\":\"");
        to = put_hex(to, data, kept);
        *to++ = '"';
    }
    if (kept < size) {
        to = put_uint(put(to, ",\"data_size\":"), size);
    }
    return to;
}

static char *put_fields(char *to, const struct hl_file_request *request)
{
    switch (request->op) {
    case HYP_READ:
    case HYP_WRITE:
        to = put_uint(put(to, ",\"length\":"), request->length);
        to = put_int(put(to, ",\"offset\":"), request->offset);
        return put_data(to, request);
    case HYP_IOCTL:
        to = put_uint(put(to, ",\"cmd\":"), request->cmd);
        to = put_uint(put(to, ",\"arg\":"), request->arg);
        return put_data(to, request);
    case HYP_GETATTR:
        return put_int(put(to, ",\"size\":"), request->size);
    case HYP_OPEN:
        return put_uint(put(to, ",\"flags\":"), request->open_flags);
    case HYP_LSEEK:
        to = put_int(put(to, ",\"offset\":"), request->offset);
        return put_uint(put(to, ",\"whence\":"), request->length);
    default:
        return to;
    }
}

size_t hl_json_line(char *to, uint64_t seq, const char *path,
                    const struct hl_file_request *request)
{
    char *start = to;
    bool whole = true;

    to = put_uint(put(to, "{\"seq\":"), seq);
    to = put_text(put(to, ",\"path\":"), (const uint8_t *)path,
                  path_size(path), &whole);
    to = put(put(put(to, ",\"op\":\""), op_names[request->op]), "\"");
    to = put_uint(put(to, ",\"pid\":"), request->pid);
    to = put_text(put(to, ",\"comm\":"), (const uint8_t *)request->comm,
                  strnlen(request->comm, HL_COMM_SIZE), &whole);
    to = put_int(put(to, ",\"retval\":"), request->retval);
    to = put_fields(to, request);
    if (request->unhandled) {
        to = put(to, ",\"unhandled\":true");
    }
    to = put(to, "}\n");
    return (size_t)(to - start);
}
