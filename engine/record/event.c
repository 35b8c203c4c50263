/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hooked system call as a line of the recording.  Called by event.c. */
#include <string.h>

#include "bytes.h"
#include "lines.h"
#include "proto.h"
#include "results/put.h"
#include "task.h"

static int copy_args(const struct hl_engine *engine,
                     const struct hl_event *event,
                     uint64_t arg[HL_SYSCALL_ARGS])
{
    const struct hl_sys_proto *proto = hl_event_proto(engine, event);
    int args = hl_event_args(engine, event, proto);

    for (int i = 0; i < args; i++) {
        arg[i] = hl_event_arg(engine, event, proto, i);
    }
    return args;
}

/* What the kernel tells of itself is short, and yet the guest's to say. */
#define PROTO_MAX (64 << 10)

static void record_proto(struct hl_engine *engine,
                         const struct hl_sys_proto *proto)
{
    char *line = hl_record_begin(engine, PROTO_MAX);
    char *to;

    if (!line) {
        return;
    }
    to = hl_put(line, "{\"t\":\"proto\"");
    to = hl_record_put_bytes(to, "name", proto->name, strlen(proto->name));
    to = hl_put(to, ",\"args\":[");
    for (int i = 0; i < proto->args; i++) {
        const char *type = proto->arg[i].type, *name = proto->arg[i].name;

        to = hl_put(to, i > 0 ? ",[" : "[");
        to = hl_put_bytes(to, type, strnlen(type, 256));
        to = hl_put_bytes(hl_put(to, ","), name, strnlen(name, 256));
        to = hl_put(to, "]");
    }
    hl_record_end(engine, line, hl_put(to, "]}"));
}

void hl_record_event_begin(struct hl_engine *engine, struct hl_task *task)
{
    const struct hl_sys_proto *proto = hl_event_proto(engine, &task->event);
    struct hl_seen *seen = hl_seen_new();

    if (proto && !proto->wide && hl_record_is_new(engine->record,
                                                  proto->name)) {
        record_proto(engine, proto);
    }
    seen->args = copy_args(engine, &task->event, seen->arg);
    seen->retval = task->event.now.retval;
    task->seen = seen;
}

static char *put_args(char *to, const uint64_t *arg, int args)
{
    to = hl_put(to, "\"args\":[");
    for (int i = 0; i < args; i++) {
        to = hl_put_uint(i > 0 ? hl_put(to, ",") : to, arg[i]);
    }
    return hl_put(to, "]");
}

static char *put_who(char *to, const struct hl_event *event)
{
    to = hl_record_put_bytes(to, "name", event->name, strlen(event->name));
    to = hl_put(hl_put(to, ",\"phase\":"), event->phase == HL_PHASE_ENTER
                                               ? "\"enter\"" : "\"return\"");
    to = hl_put_uint(hl_put(to, ",\"number\":"), event->number);
    to = hl_put_uint(hl_put(to, ",\"pid\":"), event->pid);
    to = hl_put_uint(hl_put(to, ",\"tid\":"), event->tid);
    to = hl_record_put_bytes(to, "comm", event->comm, strlen(event->comm));
    return event->compat ? hl_put(to, ",\"compat\":true") : to;
}

static char *put_change(const struct hl_engine *engine, char *to,
                        const struct hl_event *event)
{
    const struct hl_change *now = &event->now;
    uint64_t arg[HL_SYSCALL_ARGS];
    char *start;

    if (!now->retval_set && !now->skip && !now->again && !now->args_set) {
        return to;
    }
    start = to = hl_put(to, ",\"set\":{");
    if (now->retval_set) {
        to = hl_put_int(hl_put(to, "\"retval\":"), now->retval);
    }
    if (now->skip) {
        to = hl_put(to, to > start ? ",\"skip\":true" : "\"skip\":true");
    }
    if (now->again) {
        to = hl_put(to, to > start ? ",\"again\":true" : "\"again\":true");
    }
    if (now->args_set) {
        to = to > start ? hl_put(to, ",") : to;
        to = put_args(to, arg, copy_args(engine, event, arg));
    }
    return hl_put(to, "}");
}

void hl_record_event_end(struct hl_engine *engine, struct hl_task *task)
{
    const struct hl_seen *seen = task->seen;
    bool dropped = task->handlers.running != NULL;
    char *line = hl_record_begin(engine, HL_RECORD_FRAME_MAX +
                                 HL_RECORD_SEEN_MAX);
    char *to;

    if (!line) {
        return;
    }
    to = hl_put(line, "{\"t\":\"syscall\"");
    to = hl_record_put_times(engine->record, to, seen->began);
    to = put_who(to, &task->event);
    to = put_args(hl_put(to, ","), seen->arg, seen->args);
    to = hl_put_int(hl_put(to, ",\"retval\":"), seen->retval);
    if (!dropped) {
        to = put_change(engine, to, &task->event);
    }
    to = hl_record_put_seen(to, seen);
    to = dropped ? hl_put(to, ",\"dropped\":true") : to;
    hl_record_end(engine, line, hl_put(to, "}"));
}
