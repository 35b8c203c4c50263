/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file operation that waits, step by step: what lies between its reply and
 * HL_CALL_WAITS, where the played guest of the specs does not stop.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "abi/hyperfile.h"
#include "played.h"
#include "script.h"
#include "state.h"

#define SCRIPT                                                                \
    "local hl = require 'hyperlua'\n"                                         \
    "local event = hl.event()\n"                                              \
    "hl.file('/dev/wait', { ioctl = function(file, ms)\n"                     \
    "  if event:wait(ms) then return 40 end\n"                                \
    "  return 41\n"                                                           \
    "end })\n"                                                                \
    "hl.file('/dev/signal', { ioctl = function()\n"                           \
    "  return event:signal()\n"                                               \
    "end })\n"                                                                \
    "hl.file('/dev/data', { ioctl ="                                          \
    "  hl.models.write_data(('d'):rep(5000), 5) })\n"                         \
    "hl.file('/dev/replace', { ioctl = function()\n"                          \
    "  hl.file('/dev/data', {})\n"                                            \
    "  collectgarbage() collectgarbage()\n"                                   \
    "  return 0\n"                                                            \
    "end })"

/* The argument of each ioctl. */
#define USER_ADDR 0x10000

struct fixture {
    struct hl_played *played;
    struct hl_played_cpu *waiter;
    struct hl_played_cpu *signaller;
};

static void set_up(struct fixture *f, gconstpointer unused)
{
    f->played = hl_played_new(hl_target_find("mipsel"), 2);
    f->waiter = hl_played_cpu(f->played, 0);
    f->signaller = hl_played_cpu(f->played, 1);
    g_assert_cmpint(hl_played_run(f->played, "test.lua",
                                  SCRIPT, strlen(SCRIPT)), ==, 0);
    g_assert_cmpint(hl_played_hello(f->waiter, HL_ABI_VERSION), ==, 0);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
    hl_played_free(f->played);
}

static struct hl_call *block_of(struct hl_played_cpu *cpu)
{
    return hl_played_kernel(cpu->played, cpu->block, sizeof(struct hl_call));
}

/* One ring and no more: nothing is served or announced. */
static int64_t ring(struct hl_played_cpu *cpu, uint32_t number, uint64_t task)
{
    struct hl_call *block = block_of(cpu);

    block->flags = 0;
    block->task = GUINT64_TO_LE(task);
    block->number = GUINT64_TO_LE((uint64_t)number);
    hl_doorbell(hl_played_engine(cpu->played), &cpu->guest, cpu->block);
    return (int64_t)GUINT64_FROM_LE(block->ret);
}

static int64_t resume(struct hl_played_cpu *cpu, uint64_t task)
{
    block_of(cpu)->arg[0] = GUINT64_TO_LE(cpu->region);
    return ring(cpu, HL_CALL_RESUME, task);
}

/* HYP_IOCTL as a 32-bit little-endian guest packs it. */
static int64_t ioctl(struct hl_played_cpu *cpu, const char *path, uint32_t cmd)
{
    uint32_t wire[] = {
        GUINT32_TO_LE(HYP_IOCTL), GUINT32_TO_LE((uint32_t)cpu->own + 64),
        GUINT32_TO_LE(cmd), GUINT32_TO_LE(USER_ADDR), 0, 0,
    };
    uint8_t *own = hl_played_kernel(cpu->played, cpu->own, 128);
    struct hl_call *block = block_of(cpu);

    memcpy(own, wire, sizeof(wire));
    g_strlcpy((char *)own + 64, path, 64);
    block->arg[0] = GUINT64_TO_LE((uint64_t)HYP_FILE_OP);
    block->arg[1] = GUINT64_TO_LE(cpu->own);
    block->arg[2] = GUINT64_TO_LE(cpu->region);
    block->arg[3] = 0;
    return ring(cpu, IGLOO_HYPERFS_MAGIC, 0);
}

/* The task that is to wait so long. */
static uint64_t begin_wait(struct fixture *f, uint32_t ms)
{
    g_assert_cmpint(ioctl(f->waiter, "/dev/wait", ms), ==, ms);
    g_assert_cmphex(GUINT64_FROM_LE(block_of(f->waiter)->flags), ==,
                    HL_FLAG_WAIT);
    return GUINT64_FROM_LE(block_of(f->waiter)->task);
}

static int64_t signal_event(struct fixture *f)
{
    return ioctl(f->signaller, "/dev/signal", 0);
}

static void a_signal_before_waits_is_not_lost(struct fixture *f,
                                              gconstpointer unused)
{
    uint64_t task = begin_wait(f, 250);

    g_assert_cmpint(signal_event(f), ==, 1);
    g_assert_cmpint(ring(f->waiter, HL_CALL_WAITS, task), ==, 1);
    hl_played_work(f->signaller);
    g_assert_cmpuint(f->played->woken->len, ==, 0);
    g_assert_cmpint(resume(f->waiter, task), ==, 40);
}

static void a_signal_after_waits_is_told(struct fixture *f,
                                         gconstpointer unused)
{
    uint64_t task = begin_wait(f, 250);

    g_assert_cmpint(ring(f->waiter, HL_CALL_WAITS, task), ==, 0);
    g_assert_cmpint(signal_event(f), ==, 1);
    /* Nobody but the reply says that there is something to tell. */
    g_assert_cmphex(GUINT64_FROM_LE(block_of(f->signaller)->flags), ==,
                    HL_FLAG_WORK);
    hl_played_work(f->signaller);
    g_assert_cmpuint(f->played->woken->len, ==, 1);
    g_assert_cmphex(g_array_index(f->played->woken, uint64_t, 0), ==, task);
    g_assert_cmpint(resume(f->waiter, task), ==, 40);
}

/* The guest may announce late, twice, or what it does not have. */
static void waits_is_for_a_task_that_waits(struct fixture *f,
                                           gconstpointer unused)
{
    uint64_t task = begin_wait(f, 250);

    g_assert_cmpint(ring(f->waiter, HL_CALL_WAITS, task), ==, 0);
    g_assert_cmpint(ring(f->waiter, HL_CALL_WAITS, task), ==, 0);
    g_assert_cmpint(ring(f->waiter, HL_CALL_WAITS, task + 1), ==, -ESRCH);
    g_assert_cmpint(ring(f->waiter, HL_CALL_WAITS, UINT64_MAX), ==, -ESRCH);
    g_assert_cmpint(resume(f->waiter, task), ==, 41);
    g_assert_cmpint(ring(f->waiter, HL_CALL_WAITS, task), ==, -ESRCH);
}

/* Another region than the one that it began with is another's process. */
static void only_its_own_process_resumes_it(struct fixture *f,
                                            gconstpointer unused)
{
    uint64_t task = begin_wait(f, 250);

    g_assert_cmpint(resume(f->signaller, task), ==, -ESRCH);
    g_assert_cmpint(resume(f->waiter, task), ==, 41);
}

/* What the guest is asked to write, which is answered as done. */
static void is_asked_to_write(struct fixture *f, uint64_t addr, uint64_t size)
{
    struct mem_region *region = hl_played_kernel(f->played, f->waiter->region,
                                                 sizeof(*region));

    g_assert_cmphex(GUINT64_FROM_LE(block_of(f->waiter)->flags) &
                    HL_FLAG_SERVE, ==, HL_FLAG_SERVE);
    g_assert_cmpint((int)GUINT64_FROM_LE(region->op), ==, HL_OP_WRITE);
    g_assert_cmphex(GUINT64_FROM_LE(region->addr), ==, addr);
    g_assert_cmpuint(GUINT64_FROM_LE(region->size), ==, size);
    for (uint64_t i = 0; i < size; i++) {
        g_assert_cmpint(region->data[i], ==, 'd');
    }
    hl_played_answer(region, HL_RESP_OK, size);
}

static void what_write_data_writes_outlives_it(struct fixture *f,
                                               gconstpointer unused)
{
    uint64_t task;

    g_assert_cmpint(ioctl(f->waiter, "/dev/data", 1), ==, 0);
    task = GUINT64_FROM_LE(block_of(f->waiter)->task);
    is_asked_to_write(f, USER_ADDR, HL_CHUNK);
    g_assert_cmpint(ioctl(f->signaller, "/dev/replace", 1), ==, 0);
    resume(f->waiter, task);
    is_asked_to_write(f, USER_ADDR + HL_CHUNK, 5000 - HL_CHUNK);
    g_assert_cmpint(resume(f->waiter, task), ==, 5);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(struct fixture *f, gconstpointer unused);
    } tests[] = {
        { "a-signal-before-waits-is-not-lost",
          a_signal_before_waits_is_not_lost },
        { "a-signal-after-waits-is-told", a_signal_after_waits_is_told },
        { "waits-is-for-a-task-that-waits", waits_is_for_a_task_that_waits },
        { "only-its-own-process-resumes-it", only_its_own_process_resumes_it },
        { "what-write-data-writes-outlives-it",
          what_write_data_writes_outlives_it },
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strdup_printf("/files/%s", tests[i].name);

        g_test_add(path, struct fixture, NULL, set_up, tests[i].test,
                   tear_down);
    }
    return g_test_run();
}
