/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a played guest: its memory, and the host that keeps what is said. */
#include "played.h"

#include <string.h>

#include "log.h"
#include "script.h"
#include "state.h"
#include "world.h"

/* --- memory -------------------------------------------------------------- */

void *hl_played_kernel(struct hl_played *played, uint64_t addr, size_t size)
{
    uint64_t length = (uint64_t)played->cpus * CPU_SIZE;
    uint64_t offset = addr - played->kernel;

    if (addr < played->kernel || offset > length || size > length - offset) {
        return NULL;
    }
    return played->kernel_bytes + offset;
}

static bool is_gone(const struct hl_played_cpu *cpu, uint64_t addr)
{
    return cpu->region_gone && addr - cpu->region < HL_REGION_SIZE;
}

/* As QEMU would, these reach user memory too, of what the vCPU has mapped. */
static bool read_guest(struct hl_guest *guest, uint64_t addr, void *to,
                       size_t size)
{
    struct hl_played *played = ((struct hl_played_cpu *)guest)->played;
    void *from = hl_played_kernel(played, addr, size);

    if (is_gone((struct hl_played_cpu *)guest, addr)) {
        return false;
    }
    if (!from) {
        return !hl_played_is_absent(played->world, addr, size) &&
               hl_memory_read(hl_played_current(played), addr, to,
                              size) == size;
    }
    memcpy(to, from, size);
    return true;
}

static bool write_guest(struct hl_guest *guest, uint64_t addr,
                        const void *from, size_t size)
{
    struct hl_played *played = ((struct hl_played_cpu *)guest)->played;
    void *to = hl_played_kernel(played, addr, size);

    if (is_gone((struct hl_played_cpu *)guest, addr)) {
        return false;
    }
    if (!to) {
        return hl_memory_write(hl_played_current(played), addr, from,
                               size) == size;
    }
    memcpy(to, from, size);
    return true;
}

static const struct hl_guest_ops played_guest_ops = { read_guest, write_guest };

void hl_played_map(struct hl_played *played, uint64_t addr, uint64_t size)
{
    hl_memory_map(hl_played_current(played), addr, size);
}

bool hl_played_poke(struct hl_played *played, uint64_t addr, const void *from,
                    size_t size)
{
    return hl_memory_write(hl_played_current(played), addr, from, size) == size;
}

bool hl_played_peek(struct hl_played *played, uint64_t addr, void *to,
                    size_t size)
{
    return hl_memory_read(hl_played_current(played), addr, to, size) == size;
}

/* --- the host side ------------------------------------------------------- */

static void keep_line(void *host, enum hl_level level, const char *line)
{
    struct hl_played *played = host;

    g_mutex_lock(&played->lock);
    g_ptr_array_add(played->log, g_strdup_printf("%s: %s",
                                                 hl_level_name(level), line));
    g_mutex_unlock(&played->lock);
}

static int64_t keep_output(void *host, int stream, const void *data,
                           size_t size)
{
    struct hl_played *played = host;

    g_mutex_lock(&played->lock);
    g_string_append_len(played->output[stream - 1], data, (gssize)size);
    g_mutex_unlock(&played->lock);
    return (int64_t)size;
}

static void keep_status(void *host, int status)
{
    ((struct hl_played *)host)->status = status;
}

static int64_t say_clock(void *host)
{
    const struct hl_played *played = host;

    return played->clock_us < 0 ? g_get_monotonic_time() : played->clock_us;
}

static const struct hl_host_ops played_host_ops = {
    keep_line, keep_output, keep_status, say_clock
};

/* --- making and unmaking ------------------------------------------------- */

static void free_hook(gpointer data)
{
    g_free(((struct hl_played_hook *)data)->spec);
}

struct hl_played *hl_played_new(const struct hl_target *target, unsigned cpus)
{
    struct hl_played *played = g_new0(struct hl_played, 1);

    hl_memory_init(&played->memory);
    played->world = hl_played_world_new();
    g_mutex_init(&played->lock);
    played->hooks = g_array_new(FALSE, TRUE, sizeof(struct hl_played_hook));
    g_array_set_clear_func(played->hooks, free_hook);
    played->protos = g_ptr_array_new_with_free_func(g_free);
    hl_played_add_own_protos(played);
    played->nodes = g_hash_table_new_full(NULL, NULL, NULL,
                                          hl_played_node_free);
    played->woken = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    played->log = g_ptr_array_new_with_free_func(g_free);
    played->output[0] = g_string_new(NULL);
    played->output[1] = g_string_new(NULL);
    played->status = -1;
    played->clock_us = -1;
    played->kernel = target->kernel_start + 0x10000;
    played->kernel_bytes = g_malloc0((gsize)cpus * CPU_SIZE);
    played->cpus = cpus;
    played->cpu = g_new0(struct hl_played_cpu, cpus);
    for (unsigned i = 0; i < cpus; i++) {
        played->cpu[i].guest.ops = &played_guest_ops;
        played->cpu[i].played = played;
        played->cpu[i].block = played->kernel + (uint64_t)i * CPU_SIZE;
        played->cpu[i].region = played->cpu[i].block + HL_REGION_SIZE;
        played->cpu[i].own = played->cpu[i].region + HL_REGION_SIZE;
    }
    played->engine = hl_engine_new(target, &played_host_ops, played);
    return played;
}

void hl_played_free(struct hl_played *played)
{
    if (played->watch) {
        hl_watch_stop(played->watch);
    } else if (played->reload) {
        hl_reload_free(played->reload);
    }
    hl_engine_free(played->engine);
    hl_memory_clear(&played->memory);
    hl_played_world_free(played->world);
    g_array_free(played->hooks, TRUE);
    g_ptr_array_free(played->protos, TRUE);
    if (played->raw_protos) {
        g_string_free(played->raw_protos, TRUE);
    }
    hl_played_forget_probes(played);
    g_hash_table_unref(played->nodes);
    g_array_free(played->woken, TRUE);
    g_ptr_array_free(played->log, TRUE);
    g_string_free(played->output[0], TRUE);
    g_string_free(played->output[1], TRUE);
    g_mutex_clear(&played->lock);
    g_free(played->kernel_bytes);
    g_free(played->cpu);
    g_free(played);
}

int hl_played_run(struct hl_played *played, const char *name, const char *text,
                  size_t size)
{
    struct hl_engine *engine = played->engine;
    int result;

    g_mutex_lock(&engine->lock);
    result = hl_script_run(engine->script, name, text, size);
    g_mutex_unlock(&engine->lock);
    return result;
}

struct hl_engine *hl_played_engine(struct hl_played *played)
{
    return played->engine;
}

struct hl_played_cpu *hl_played_cpu(struct hl_played *played, unsigned index)
{
    return &played->cpu[index];
}

void hl_played_set_reg(struct hl_played *played, unsigned index,
                       uint64_t value)
{
    played->regs[index % REGS_MAX] = value;
}

const GPtrArray *hl_played_log(struct hl_played *played)
{
    return played->log;
}

const GString *hl_played_output(struct hl_played *played, int stream)
{
    return played->output[stream - 1];
}

int hl_played_status(struct hl_played *played)
{
    return played->status;
}
