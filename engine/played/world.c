/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a played guest's processes, and what is said instead of it. */
#include "world.h"

#include <string.h>

#include "state.h"

#define PAGE 4096

static void free_process(gpointer data)
{
    struct hl_played_process *process = data;

    hl_memory_clear(&process->own);
    g_bytes_unref(process->proc);
    g_bytes_unref(process->threads);
    g_bytes_unref(process->exe);
    g_bytes_unref(process->maps);
    g_bytes_unref(process->fds);
    g_free(process);
}

static void free_file(gpointer file)
{
    g_byte_array_unref(file);
}

struct hl_played_world *hl_played_world_new(void)
{
    struct hl_played_world *world = g_new0(struct hl_played_world, 1);

    world->processes = g_ptr_array_new_with_free_func(free_process);
    world->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                         free_file);
    world->programs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify)g_bytes_unref);
    world->absent = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
                                          NULL);
    world->spawned = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    world->last_run = g_byte_array_new();
    return world;
}

void hl_played_world_free(struct hl_played_world *world)
{
    for (int op = 0; op < HL_OP_COUNT; op++) {
        g_clear_pointer(&world->canned[op], g_bytes_unref);
    }
    g_clear_pointer(&world->open, g_byte_array_unref);
    g_ptr_array_unref(world->processes);
    g_hash_table_unref(world->files);
    g_hash_table_unref(world->programs);
    g_hash_table_unref(world->absent);
    g_array_unref(world->spawned);
    g_byte_array_unref(world->last_run);
    g_free(world);
}

struct hl_played_process *hl_played_process(struct hl_played_world *world,
                                            uint32_t pid)
{
    for (guint i = 0; i < world->processes->len; i++) {
        struct hl_played_process *process = world->processes->pdata[i];

        if (process->pid == pid) {
            return process;
        }
    }
    return NULL;
}

struct hl_played_process *hl_played_process_add(struct hl_played_world *world,
                                                uint32_t pid)
{
    struct hl_played_process *process = g_new0(struct hl_played_process, 1);

    process->pid = pid;
    hl_memory_init(&process->own);
    g_ptr_array_add(world->processes, process);
    return process;
}

struct hl_memory *hl_played_memory(struct hl_played *played,
                                   const struct mem_region *region)
{
    uint32_t pid = (uint32_t)(GUINT64_FROM_LE(region->op) >> 32);
    struct hl_played_process *process;

    if (pid == 0 || pid == played->world->served) {
        return hl_played_current(played);
    }
    process = hl_played_process(played->world, pid);
    return process ? &process->own : NULL;
}

struct hl_memory *hl_played_current(struct hl_played *played)
{
    struct hl_played_process *process =
        hl_played_process(played->world, played->world->served);

    return process ? &process->own : &played->memory;
}

bool hl_played_is_absent(const struct hl_played_world *world, uint64_t addr,
                         size_t size)
{
    for (uint64_t page = addr / PAGE; page <= (addr + size - 1) / PAGE;
         page++) {
        if (g_hash_table_contains(world->absent, &page)) {
            return true;
        }
    }
    return false;
}

bool hl_played_answer_canned(struct hl_played *played, enum hl_op op,
                             struct mem_region *region)
{
    GBytes *bytes = played->world->canned[op];
    gsize size;
    const void *data;

    if (played->world->answer && played->world->answer(played, op, region)) {
        return true;
    }
    if (!bytes) {
        return false;
    }
    data = g_bytes_get_data(bytes, &size);
    memcpy(region->data, data, MIN(size, HL_CHUNK));
    hl_played_answer(region, HL_RESP_OK, size);
    return true;
}
