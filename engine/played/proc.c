/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ops about the played guest's processes. */
#include <errno.h>
#include <string.h>

#include "state.h"
#include "world.h"

/* Of whom the op concerns; NULL: answered ESRCH. */
static struct hl_played_process *process_of(struct hl_played *played,
                                            struct mem_region *region)
{
    uint32_t pid = (uint32_t)(GUINT64_FROM_LE(region->op) >> 32);
    struct hl_played_process *process =
        hl_played_process(played->world, pid ? pid : played->world->served);

    if (!process) {
        hl_played_answer_error(region, ESRCH);
    }
    return process;
}

/* As much as fits one region. */
struct records {
    struct mem_region *region;
    size_t size;
};

/* false: there is no more room. */
static bool add(struct records *records, const void *record, size_t size)
{
    if (records->size + size > HL_CHUNK) {
        return false;
    }
    memcpy(records->region->data + records->size, record, size);
    records->size += size;
    return true;
}

static void answer_bytes(struct mem_region *region, GBytes *bytes)
{
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    struct records records = { region, 0 };

    add(&records, data, size);
    hl_played_answer(region, HL_RESP_OK, records.size);
}

void op_proc(struct hl_played *played, struct mem_region *region,
             uint64_t addr, size_t size)
{
    struct hl_played_process *process = process_of(played, region);

    if (process) {
        answer_bytes(region, process->proc);
    }
}

void op_proc_exe(struct hl_played *played, struct mem_region *region,
                 uint64_t addr, size_t size)
{
    struct hl_played_process *process = process_of(played, region);

    if (process && g_bytes_get_size(process->exe) == 0) {
        hl_played_answer_error(region, ENOENT);
    } else if (process) {
        answer_bytes(region, process->exe);
    }
}

void op_proc_next(struct hl_played *played, struct mem_region *region,
                  uint64_t addr, size_t size)
{
    struct records records = { region, 0 };

    for (guint i = 0; i < played->world->processes->len; i++) {
        struct hl_played_process *process = played->world->processes->pdata[i];

        if (process->pid > addr &&
            !add(&records, g_bytes_get_data(process->proc, NULL),
                 sizeof(struct hl_proc))) {
            break;
        }
    }
    hl_played_answer(region, HL_RESP_OK, records.size);
}

void op_thread_next(struct hl_played *played, struct mem_region *region,
                    uint64_t addr, size_t size)
{
    struct hl_played_process *process = process_of(played, region);
    struct records records = { region, 0 };
    const struct hl_proc *thread;
    gsize bytes;

    if (!process) {
        return;
    }
    thread = g_bytes_get_data(process->threads, &bytes);
    for (gsize i = 0; i < bytes / sizeof(*thread); i++) {
        if (GUINT32_FROM_LE(thread[i].tid) > addr &&
            !add(&records, &thread[i], sizeof(*thread))) {
            break;
        }
    }
    hl_played_answer(region, HL_RESP_OK, records.size);
}

/* Does the record come after what addr says? */
typedef bool is_next(const uint8_t *record, uint64_t addr);

static bool map_is_next(const uint8_t *record, uint64_t addr)
{
    return GUINT64_FROM_LE(((const struct hl_mapping *)record)->end) > addr;
}

static bool fd_is_next(const uint8_t *record, uint64_t addr)
{
    return GUINT32_FROM_LE(((const struct hl_fd *)record)->fd) >= addr;
}

static void answer_records(struct mem_region *region, GBytes *bytes,
                           uint64_t addr, is_next *next)
{
    struct records records = { region, 0 };
    gsize size;
    const uint8_t *at = g_bytes_get_data(bytes, &size);
    const uint8_t *end = at ? at + size : NULL;

    while (at < end) {
        uint32_t length;

        memcpy(&length, at, sizeof(length));
        length = GUINT32_FROM_LE(length);
        if (next(at, addr) && !add(&records, at, length)) {
            break;
        }
        at += length;
    }
    hl_played_answer(region, HL_RESP_OK, records.size);
}

void op_mapping_next(struct hl_played *played, struct mem_region *region,
                     uint64_t addr, size_t size)
{
    struct hl_played_process *process = process_of(played, region);

    if (process) {
        answer_records(region, process->maps, addr, map_is_next);
    }
}

void op_fd_next(struct hl_played *played, struct mem_region *region,
                uint64_t addr, size_t size)
{
    struct hl_played_process *process = process_of(played, region);

    if (process) {
        answer_records(region, process->fds, addr, fd_is_next);
    }
}

void op_fd_name(struct hl_played *played, struct mem_region *region,
                uint64_t addr, size_t size)
{
    struct hl_played_process *process = process_of(played, region);
    const struct hl_fd *fd = (const void *)region->data;

    if (!process) {
        return;
    }
    answer_records(region, process->fds, addr, fd_is_next);
    if (region->size == 0 || GUINT32_FROM_LE(fd->fd) != addr) {
        hl_played_answer_error(region, EBADF);
        return;
    }
    size = strlen((const char *)(fd + 1));
    memmove(region->data, fd + 1, size);
    hl_played_answer(region, HL_RESP_OK, size);
}
