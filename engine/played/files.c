/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ops about the played guest's files, programs and threads. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"
#include "world.h"

/* A path that says so is refused with that errno: "/errno/13". */
static int refusal(const char *path)
{
    static const char prefix[] = "/errno/";

    return strncmp(path, prefix, strlen(prefix)) ? 0
           : atoi(path + strlen(prefix));
}

static void close_file(struct hl_played_world *world)
{
    g_clear_pointer(&world->open, g_byte_array_unref);
    world->position = 0;
}

static GByteArray *find_or_make(struct hl_played_world *world,
                                const char *path, uint64_t flags)
{
    GByteArray *file = g_hash_table_lookup(world->files, path);

    if (!file && flags & (HL_OPEN_WRITE | HL_OPEN_APPEND)) {
        file = g_byte_array_new();
        g_hash_table_insert(world->files, g_strdup(path), file);
    }
    return file;
}

void op_file_open(struct hl_played *played, struct mem_region *region,
                  uint64_t addr, size_t size)
{
    g_autofree char *path = g_strndup((const char *)region->data, size);
    struct hl_played_world *world = played->world;
    GByteArray *file = find_or_make(world, path, addr);

    close_file(world);
    if (!file || refusal(path)) {
        hl_played_answer_error(region, refusal(path) ? refusal(path) : ENOENT);
        return;
    }
    world->open = g_byte_array_ref(file);
    if (addr & HL_OPEN_WRITE) {
        g_byte_array_set_size(file, 0);
    }
    hl_played_answer(region, HL_RESP_OK, 0);
}

void op_file_read(struct hl_played *played, struct mem_region *region,
                  uint64_t addr, size_t size)
{
    struct hl_played_world *world = played->world;

    if (!world->open) {
        hl_played_answer_error(region, EBADF);
        return;
    }
    size = MIN(size, world->open->len - world->position);
    if (size > 0) {
        memcpy(region->data, world->open->data + world->position, size);
    }
    world->position += (guint)size;
    hl_played_answer(region, HL_RESP_OK, size);
}

void op_file_write(struct hl_played *played, struct mem_region *region,
                   uint64_t addr, size_t size)
{
    if (!played->world->open) {
        hl_played_answer_error(region, EBADF);
        return;
    }
    g_byte_array_append(played->world->open, region->data, (guint)size);
    hl_played_answer(region, HL_RESP_OK, size);
}

void op_file_close(struct hl_played *played, struct mem_region *region,
                   uint64_t addr, size_t size)
{
    if (!played->world->open) {
        hl_played_answer_error(region, EBADF);
        return;
    }
    close_file(played->world);
    hl_played_answer(region, HL_RESP_OK, 0);
}

/* What the spec gave for the program: its result, and its output behind. */
void op_run(struct hl_played *played, struct mem_region *region,
            uint64_t addr, size_t size)
{
    const size_t head = sizeof(struct hl_run_result);
    struct hl_played_world *world = played->world;
    const char *path = (const char *)region->data + sizeof(struct hl_run_args);
    GBytes *program = g_hash_table_lookup(world->programs, path);
    const uint8_t *data;
    gsize bytes;

    close_file(world);
    g_byte_array_set_size(world->last_run, 0);
    g_byte_array_append(world->last_run, region->data, (guint)size);
    if (!program) {
        hl_played_answer_error(region, ENOENT);
        return;
    }
    data = g_bytes_get_data(program, &bytes);
    world->open = g_byte_array_append(g_byte_array_new(), data + head,
                                      (guint)(bytes - head));
    memcpy(region->data, data, head);
    hl_played_answer(region, HL_RESP_OK, head);
}

void op_spawn(struct hl_played *played, struct mem_region *region,
              uint64_t addr, size_t size)
{
    if (played->world->spawn_error) {
        hl_played_answer_error(region, played->world->spawn_error);
        return;
    }
    g_array_append_val(played->world->spawned, addr);
    hl_played_answer(region, HL_RESP_OK, 0);
}
