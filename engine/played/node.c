/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The played guest's nodes: what was asked for is kept, for the tests. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

void hl_played_node_free(gpointer data)
{
    struct hl_played_node *node = data;

    g_byte_array_unref(node->map);
    g_free(node->path);
    g_free(node);
}

static struct hl_played_node *find(struct hl_played *played, uint64_t id)
{
    return g_hash_table_lookup(played->nodes, GUINT_TO_POINTER((guint)id));
}

/* A path that says so is refused with that errno: "/dev/errno/30". */
static int refusal(const char *path)
{
    static const char prefix[] = "/dev/errno/";

    return strncmp(path, prefix, strlen(prefix)) ? 0
           : atoi(path + strlen(prefix));
}

static void resize_map(struct hl_played_node *node)
{
    guint before = node->map->len;
    guint size = GUINT32_FROM_LE(node->spec.map_size);

    g_byte_array_set_size(node->map, size);
    if (size > before) {
        memset(node->map->data + before, 0, size - before);
    }
}

void op_node_add(struct hl_played *played, struct mem_region *region,
                 uint64_t addr, size_t size)
{
    const struct hl_node_spec *spec = (const void *)region->data;
    uint32_t id = GUINT32_FROM_LE(spec->id);
    struct hl_played_node *node = find(played, id);

    g_assert(size == sizeof(*spec) + GUINT32_FROM_LE(spec->path_size) + 1);
    if (refusal(spec->path)) {
        hl_played_answer_error(region, refusal(spec->path));
        return;
    }
    if (!node) {
        node = g_new0(struct hl_played_node, 1);
        node->path = g_strndup(spec->path, GUINT32_FROM_LE(spec->path_size));
        node->map = g_byte_array_new();
        g_hash_table_insert(played->nodes, GUINT_TO_POINTER(id), node);
    }
    memcpy(&node->spec, spec, sizeof(*spec));
    resize_map(node);
    hl_played_answer(region, HL_RESP_OK, 0);
}

void op_node_remove(struct hl_played *played, struct mem_region *region,
                    uint64_t addr, size_t size)
{
    g_hash_table_remove(played->nodes, GUINT_TO_POINTER((guint)addr));
    hl_played_answer(region, HL_RESP_OK, 0);
}

void op_node_wake(struct hl_played *played, struct mem_region *region,
                  uint64_t addr, size_t size)
{
    find(played, addr)->wakes++;
    hl_played_answer(region, HL_RESP_OK, 0);
}

void op_task_wake(struct hl_played *played, struct mem_region *region,
                  uint64_t addr, size_t size)
{
    const hl_le64 *ids = (const void *)region->data;

    for (size_t i = 0; i < size / sizeof(*ids); i++) {
        uint64_t id = GUINT64_FROM_LE(ids[i]);

        g_array_append_val(played->woken, id);
    }
    hl_played_answer(region, HL_RESP_OK, 0);
}

static uint8_t *map_at(struct hl_played *played, const struct hl_map_args *args)
{
    struct hl_played_node *node = find(played, GUINT32_FROM_LE(args->node));
    uint64_t offset = GUINT64_FROM_LE(args->offset);

    g_assert(node && offset + GUINT32_FROM_LE(args->size) <= node->map->len);
    return node->map->data + offset;
}

void op_map_read(struct hl_played *played, struct mem_region *region,
                 uint64_t addr, size_t size)
{
    struct hl_map_args args;

    memcpy(&args, region->data, sizeof(args));
    memcpy(region->data, map_at(played, &args), GUINT32_FROM_LE(args.size));
    hl_played_answer(region, HL_RESP_OK, GUINT32_FROM_LE(args.size));
}

void op_map_write(struct hl_played *played, struct mem_region *region,
                  uint64_t addr, size_t size)
{
    struct hl_map_args args;

    memcpy(&args, region->data, sizeof(args));
    memcpy(map_at(played, &args), region->data + sizeof(args),
           GUINT32_FROM_LE(args.size));
    hl_played_answer(region, HL_RESP_OK, GUINT32_FROM_LE(args.size));
}
