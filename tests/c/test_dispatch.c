/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call blocks as a guest may hand them over: right, wrong and hostile. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "played.h"
#include "script.h"
#include "task.h"

static const char *const TARGETS[] = { "mipsel", "mips", "x86_64" };

struct fixture {
    struct hl_played *played;
    struct hl_played_cpu *cpu;
    struct hl_call *block;
    struct mem_region *region;
};

static void set_up(struct fixture *f, gconstpointer target)
{
    f->played = hl_played_new(hl_target_find(target), 1);
    f->cpu = hl_played_cpu(f->played, 0);
    f->block = hl_played_kernel(f->played, f->cpu->block, HL_CALL_SIZE);
    f->region = hl_played_kernel(f->played, f->cpu->region, HL_REGION_SIZE);
}

static void tear_down(struct fixture *f, gconstpointer target)
{
    hl_played_free(f->played);
}

static void run(struct fixture *f, const char *script)
{
    g_assert_cmpint(hl_played_run(f->played, "test.lua",
                                  script, strlen(script)), ==, 0);
    g_assert_cmpint(hl_played_hello(f->cpu, HL_ABI_VERSION), ==, 0);
}

#define HOOK                                                                  \
    "local hl = require 'hyperlua'\n"                                         \
    "hl.syscall('on_sys_ioctl_return', function(s, fd, cmd, arg)\n"           \
    "  s.retval = hl.portal.read_int(arg) or -14\n"                           \
    "end)"

static void ring_raw(struct fixture *f, uint32_t number, uint64_t block)
{
    f->block->number = GUINT64_TO_LE((uint64_t)number);
    hl_doorbell(hl_played_engine(f->played), &f->cpu->guest, block);
}

static void null_touches_nothing(struct fixture *f, gconstpointer target)
{
    memset(f->block, 0x55, sizeof(*f->block));
    hl_doorbell(hl_played_engine(f->played), &f->cpu->guest,
                f->cpu->block + 4);
    for (size_t i = 0; i < sizeof(*f->block); i++) {
        g_assert_cmphex(((uint8_t *)f->block)[i], ==, 0x55);
    }
}

static void echo_returns_its_argument(struct fixture *f, gconstpointer target)
{
    uint64_t arg[4] = { 0x0123456789abcdef, 2, 3, 4 };

    g_assert_cmphex(hl_played_ring(f->cpu, HL_CALL_ECHO, arg), ==, arg[0]);
    g_assert_cmphex(GUINT64_FROM_LE(f->block->arg[3]), ==, 4);
    g_assert_cmphex(GUINT64_FROM_LE(f->block->flags), ==, 0);
}

static void unknown_numbers_are_enosys(struct fixture *f, gconstpointer target)
{
    uint64_t arg[4] = { 0 };

    g_assert_cmpint((int64_t)hl_played_ring(f->cpu, HL_CALL_COUNT, arg), ==,
                    -ENOSYS);
    g_assert_cmpint((int64_t)hl_played_ring(f->cpu, 0xffffffff, arg), ==,
                    -ENOSYS);
}

/* Crooked and unreachable blocks are left alone. */
static void bad_blocks_are_ignored(struct fixture *f, gconstpointer target)
{
    memset(f->block, 0x55, sizeof(*f->block));
    ring_raw(f, HL_CALL_ECHO, f->cpu->block + 8);
    ring_raw(f, HL_CALL_ECHO, 0);
    ring_raw(f, HL_CALL_ECHO, ~(uint64_t)63);
    for (size_t i = 8; i < sizeof(*f->block); i++) {
        g_assert_cmphex(((uint8_t *)f->block)[i], ==, 0x55);
    }
}

static void bad_regions_are_refused(struct fixture *f, gconstpointer target)
{
    static const uint32_t calls[] = { HL_CALL_HELLO, HL_CALL_SYSCALL };
    uint64_t far = f->cpu->region + (1 << 24);

    run(f, HOOK);
    hl_played_map(f->played, 0x1000, 4096);
    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
        g_assert_cmpint((int64_t)hl_played_ring(f->cpu, calls[i],
                        (uint64_t[4]){ f->cpu->region + 8 }), ==, -EFAULT);
        g_assert_cmpint((int64_t)hl_played_ring(f->cpu, calls[i],
                        (uint64_t[4]){ 0x1000 }), ==, -EFAULT);
        g_assert_cmpint((int64_t)hl_played_ring(f->cpu, calls[i],
                        (uint64_t[4]){ far }), ==, -EFAULT);
    }
    g_assert_cmpuint(hl_tasks_active(hl_played_engine(f->played)), ==, 0);
}

static void calls_before_hello_are_refused(struct fixture *f,
                                           gconstpointer target)
{
    uint64_t arg[4] = { f->cpu->region };

    g_assert_cmpint((int64_t)hl_played_ring(f->cpu, HL_CALL_SYSCALL, arg), ==,
                    -EPROTO);
}

static void events_of_nonsense_are_refused(struct fixture *f,
                                           gconstpointer target)
{
    uint64_t arg[4] = { f->cpu->region };
    struct hl_syscall_event *event = (void *)f->region->data;

    run(f, HOOK);
    memset(f->region, 0, sizeof(*f->region));
    event->phase = GUINT32_TO_LE(3);
    g_assert_cmpint((int64_t)hl_played_ring(f->cpu, HL_CALL_SYSCALL, arg), ==,
                    -EINVAL);
    event->phase = GUINT32_TO_LE(HL_PHASE_RETURN);
    event->hooks = GUINT32_TO_LE(HL_EVENT_HOOKS + 1);
    g_assert_cmpint((int64_t)hl_played_ring(f->cpu, HL_CALL_SYSCALL, arg), ==,
                    -EINVAL);
    /* Ids that no hook has: nothing runs, and the call is unhooked. */
    event->hooks = GUINT32_TO_LE(HL_EVENT_HOOKS);
    memset(event + 1, 0xff, HL_EVENT_HOOKS * 4);
    g_assert_cmpint((int64_t)hl_played_ring(f->cpu, HL_CALL_SYSCALL, arg), ==,
                    0);
    g_assert_cmpuint(hl_tasks_active(hl_played_engine(f->played)), ==, 0);
}

/* Starts the hooked ioctl by hand and leaves it waiting for read_int. */
static uint64_t start_waiting(struct fixture *f, const char *script)
{
    struct hl_syscall_event *event = (void *)f->region->data;

    run(f, script);
    memset(event, 0, sizeof(*event));
    event->phase = GUINT32_TO_LE(HL_PHASE_RETURN);
    event->hooks = GUINT32_TO_LE(1);
    event->arg[2] = GUINT64_TO_LE(0x10000);
    *(hl_le32 *)(event + 1) = GUINT32_TO_LE(1);
    f->block->arg[0] = GUINT64_TO_LE(f->cpu->region);
    ring_raw(f, HL_CALL_SYSCALL, f->cpu->block);
    g_assert_cmphex(GUINT64_FROM_LE(f->block->flags), ==, HL_FLAG_SERVE);
    g_assert_cmphex(GUINT64_FROM_LE(f->region->op), ==, HL_OP_READ);
    g_assert_cmphex(GUINT64_FROM_LE(f->region->addr), ==, 0x10000);
    g_assert_cmphex(GUINT64_FROM_LE(f->region->size), ==, 4);
    return GUINT64_FROM_LE(f->block->task);
}

/* A call of the system call that hook `id` is on; the block's ret. */
static int64_t call_hook(struct fixture *f, uint32_t id)
{
    struct hl_syscall_event *event = (void *)f->region->data;

    memset(event, 0, sizeof(*event));
    event->phase = GUINT32_TO_LE(HL_PHASE_RETURN);
    event->hooks = GUINT32_TO_LE(1);
    *(hl_le32 *)(event + 1) = GUINT32_TO_LE(id);
    f->block->arg[0] = GUINT64_TO_LE(f->cpu->region);
    ring_raw(f, HL_CALL_SYSCALL, f->cpu->block);
    return (int64_t)GUINT64_FROM_LE(f->block->ret);
}

static int64_t resume(struct fixture *f, uint64_t task, uint64_t region)
{
    f->block->arg[0] = GUINT64_TO_LE(region);
    f->block->task = GUINT64_TO_LE(task);
    ring_raw(f, HL_CALL_RESUME, f->cpu->block);
    return (int64_t)GUINT64_FROM_LE(f->block->ret);
}

static void only_the_waiting_task_resumes(struct fixture *f,
                                          gconstpointer target)
{
    uint64_t task = start_waiting(f, HOOK);

    g_assert_cmpint(resume(f, task + 1, f->cpu->region), ==, -ESRCH);
    g_assert_cmpint(resume(f, task + (1ULL << 32), f->cpu->region), ==, -ESRCH);
    g_assert_cmpint(resume(f, task, f->cpu->region + 4096), ==, -ESRCH);
    f->region->op = GUINT64_TO_LE(HL_RESP_OK);
    f->region->size = GUINT64_TO_LE(4);
    memset(f->region->data, 0, 4);
    g_assert_cmpint(resume(f, task, f->cpu->region), ==, HL_ANSWER_RETVAL);
    g_assert_cmpint(resume(f, task, f->cpu->region), ==, -ESRCH);
    /* The id that this place will have next, and has not yet. */
    g_assert_cmpint(resume(f, task + (1ULL << 32), f->cpu->region), ==,
                    -ESRCH);
}

/* Answers that say more than was asked, or nothing that is known. */
static void false_answers_are_faults(struct fixture *f, gconstpointer target)
{
    static const struct {
        uint64_t op, addr, size;
    } answers[] = {
        { HL_RESP_OK, 0, 5 },
        { HL_RESP_OK, 0, 3 },
        { HL_RESP_OK, 0, ~0ULL },
        { HL_RESP_PARTIAL, 0, 2 },
        { HL_RESP_ERROR, ~0ULL, 4 },
        { HL_OP_READ, 0x10000, 4 },
        { 0, 0, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        struct hl_syscall_answer *answer = (void *)f->region->data;
        uint64_t task = start_waiting(f, HOOK);

        f->region->op = GUINT64_TO_LE(answers[i].op);
        f->region->addr = GUINT64_TO_LE(answers[i].addr);
        f->region->size = GUINT64_TO_LE(answers[i].size);
        g_assert_cmpint(resume(f, task, f->cpu->region), ==, HL_ANSWER_RETVAL);
        g_assert_cmpint((int64_t)GUINT64_FROM_LE(answer->retval), ==, -14);
        tear_down(f, target);
        set_up(f, target);
    }
}

/* However a read of four bytes goes wrong, the handler sees a fault. */
static void false_lengths_end_a_read(struct fixture *f, gconstpointer target)
{
    static const uint64_t sizes[] = { 0, 5, HL_CHUNK, 1 << 20, ~0ULL };

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct hl_syscall_answer *answer = (void *)f->region->data;
        uint64_t task = start_waiting(f,
            "local hl = require 'hyperlua'\n"
            "hl.syscall('on_sys_ioctl_return', function(s, fd, cmd, arg)\n"
            "  local bytes, why = hl.portal.read_bytes(arg, 4)\n"
            "  s.retval = not bytes and why == 'EFAULT' and -14 or #bytes\n"
            "end)");

        f->region->op = GUINT64_TO_LE(HL_RESP_OK);
        f->region->size = GUINT64_TO_LE(sizes[i]);
        g_assert_cmpint(resume(f, task, f->cpu->region), ==, HL_ANSWER_RETVAL);
        g_assert_cmphex(GUINT64_FROM_LE(f->block->flags), ==, 0);
        g_assert_cmpint((int64_t)GUINT64_FROM_LE(answer->retval), ==, -14);
        tear_down(f, target);
        set_up(f, target);
    }
}

/* Its question cannot be sent: the handler ends, and the next is its own. */
static void a_lost_region_ends_the_handler(struct fixture *f,
                                           gconstpointer target)
{
    struct hl_syscall_answer *answer = (void *)f->region->data;
    uint64_t task = start_waiting(f,
        "local hl = require 'hyperlua'\n"
        "hl.syscall('on_sys_ioctl_return', function(s, fd, cmd, arg)\n"
        "  hl.portal.read_int(arg)\n"
        "  hl.portal.read_int(arg)\n"
        "  s.retval = 1\n"
        "end)\n"
        "hl.syscall('on_sys_read_return', function(s) s.retval = 2 end)");

    f->cpu->region_gone = true;
    g_assert_cmpint(resume(f, task, f->cpu->region), ==, -EFAULT);
    f->cpu->region_gone = false;
    g_assert_cmpuint(hl_tasks_active(hl_played_engine(f->played)), ==, 0);
    g_assert_cmpint(call_hook(f, 2), ==, HL_ANSWER_RETVAL);
    g_assert_cmpint((int64_t)GUINT64_FROM_LE(answer->retval), ==, 2);
}

/* The same for a hook on its way: it is sent again. */
static void a_lost_region_keeps_the_hook(struct fixture *f,
                                         gconstpointer target)
{
    uint64_t arg[4] = { f->cpu->region };
    struct hl_played_syscall call = {
        .name = "ioctl", .comm = "x", .retval = -25,
    };

    g_assert_cmpint(hl_played_hello(f->cpu, HL_ABI_VERSION), ==, 0);
    g_assert_cmpint(hl_played_run(f->played, "test.lua",
                                  HOOK, strlen(HOOK)), ==, 0);
    f->cpu->region_gone = true;
    hl_played_ring(f->cpu, HL_CALL_WORK, arg);
    f->cpu->region_gone = false;
    hl_played_work(f->cpu);
    hl_played_syscall(f->cpu, &call);
    g_assert_cmpint(call.retval, ==, -14);
}

/* One handler waits in a coroutine of its own; another tries to go on. */
static void only_the_guest_goes_on_with_a_coroutine(struct fixture *f,
                                                    gconstpointer target)
{
    struct hl_syscall_answer *answer = (void *)f->region->data;

    start_waiting(f,
        "local hl = require 'hyperlua'\n"
        "local worker = coroutine.create(function(arg)\n"
        "  return hl.portal.read_int(arg)\n"
        "end)\n"
        "hl.syscall('on_sys_ioctl_return', function(s, fd, cmd, arg)\n"
        "  coroutine.resume(worker, arg)\n"
        "end)\n"
        "hl.syscall('on_sys_read_return', function(s)\n"
        "  local ok, why = coroutine.resume(worker)\n"
        "  s.retval = not ok and why:find('nothing else') and 2 or 3\n"
        "end)");
    g_assert_cmpint(call_hook(f, 2), ==, HL_ANSWER_RETVAL);
    g_assert_cmpint((int64_t)GUINT64_FROM_LE(answer->retval), ==, 2);
}

static void a_cancelled_handler_is_closed(struct fixture *f,
                                          gconstpointer target)
{
    uint64_t task = start_waiting(f,
        "local hl = require 'hyperlua'\n"
        "hl.syscall('on_sys_ioctl_return', function(s, fd, cmd, arg)\n"
        "  local _ <close> = setmetatable({}, { __close = function()\n"
        "    hl.log('closed')\n"
        "  end })\n"
        "  hl.portal.read_int(arg)\n"
        "end)");
    const GPtrArray *log = hl_played_log(f->played);

    f->block->task = GUINT64_TO_LE(task);
    ring_raw(f, HL_CALL_CANCEL, f->cpu->block);
    g_assert_cmpint((int64_t)GUINT64_FROM_LE(f->block->ret), ==, 0);
    g_assert_cmpstr(log->pdata[log->len - 1], ==, "info: closed");
    g_assert_cmpint(resume(f, task, f->cpu->region), ==, -ESRCH);
    f->block->task = GUINT64_TO_LE(task);
    ring_raw(f, HL_CALL_CANCEL, f->cpu->block);
    g_assert_cmpint((int64_t)GUINT64_FROM_LE(f->block->ret), ==, -ESRCH);
}

/* Whoever asked for work is killed, time and again: the next one gets it. */
static void cancelled_work_is_done_by_another(struct fixture *f,
                                              gconstpointer target)
{
    static const char later[] =
        "local hl = require 'hyperlua'\n"
        "hl.syscall('on_sys_ioctl_return', function(s) s.retval = 7 end)";
    struct hl_played_syscall call = { .name = "ioctl", .comm = "x" };

    run(f, "");
    g_assert_cmpint(hl_played_run(f->played, "later.lua", later,
                                  strlen(later)), ==, 0);
    for (int i = 0; i < 3; i++) {
        f->block->arg[0] = GUINT64_TO_LE(f->cpu->region);
        ring_raw(f, HL_CALL_WORK, f->cpu->block);
        g_assert_true(GUINT64_FROM_LE(f->block->flags) & HL_FLAG_SERVE);
        ring_raw(f, HL_CALL_CANCEL, f->cpu->block);
        g_assert_cmpint((int64_t)GUINT64_FROM_LE(f->block->ret), ==, 0);
    }
    hl_played_work(f->cpu);
    hl_played_syscall(f->cpu, &call);
    g_assert_cmpint(call.retval, ==, 7);
    hl_played_syscall_end(&call);
}

/* The guest's list of hooks is a claim: phase and order are checked. */
static void hooks_are_what_they_were_registered_for(struct fixture *f,
                                                    gconstpointer target)
{
    struct hl_syscall_answer *answer = (void *)f->region->data;
    struct hl_syscall_event *event = (void *)f->region->data;
    hl_le32 *id = (hl_le32 *)(event + 1);

    run(f, "local hl = require 'hyperlua'\n"
           "hl.syscall('on_sys_ioctl_return', function(s)\n"
           "  s.retval = s.retval * 10 + 1\n"
           "end)\n"
           "hl.syscall('on_sys_ioctl_return', function(s)\n"
           "  s.retval = s.retval * 10 + 2\n"
           "end)\n"
           "hl.syscall('on_sys_ioctl_enter', function(s)\n"
           "  s.retval = 99\n"
           "end)");
    memset(event, 0, sizeof(*event));
    event->phase = GUINT32_TO_LE(HL_PHASE_RETURN);
    event->hooks = GUINT32_TO_LE(5);
    for (uint32_t i = 0; i < 5; i++) {
        id[i] = GUINT32_TO_LE(3 - i % 3);       /* 3 2 1 3 2 */
    }
    f->block->arg[0] = GUINT64_TO_LE(f->cpu->region);
    ring_raw(f, HL_CALL_SYSCALL, f->cpu->block);
    g_assert_cmpint((int64_t)GUINT64_FROM_LE(answer->retval), ==, 12);
}

/* Any reply says that there is work, until the guest has fetched it. */
static void replies_say_that_work_waits(struct fixture *f,
                                        gconstpointer target)
{
    uint64_t arg[4] = { f->cpu->region };

    g_assert_cmpint(hl_played_hello(f->cpu, HL_ABI_VERSION), ==, 0);
    hl_played_ring(f->cpu, HL_CALL_ECHO, arg);
    g_assert_cmphex(GUINT64_FROM_LE(f->block->flags), ==, 0);
    g_assert_cmpint(hl_played_run(f->played, "test.lua",
                                  HOOK, strlen(HOOK)), ==, 0);
    hl_played_ring(f->cpu, HL_CALL_ECHO, arg);
    g_assert_cmphex(GUINT64_FROM_LE(f->block->flags), ==, HL_FLAG_WORK);
    hl_played_work(f->cpu);
    hl_played_ring(f->cpu, HL_CALL_ECHO, arg);
    g_assert_cmphex(GUINT64_FROM_LE(f->block->flags), ==, 0);
}

static void a_new_hello_drops_what_waited(struct fixture *f,
                                          gconstpointer target)
{
    uint64_t task = start_waiting(f, HOOK);

    g_assert_cmpint(hl_played_hello(f->cpu, HL_ABI_VERSION), ==, 0);
    g_assert_cmpint(resume(f, task, f->cpu->region), ==, -ESRCH);
    g_assert_cmpuint(hl_tasks_active(hl_played_engine(f->played)), ==, 0);
}

static void tasks_are_bounded(struct fixture *f, gconstpointer target)
{
    struct hl_engine *engine = hl_played_engine(f->played);
    struct hl_syscall_event *event = (void *)f->region->data;

    run(f, HOOK);
    for (int i = 0; i <= HL_TASKS_MAX; i++) {
        memset(event, 0, sizeof(*event));
        event->phase = GUINT32_TO_LE(HL_PHASE_RETURN);
        event->hooks = GUINT32_TO_LE(1);
        *(hl_le32 *)(event + 1) = GUINT32_TO_LE(1);
        f->block->arg[0] = GUINT64_TO_LE(f->cpu->region);
        ring_raw(f, HL_CALL_SYSCALL, f->cpu->block);
    }
    g_assert_cmpint((int64_t)GUINT64_FROM_LE(f->block->ret), ==, -EBUSY);
    g_assert_cmpuint(hl_tasks_active(engine), ==,
                     HL_TASKS_MAX - HL_TASKS_KEPT);
    hl_played_goodbye(f->cpu);
    g_assert_cmpuint(hl_tasks_active(engine), ==, 0);
}

static void output_is_passed_on(struct fixture *f, gconstpointer target)
{
    uint64_t text = f->cpu->region;

    hl_played_map(f->played, 0x1000, 4096);
    memcpy(f->region, "hello\0world", 11);
    g_assert_cmpint((int64_t)hl_played_ring(f->cpu, HL_CALL_OUTPUT,
                    (uint64_t[4]){ 1, text, 11 }), ==, 11);
    g_assert_cmpint((int64_t)hl_played_ring(f->cpu, HL_CALL_OUTPUT,
                    (uint64_t[4]){ 2, text, 2 }), ==, 2);
    g_assert_cmpmem(hl_played_output(f->played, 1)->str, 11, "hello\0world",
                    11);
    g_assert_cmpstr(hl_played_output(f->played, 2)->str, ==, "he");
    g_assert_cmpint((int64_t)hl_played_ring(f->cpu, HL_CALL_OUTPUT,
                    (uint64_t[4]){ 3, text, 2 }), ==, -EINVAL);
    g_assert_cmpint((int64_t)hl_played_ring(f->cpu, HL_CALL_OUTPUT,
                    (uint64_t[4]){ 1, text, HL_OUTPUT_MAX + 1 }), ==, -EINVAL);
    g_assert_cmpint((int64_t)hl_played_ring(f->cpu, HL_CALL_OUTPUT,
                    (uint64_t[4]){ 1, 0x1000, 2 }), ==, -EFAULT);
}

static void the_exit_status_is_kept(struct fixture *f, gconstpointer target)
{
    g_assert_cmpint(hl_played_status(f->played), ==, -1);
    hl_played_ring(f->cpu, HL_CALL_EXIT, (uint64_t[4]){ 0x1234567890abcd2a });
    g_assert_cmpint(hl_played_status(f->played), ==, 0x2a);
}

static const struct {
    const char *name;
    void (*test)(struct fixture *f, gconstpointer target);
} tests[] = {
    { "null-touches-nothing", null_touches_nothing },
    { "echo-returns-its-argument", echo_returns_its_argument },
    { "unknown-numbers-are-enosys", unknown_numbers_are_enosys },
    { "bad-blocks-are-ignored", bad_blocks_are_ignored },
    { "bad-regions-are-refused", bad_regions_are_refused },
    { "calls-before-hello-are-refused", calls_before_hello_are_refused },
    { "events-of-nonsense-are-refused", events_of_nonsense_are_refused },
    { "only-the-waiting-task-resumes", only_the_waiting_task_resumes },
    { "false-answers-are-faults", false_answers_are_faults },
    { "false-lengths-end-a-read", false_lengths_end_a_read },
    { "a-lost-region-ends-the-handler", a_lost_region_ends_the_handler },
    { "a-lost-region-keeps-the-hook", a_lost_region_keeps_the_hook },
    { "only-the-guest-goes-on-with-a-coroutine",
      only_the_guest_goes_on_with_a_coroutine },
    { "a-cancelled-handler-is-closed", a_cancelled_handler_is_closed },
    { "cancelled-work-is-done-by-another",
      cancelled_work_is_done_by_another },
    { "hooks-are-what-they-were-registered-for",
      hooks_are_what_they_were_registered_for },
    { "replies-say-that-work-waits", replies_say_that_work_waits },
    { "a-new-hello-drops-what-waited", a_new_hello_drops_what_waited },
    { "tasks-are-bounded", tasks_are_bounded },
    { "output-is-passed-on", output_is_passed_on },
    { "the-exit-status-is-kept", the_exit_status_is_kept },
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t t = 0; t < G_N_ELEMENTS(TARGETS); t++) {
        for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
            g_autofree char *path = g_strdup_printf("/dispatch/%s/%s",
                                                    TARGETS[t], tests[i].name);

            g_test_add(path, struct fixture, TARGETS[t], set_up, tests[i].test,
                       tear_down);
        }
    }
    return g_test_run();
}
