/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What once went wrong with files and hooks, each by its symptom, where a spec
 * (file_guard_spec.lua) cannot reach: memory that is lost for one access, call
 * blocks of our own, and a collector that runs at the worst moment.  One
 * thread, so nothing is locked.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "abi/hyperfile.h"
#include "guest_order.h"
#include "played.h"
#include "script.h"
#include "state.h"

#define PAGE 4096

struct fixture {
    struct hl_played *played;
    struct hl_played_cpu *cpu;
};

/* --- memory that a test watches ------------------------------------------- */

/* Between the engine and the played guest; used for one fixture at a time. */
static struct {
    const struct hl_guest_ops *ops;
    int until_lost;             /* writes to the region that still arrive */
    int lost;                   /* so many after them do not */
    int reads;                  /* all that were made, */
    int writes;
} watch;

/* What the engine thinks up itself is never to leave the block's page. */
static void check_page(const struct hl_played_cpu *cpu, uint64_t addr,
                       size_t size)
{
    if (addr - cpu->block < HL_CALL_SIZE) {
        g_assert_cmpuint(addr % PAGE + size, <=, PAGE);
    }
}

static bool watched_read(struct hl_guest *guest, uint64_t addr, void *to,
                         size_t size)
{
    check_page((struct hl_played_cpu *)guest, addr, size);
    watch.reads++;
    return watch.ops->read(guest, addr, to, size);
}

static bool watched_write(struct hl_guest *guest, uint64_t addr,
                          const void *from, size_t size)
{
    const struct hl_played_cpu *cpu = (struct hl_played_cpu *)guest;

    check_page(cpu, addr, size);
    watch.writes++;
    if (addr - cpu->region < HL_REGION_SIZE && watch.until_lost-- <= 0 &&
        watch.lost > 0) {
        watch.lost--;
        return false;
    }
    return watch.ops->write(guest, addr, from, size);
}

static const struct hl_guest_ops watched_ops = { watched_read, watched_write };

/* --- a guest -------------------------------------------------------------- */

static void run(struct fixture *f, const char *script)
{
    g_assert_cmpint(hl_played_run(f->played, "test.lua",
                                  script, strlen(script)), ==, 0);
}

static void set_up(struct fixture *f, gconstpointer target)
{
    f->played = hl_played_new(hl_target_find(target), 1);
    f->cpu = hl_played_cpu(f->played, 0);
    watch.ops = f->cpu->guest.ops;
    watch.until_lost = watch.lost = 0;
    f->cpu->guest.ops = &watched_ops;
    run(f, "hl = require 'hyperlua'");
    g_assert_cmpint(hl_played_hello(f->cpu, HL_ABI_VERSION), ==, 0);
}

static void tear_down(struct fixture *f, gconstpointer target)
{
    hl_played_free(f->played);
}

static void check_log(struct fixture *f, guint lines)
{
    const GPtrArray *log = hl_played_log(f->played);

    /* The first is the handshake's. */
    for (guint i = lines + 1; i < log->len; i++) {
        g_test_message("%s", (const char *)log->pdata[i]);
    }
    g_assert_cmpuint(log->len, ==, lines + 1);
}

static const struct hl_played_node *node_of(struct fixture *f,
                                            const char *path)
{
    GHashTableIter iter;
    gpointer node;

    g_hash_table_iter_init(&iter, f->played->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &node)) {
        if (!strcmp(((struct hl_played_node *)node)->path, path)) {
            return node;
        }
    }
    return NULL;
}

#define OPEN_FLAGS 0x1234567

/* A request, and where it lies. */
struct call {
    const char *path;           /* of a node */
    uint32_t op;
    uint32_t length;            /* IOCTL: the command */
    uint64_t at;                /* where its struct lies, */
    uint64_t buffer;            /* and its buffer */
};

struct packer {
    uint8_t *to;
    bool big_endian;
};

static void pack(struct packer *packer, uint64_t value, unsigned size)
{
    hl_order_store(packer->to, value, size, packer->big_endian);
    packer->to += size;
}

static void place(struct fixture *f, const struct call *call)
{
    const struct hl_target *target = hl_played_engine(f->played)->target;
    unsigned word = target->word_bits / 8;
    struct hl_file_context context = {
        .node = node_of(f, call->path)->spec.id,
        .open_flags = GUINT32_TO_LE(OPEN_FLAGS),
    };
    uint8_t *to = hl_played_kernel(f->played, call->at,
                                   HYP_CONTEXT_AT + sizeof(context));
    struct packer packer = { to, target->big_endian };

    memset(to, 0, HYP_CONTEXT_AT);
    pack(&packer, call->op, 4);
    pack(&packer, 0, word);
    if (call->op == HYP_IOCTL) {
        pack(&packer, call->length, 4);
    } else {
        pack(&packer, call->buffer, word);
        pack(&packer, call->length, word);
    }
    memcpy(to + HYP_CONTEXT_AT, &context, sizeof(context));
}

static int64_t ask(struct fixture *f, const struct call *call)
{
    place(f, call);
    return (int64_t)hl_played_ring(f->cpu, IGLOO_HYPERFS_MAGIC, (uint64_t[4]){
        HYP_FILE_OP, call->at, f->cpu->region, HYP_HAS_CONTEXT,
    });
}

/* --- work whose region is lost -------------------------------------------- */

#define MAP_SIZE 10000          /* three pieces */

static void check_told(struct fixture *f, uint64_t task)
{
    const struct hl_played_node *node = node_of(f, "/dev/told");

    g_assert_nonnull(node);
    g_assert_cmpuint(node->wakes, ==, 1);
    g_assert_cmpuint(node->map->len, ==, MAP_SIZE);
    for (guint i = 0; i < MAP_SIZE; i++) {
        g_assert_cmpint(node->map->data[i], ==, 'a' + (int)(i / 1000));
    }
    g_assert_cmpuint(f->played->woken->len, ==, 1);
    g_assert_cmphex(g_array_index(f->played->woken, uint64_t, 0), ==, task);
    check_log(f, 0);
}

/* All that there is to tell, with two questions lost after so many. */
static void tell_with_losses(const char *target, int until_lost)
{
    struct fixture f;
    struct call call = { .path = "/dev/wait", .op = HYP_READ, .length = 1 };
    uint64_t task;

    set_up(&f, target);
    run(&f, "event = hl.event()\n"
            "hl.file('/dev/wait', { read = function()\n"
            "  event:wait()\n"
            "  return 'x'\n"
            "end })");
    hl_played_work(f.cpu);
    call.at = f.cpu->own;
    call.buffer = f.cpu->own + 0x1000;
    ask(&f, &call);
    g_assert_true(f.cpu->waits);
    task = f.cpu->wait_task;
    run(&f, "bytes = ''\n"
            "for i = 0, 9 do\n"
            "  bytes = bytes .. string.char(97 + i):rep(1000)\n"
            "end\n"
            "hl.file('/dev/told', { mmap = bytes }):wake()\n"
            "event:signal()");
    watch.until_lost = until_lost;
    watch.lost = 2;
    hl_played_work(f.cpu);
    hl_played_work(f.cpu);
    g_assert_cmpint(watch.lost, ==, until_lost < 6 ? 0 : 2);
    hl_played_work(f.cpu);
    check_told(&f, task);
    tear_down(&f, target);
}

/* A node, three pieces of its bytes, its wake, a task's: six questions. */
static void nothing_is_lost_with_its_region(struct fixture *unused,
                                            gconstpointer target)
{
    for (int i = 0; i <= 6; i++) {
        tell_with_losses(target, i);
    }
}

/* --- finalizers ----------------------------------------------------------- */

/*
 * They model the very file anew, outside of handlers: while one is called.
 * Each handler leaves another amount of garbage than the one before, so that
 * the collector comes at any moment, whatever the addresses are.
 */
#define RENEWS                                                                \
    "local core = require 'hyperlua.core'\n"                                  \
    "renewed, amount = 0, 0\n"                                                \
    "function model()\n"                                                      \
    "  hl.file('/dev/a', { ioctl = { [5] = function()\n"                      \
    "    amount = (amount + 7) % 31\n"                                        \
    "    for i = 1, amount do local garbage = {} end\n"                       \
    "    return 7\n"                                                          \
    "  end } })\n"                                                            \
    "end\n"                                                                   \
    "model()\n"                                                               \
    "local again = {}\n"                                                      \
    "function again.__gc()\n"                                                 \
    "  if not core.task() then\n"                                             \
    "    renewed = renewed + 1\n"                                             \
    "    model()\n"                                                           \
    "  end\n"                                                                 \
    "  setmetatable({}, again)\n"                                             \
    "end\n"                                                                   \
    "collectgarbage('incremental', 1, 400, 1)\n"                              \
    "setmetatable({}, again)"

static void a_handler_renewed_as_it_is_called_answers(struct fixture *f,
                                                      gconstpointer unused)
{
    struct call call = { .path = "/dev/a", .op = HYP_IOCTL, .length = 5,
                         .at = f->cpu->own };

    run(f, "hl.file('/dev/a', {})");
    hl_played_work(f->cpu);
    run(f, RENEWS);
    for (int i = 0; i < 2000; i++) {
        g_assert_cmpint(ask(f, &call), ==, 7);
    }
    run(f, "assert(renewed > 50, renewed)");
}

/* --- long loops ----------------------------------------------------------- */

#define TURNS ((1 << 20) + 2)

static void a_loop_of_sleeps_does_not_end(struct fixture *f,
                                          gconstpointer unused)
{
    struct call call = { .path = "/dev/a", .op = HYP_IOCTL, .length = TURNS,
                         .at = f->cpu->own };
    int turns = 0;
    int64_t ret;

    run(f, "hl.file('/dev/a', { ioctl = function(file, turns)\n"
           "  for i = 1, turns do hl.sleep(1) end\n"
           "  return 5\n"
           "end })");
    hl_played_work(f->cpu);
    for (ret = ask(f, &call); f->cpu->waits; turns++) {
        ret = (int64_t)hl_played_resume(f->cpu, f->cpu->wait_task);
    }
    g_assert_cmpint(ret, ==, 5);
    g_assert_cmpint(turns, ==, TURNS);
    check_log(f, 0);
}

/* --- requests that lie with their block ----------------------------------- */

#define SMALL_AT HL_CALL_SIZE
#define STRUCT_AT (SMALL_AT + HL_CALL_SMALL)

struct answer {
    int64_t ret;
    uint64_t wait_ms;           /* 0: nobody waited */
    uint8_t bytes[HL_CALL_SMALL];
};

static struct answer answer_of(struct fixture *f, const struct call *call)
{
    struct answer answer = { 0 };
    uint8_t *bytes = hl_played_kernel(f->played, call->buffer,
                                      HL_CALL_SMALL);

    for (int i = 0; i < HL_CALL_SMALL; i++) {
        bytes[i] = (uint8_t)(0x80 + i);
    }
    answer.ret = ask(f, call);
    if (f->cpu->waits) {
        answer.wait_ms = f->cpu->wait_ms;
        answer.ret = (int64_t)hl_played_resume(f->cpu, f->cpu->wait_task);
    }
    memcpy(answer.bytes, bytes, sizeof(answer.bytes));
    return answer;
}

static const struct {
    const char *path;
    uint32_t op;
    int64_t ret;                /* for 48 bytes */
} layouts[] = {
    { "/dev/model", HYP_READ, 48 },
    { "/dev/lua", HYP_READ, 48 },
    { "/dev/sleep", HYP_READ, 48 },
    { "/dev/model", HYP_GETATTR, 0 },
    { "/dev/lua", HYP_GETATTR, 3 },
    { "/dev/model", HYP_WRITE, 48 },
    { "/dev/lua", HYP_WRITE, 48 },
    { "/dev/none", HYP_READ, -EINVAL },
};

#define LAYOUTS                                                               \
    "bytes = ''\n"                                                            \
    "for i = 1, 48 do bytes = bytes .. string.char(i) end\n"                  \
    "local function read(file, length) return bytes:sub(1, length) end\n"     \
    "hl.file('/dev/none', {})\n"                                              \
    "hl.file('/dev/model', { read = bytes, size = 77,\n"                      \
    "  write = hl.models.discard() })\n"                                      \
    "hl.file('/dev/lua', { read = read,\n"                                    \
    "  getattr = function(file) return 3, 1 << 40 | file.flags end,\n"       \
    "  write = function(file, data)\n"                                        \
    "    for i = 1, #data do assert(data:byte(i) == 127 + i) end\n"           \
    "    return #data\n"                                                      \
    "  end })\n"                                                              \
    "hl.file('/dev/sleep', { read = function(file, length)\n"                 \
    "  hl.sleep(9)\n"                                                         \
    "  return read(file, length)\n"                                           \
    "end })"

static void compare(struct fixture *f, uint64_t block, struct call call)
{
    struct answer scattered, together;
    uint64_t own = f->cpu->own;

    call.at = own + 0x8000;
    call.buffer = own + 0x9000;
    scattered = answer_of(f, &call);
    f->cpu->block = block;
    call.at = block + STRUCT_AT;
    call.buffer = block + SMALL_AT;
    watch.reads = watch.writes = 0;
    together = answer_of(f, &call);
    g_assert_cmpint(together.ret, ==, scattered.ret);
    g_assert_cmpuint(together.wait_ms, ==, scattered.wait_ms);
    g_assert_cmpmem(together.bytes, HL_CALL_SMALL, scattered.bytes,
                    HL_CALL_SMALL);
    if (together.wait_ms == 0 && block % PAGE == 0) {
        g_assert_cmpint(watch.reads, ==, 1);
        g_assert_cmpint(watch.writes, ==, 1);
    }
}

/* For each place that a block can have in its page. */
static void small_requests_are_answered_as_any(struct fixture *f,
                                               gconstpointer unused)
{
    uint64_t first = f->cpu->block;

    run(f, LAYOUTS);
    hl_played_work(f->cpu);
    for (size_t i = 0; i < G_N_ELEMENTS(layouts); i++) {
        struct call call = { .path = layouts[i].path, .op = layouts[i].op };

        for (uint32_t at = 0; at < PAGE; at += HL_CALL_SIZE) {
            call.length = HL_CALL_SMALL - at / HL_CALL_SIZE % 48;
            f->cpu->block = first;
            compare(f, f->cpu->own + 0x4000 + at, call);
        }
        call.length = HL_CALL_SMALL;
        call.at = f->cpu->block + STRUCT_AT;
        call.buffer = f->cpu->block + SMALL_AT;
        g_assert_cmpint(answer_of(f, &call).ret, ==, layouts[i].ret);
    }
    for (uint32_t length = 0; length <= HL_CALL_SMALL; length++) {
        f->cpu->block = first;
        compare(f, f->cpu->own + 0x4000,
                (struct call){ .path = "/dev/model", .length = length });
    }
}

/* --- more hooks than an event's flags can count ---------------------------- */

static int64_t call_getpid(struct fixture *f)
{
    struct hl_played_syscall call = { .name = "getpid", .comm = "x" };

    hl_played_syscall(f->cpu, &call);
    return call.retval;
}

/* Each add is told: an event is never as old as half of what they count. */
static void hooks_are_added_for_ever(struct fixture *f, gconstpointer unused)
{
    run(f, "hl.syscall('on_sys_getpid_return',"
           "  function(syscall) syscall.retval = 5 end)");
    hl_played_work(f->cpu);
    g_assert_cmpint(call_getpid(f), ==, 5);
    for (int i = 0; i < 20; i++) {
        f->played->added += 1000000;
        run(f, "hl.syscall('on_sys_read_return', print)");
        hl_played_work(f->cpu);
        g_assert_cmpint(call_getpid(f), ==, 5);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(struct fixture *f, gconstpointer target);
        const char *target;
    } tests[] = {
        { "nothing-is-lost-with-its-region", nothing_is_lost_with_its_region,
          "mipsel" },
        { "a-handler-renewed-as-it-is-called-answers",
          a_handler_renewed_as_it_is_called_answers, "mipsel" },
        { "a-loop-of-sleeps-does-not-end", a_loop_of_sleeps_does_not_end,
          "mipsel" },
        { "hooks-are-added-for-ever", hooks_are_added_for_ever, "mipsel" },
        { "small-requests-are-answered-as-any/mips",
          small_requests_are_answered_as_any, "mips" },
        { "small-requests-are-answered-as-any/x86_64",
          small_requests_are_answered_as_any, "x86_64" },
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strdup_printf("/guard/%s", tests[i].name);

        g_test_add(path, struct fixture, tests[i].target, set_up,
                   tests[i].test, tear_down);
    }
    return g_test_run();
}
