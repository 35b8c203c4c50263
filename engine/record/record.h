/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recording of a run (--record FILE): every operation on a file and every
 * hooked system call, exactly, for `hyperlua model` to make models of.
 *
 * One JSON object a line; the first says what this is and of which guest:
 *
 *   {"hyperlua_recording":1,"target":"mipsel","word_bits":32,
 *    "big_endian":false}
 *   {"t":"node","path":"/dev/x","size":2,"mode":292,"seek":"size","major":0,
 *    "minor":0,"map_size":0}
 *   {"t":"file","at":12,"ns":3400,"path":"/dev/x","op":"read","pid":7,"tid":7,
 *    "comm":"cat","handle":1,"retval":2,"by":"const_buf",
 *    "where":"led.lua:3","length":4096,"offset":0,"data":"1\n"}
 *   {"t":"proto","name":"ioctl","args":[["unsigned int","fd"],...]}
 *   {"t":"syscall","at":40,"ns":9000,"name":"ioctl","phase":"return",...,
 *    "args":[3,35313,2147482112],"retval":-19,"hooks":["..."],
 *    "set":{"retval":0},"memory":[["s",2147482112,"eth0"],...]}
 *
 * node: what it is to the guest, before its first operation and when that is
 * new; size is -1 when it is not known.  at: microseconds since the file was
 * made; ns: how long the answer took, waits included.  by: a default model's
 * name, "lua", or "default" when nobody models it.  memory: what handlers read
 * ("r"; "s" up to a NUL, which is not part of it) and wrote ("w") of the
 * process, in order: [kind, address, bytes], fewer bytes than were asked for
 * when a page was missing; of another process with its pid behind.  set: what
 * handlers changed.
 * dropped: the request ended before its answer.  cut: memory or hooks are not
 * all there.  Bytes (data, memory, path, comm, ...) are a string, or
 * {"hex":"00ff"}; see bytes.h.  A last line {"t":"full"} says that the limit
 * was reached.
 *
 * All under engine->lock; a thread writes (results/stream.h).
 */
#ifndef HL_RECORD_H
#define HL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

struct hl_engine;
struct hl_fileop;
struct hl_record;
struct hl_seen;
struct hl_target;
struct hl_task;

#define HL_RECORD_VERSION 1

/* Unless --record-limit says another, in MiB. */
#define HL_RECORD_LIMIT_MIB 1024
#define HL_RECORD_LIMIT_MOST (1 << 20)

/* Creates the file; NULL with one line in *error.  limit: bytes. */
struct hl_record *hl_record_new(const struct hl_target *target,
                                const char *path, uint64_t limit,
                                char **error);
void hl_record_free(struct hl_record *record);

/* What was recorded is in the file; an error is logged. */
void hl_record_flush(struct hl_engine *engine);

/* An operation has its answer, or was dropped.  seen is NULL without a task. */
void hl_record_file(struct hl_engine *engine, const struct hl_fileop *op,
                    const struct hl_seen *seen, bool dropped);

/* A system call's handlers are to begin; or the event is over. */
void hl_record_event_begin(struct hl_engine *engine, struct hl_task *task);
void hl_record_event_end(struct hl_engine *engine, struct hl_task *task);

#endif
