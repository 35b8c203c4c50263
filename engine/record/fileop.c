/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file's operation as a line of the recording.  Called by fileop.c. */
#include <string.h>

#include "bytes.h"
#include "file.h"
#include "hyperfile.h"
#include "lines.h"
#include "results/json.h"
#include "results/put.h"

static char *put_fields(char *to, const struct hl_file_request *request)
{
    switch (request->op) {
    case HYP_READ:
    case HYP_WRITE:
        to = hl_put_uint(hl_put(to, ",\"length\":"), request->length);
        return hl_put_int(hl_put(to, ",\"offset\":"), request->offset);
    case HYP_IOCTL:
        to = hl_put_uint(hl_put(to, ",\"cmd\":"), request->cmd);
        to = hl_put_uint(hl_put(to, ",\"arg\":"), request->arg);
        return request->compat ? hl_put(to, ",\"compat\":true") : to;
    case HYP_GETATTR:
        return hl_put_int(hl_put(to, ",\"size\":"), request->size);
    case HYP_OPEN:
        return hl_put_uint(hl_put(to, ",\"flags\":"), request->open_flags);
    case HYP_LSEEK:
        to = hl_put_int(hl_put(to, ",\"offset\":"), request->offset);
        return hl_put_uint(hl_put(to, ",\"whence\":"), request->length);
    case HYP_FSYNC:
        return hl_put_uint(hl_put(to, ",\"datasync\":"), request->length);
    default:
        return to;
    }
}

/* What an ioctl's model gave its caller is memory: seen has it. */
static char *put_data(char *to, const struct hl_file_request *request)
{
    size_t size;
    const uint8_t *data = hl_request_data(request, &size);

    if (request->op != HYP_READ && request->op != HYP_WRITE) {
        return to;
    }
    return hl_record_put_bytes(to, "data", data, size);
}

static char *put_who(char *to, const struct hl_fileop *op, const char *path)
{
    const struct hl_file_request *request = &op->request;

    to = hl_record_put_bytes(to, "path", path, strlen(path));
    to = hl_put(hl_put(to, ",\"op\":\""), hl_hyper2name(request->op));
    to = hl_put_uint(hl_put(to, "\",\"pid\":"), request->pid);
    to = hl_put_uint(hl_put(to, ",\"tid\":"), request->tid);
    to = hl_record_put_bytes(to, "comm", request->comm,
                             strlen(request->comm));
    to = hl_put_uint(hl_put(to, ",\"handle\":"), request->handle);
    to = hl_put_int(hl_put(to, ",\"retval\":"), request->retval);
    return hl_put(hl_put(hl_put(to, ",\"by\":\""), op->by), "\"");
}

static const char *seek_name(enum hl_node_seek seek)
{
    switch (seek) {
    case HL_SEEK_FREE:
        return "free";
    case HL_SEEK_SIZE:
        return "size";
    case HL_SEEK_MODEL:
        return "model";
    default:
        return "none";
    }
}

static char *put_node(char *to, const struct hl_behaviour *how,
                      const char *path)
{
    to = hl_put(to, "{\"t\":\"node\"");
    to = hl_record_put_bytes(to, "path", path, strlen(path));
    to = hl_put_int(hl_put(to, ",\"size\":"), how->size);
    to = hl_put_uint(hl_put(to, ",\"mode\":"), how->mode);
    to = hl_put(hl_put(to, ",\"seek\":\""), seek_name(how->seek));
    to = hl_put_uint(hl_put(to, "\",\"major\":"), how->major);
    to = hl_put_uint(hl_put(to, ",\"minor\":"), how->minor);
    return hl_put_uint(hl_put(to, ",\"map_size\":"), how->map_size);
}

/* Once for each version of it; nothing of a file that only the guest named. */
static void record_node(struct hl_engine *engine, struct hl_behaviour *how,
                        const char *path)
{
    char *line;

    if (how->recorded || !how->script) {
        return;
    }
    how->recorded = true;
    line = hl_record_begin(engine, HL_RECORD_FRAME_MAX +
                           HL_RECORD_BYTES_MAX(strlen(path)));
    if (line) {
        hl_record_end(engine, line, hl_put(put_node(line, how, path), "}"));
    }
}

void hl_record_file(struct hl_engine *engine, const struct hl_fileop *op,
                    const struct hl_seen *seen, bool dropped)
{
    const char *path = hl_fileop_path(op);
    const char *origin = hl_fileop_origin(op);
    size_t origin_size = MIN(strlen(origin), HYPERFILE_PATH_MAX);
    size_t size;
    char *line, *to;

    record_node(engine, op->how, path);
    hl_request_data(&op->request, &size);
    size += strlen(path) + origin_size;
    line = hl_record_begin(engine, HL_RECORD_FRAME_MAX + HL_RECORD_SEEN_MAX *
                           (seen != NULL) + HL_RECORD_BYTES_MAX(size));
    if (!line) {
        return;
    }
    to = hl_put(line, "{\"t\":\"file\"");
    to = hl_record_put_times(engine->record, to, op->began);
    to = put_who(to, op, path);
    to = hl_record_put_bytes(to, "where", origin, origin_size);
    to = put_data(put_fields(to, &op->request), &op->request);
    to = hl_record_put_seen(to, seen);
    to = dropped ? hl_put(to, ",\"dropped\":true") : to;
    hl_record_end(engine, line, hl_put(to, "}"));
}
