/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer over the dispatcher: the guest rings any number with any call
 * block and any region content, asks for any operation on files, and lets a
 * handler's questions be answered with anything.  Whatever it does, the engine
 * stays whole: after each run an honest system call and an honest operation on
 * files are answered.
 */
#include <glib.h>
#include <string.h>

#include "abi/hyperfile.h"
#include "played.h"
#include "script.h"

static const char script[] =
    "local hl = require 'hyperlua'\n"
    "local p, event, nodes = hl.portal, hl.event(), {}\n"
    "hl.syscall('on_sys_ioctl_return', function(s, fd, cmd, arg)\n"
    "  local _ = p.read_int(arg), p.read_str(arg), p.read_bytes(arg, 9000),\n"
    "    p.write_str(arg, ('x'):rep(5000)), s.regs, s.comm, s.args[3]\n"
    "end)\n"
    "hl.syscall('on_sys_ioctl_enter', function(s) hl.sleep(5) end)\n"
    "hl.syscall('on_sys_honest_return', function(s) s.retval = 42 end)\n"
    "hl.on_exec(function(e) p.read_str(#e.path) end)\n"
    "hl.on_exit(function(e) return e.code or e.signal end)\n"
    "hl.on_signal(function(e) e.drop = e.signal > e.target_pid end)\n"
    "hl.kprobe('k', function(e) return e.args[8], e.pc, p.read_ptr(e.sp) end)\n"
    "hl.kretprobe('k', function(e) e.retval = e.retval + 1 end)\n"
    "hl.uprobe('/p', 4, function(e)\n"
    "  p.write_str(e.args[1], e.comm)\n"
    "  if e.args[2] & 1 ~= 0 then e.probe:disable() else e.probe:enable() end\n"
    "end)\n"
    "hl.spawn(function()\n"
    "  p.get_procs() p.of(2).get_maps() p.of(2).get_fds() p.run('/p')\n"
    "  p.read_file('/f') p.of(2).get_proc_env() p.of(2).read_ptrs(4096)\n"
    "end)\n"
    "hl.file('/dev/honest', { read = 'honest' })\n"
    "hl.file('/dev/lua', { mmap = ('m'):rep(5000),\n"
    "  read = function(f, length, offset)\n"
    "    f.state.n = (f.state.n or 0) + 1\n"
    "    hl.sleep(offset & 0xff)\n"
    "    return ('r'):rep(length + (offset >> 8 & 3)), offset\n"
    "  end,\n"
    "  write = function(f, data, offset)\n"
    "    event:wait(#data)\n"
    "    f:wake()\n"
    "    return offset\n"
    "  end,\n"
    "  ioctl = function(f, cmd, arg)\n"
    "    p.write_bytes(arg, f:map_read(cmd & 0xfff, 900) or '')\n"
    "    f:map_write(cmd & 0xfff, 'abc')\n"
    "    return event:signal()\n"
    "  end,\n"
    "  getattr = function(f, size) p.read_str(1) return 0, f.handle end,\n"
    "  open = function(f, flags) return -(flags & 1) end,\n"
    "  release = function(f) hl.sleep(f.handle) end,\n"
    "  lseek = function(f, offset, whence) return offset + whence end,\n"
    "  poll = function(f) if f.nonblock then hl.sleep(1) end return 'r' end,\n"
    "  fsync = function(f) event:wait() end })\n"
    "hl.file('/dev/c', { read = hl.models.stateful('abc'),\n"
    "  write = hl.models.default(), poll = hl.models.blocking(), ioctl = {\n"
    "  [1] = hl.models.write_data(('d'):rep(5000)), ['*'] = 7 } })\n"
    "hl.file('/dev/cycle', { read = hl.models.cycle('xyz') })\n"
    "hl.file('/dev/none', {})\n"
    "hl.file('/dev/pattern*', { read = 'p' })\n"
    "hl.file('/dev/churn', {\n"
    "  ioctl = function(f, cmd)\n"
    "    local i = cmd & 7\n"
    "    if nodes[i] and cmd & 8 ~= 0 then nodes[i]:remove() end\n"
    "    if cmd & 16 ~= 0 then\n"
    "      nodes[i] = hl.file('/dev/n' .. i, { size = cmd, poll = print,\n"
    "        mmap = cmd & 32 ~= 0 and ('n'):rep(4100) or nil })\n"
    "    end\n"
    "    if nodes[i] and cmd & 64 ~= 0 then nodes[i]:wake() end\n"
    "    if cmd & 128 ~= 0 then hl.sleep(1) f.node:wake() end\n"
    "    return 0\n"
    "  end })\n";

static const char *const paths[] = {
    "/dev/lua", "/dev/c", "/dev/cycle", "/dev/none", "/dev/churn", "/dev/n1",
    "/dev/pattern1", "/dev/honest", "",
};

/* What the input may write: the region, and what lies behind it. */
#define REACH 0x10000
_Static_assert(REACH > UINT16_MAX, "what struct step can say");
/* Of the memory behind: where operations lie, their data and their paths. */
#define DATA_AT 0x4000
#define PATHS_AT 0x20000
#define PATH_SIZE 64

static struct hl_played *played;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    played = hl_played_new(hl_target_find("mipsel"), 1);
    g_assert(hl_played_run(played, "fuzz.lua", script,
                           strlen(script)) == 0);
    return 0;
}

/* The input is a row of steps: what to write over, then which call to ring. */
struct step {
    uint8_t number;             /* 0x80: keep the task id of the last reply */
    uint8_t block_bytes;        /* how much of the block is written */
    uint16_t region_bytes;      /* how much of the region, and behind it */
    uint16_t region_at;
};

/*
 * Of step.number, beside the calls: an operation on a file, whose bytes lie
 * behind the region; or IGLOO_HYPERFS_MAGIC with any arguments.
 */
#define NUMBER_MAGIC 0x1d
#define NUMBER_FILE 0x1e        /* 0x40: with a context */
#define NUMBER_FILES 0x1f       /* 0x40: their paths, else their number */

static const uint8_t *take(const uint8_t **data, size_t *size, size_t want)
{
    const uint8_t *from = *data;

    if (*size < want) {
        return NULL;
    }
    *data += want;
    *size -= want;
    return from;
}

static void *kernel(uint64_t addr, size_t size)
{
    return hl_played_kernel(played, addr, size);
}

static void store(struct hl_played_cpu *cpu, uint64_t at, uint64_t value)
{
    uint32_t word = GUINT32_TO_LE((uint32_t)value);

    memcpy(kernel(cpu->own + at, sizeof(word)), &word, sizeof(word));
}

static void set_arg(struct hl_played_cpu *cpu, int arg, uint64_t value)
{
    struct hl_call *block = kernel(cpu->block, sizeof(*block));

    block->arg[arg] = GUINT64_TO_LE(value);
}

/* --- what is honest ------------------------------------------------------- */

static void place_paths(struct hl_played_cpu *cpu)
{
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_strlcpy(kernel(cpu->own + PATHS_AT + i * PATH_SIZE, PATH_SIZE),
                  paths[i], PATH_SIZE);
    }
}

/* HYP_READ of /dev/honest, with a context or without. */
static void honest_read_works(struct hl_played_cpu *cpu, uint64_t context)
{
    static const char path[] = "/dev/honest";
    char *data = kernel(cpu->own + DATA_AT, 16);

    memset(kernel(cpu->own, DATA_AT), 0, DATA_AT);
    memset(data, 0, 16);
    memcpy(kernel(cpu->own + 0x100, sizeof(path)), path, sizeof(path));
    store(cpu, 0, HYP_READ);
    store(cpu, 4, cpu->own + 0x100);
    store(cpu, 8, cpu->own + DATA_AT);
    store(cpu, 12, 16);
    g_assert(hl_played_ring(cpu, IGLOO_HYPERFS_MAGIC, (uint64_t[4]){
                 HYP_FILE_OP, cpu->own, cpu->region, context }) == 6);
    g_assert(!strcmp(data, "honest"));
}

static void honest_calls_work(struct hl_played_cpu *cpu)
{
    struct hl_played_syscall call = { .name = "honest", .comm = "x" };

    g_assert(hl_played_hello(cpu, HL_ABI_VERSION) == 0);
    hl_played_syscall(cpu, &call);
    g_assert(call.retval == 42);
    honest_read_works(cpu, 0);
    honest_read_works(cpu, HYP_HAS_CONTEXT);
    hl_played_goodbye(cpu);
    g_ptr_array_set_size((GPtrArray *)hl_played_log(played), 0);
    g_string_truncate((GString *)hl_played_output(played, 1), 0);
    g_string_truncate((GString *)hl_played_output(played, 2), 0);
}

/* --- what is not ---------------------------------------------------------- */

/* Addresses that the input could hardly guess, where its bytes ask for them. */
static void point(struct hl_played_cpu *cpu)
{
    const uint8_t *op = kernel(cpu->own, HYP_CONTEXT_AT);
    uint8_t path = op[4];
    uint8_t buffer = op[8];

    if (path < 0x80) {
        store(cpu, 4, cpu->own + PATHS_AT +
              path % G_N_ELEMENTS(paths) * PATH_SIZE);
    }
    if (buffer < 0x80 && op[0] != HYP_IOCTL) {
        store(cpu, 8, cpu->own + DATA_AT + buffer);
    }
    set_arg(cpu, 1, cpu->own);
    set_arg(cpu, 2, cpu->region);
}

static void ring(struct hl_played_cpu *cpu, uint8_t how)
{
    struct hl_call *block = kernel(cpu->block, sizeof(*block));
    uint64_t number = how & 0x1f;

    if (number >= NUMBER_FILE) {
        point(cpu);
        set_arg(cpu, 0, number == NUMBER_FILE ? HYP_FILE_OP
                        : how & 0x40 ? HYP_GET_HYPERFILE_PATHS
                                     : HYP_GET_NUM_HYPERFILES);
        set_arg(cpu, 3, how & 0x40 ? HYP_HAS_CONTEXT : 0);
    } else if (how & 0x40) {
        set_arg(cpu, 0, cpu->region);
    }
    if (number >= NUMBER_MAGIC) {
        number = IGLOO_HYPERFS_MAGIC;
    }
    block->number = GUINT64_TO_LE(number);
    hl_doorbell(hl_played_engine(played), &cpu->guest, cpu->block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hl_played_cpu *cpu = hl_played_cpu(played, 0);
    uint8_t *block = kernel(cpu->block, HL_CALL_SIZE);
    uint8_t *region = kernel(cpu->region, REACH);
    const uint8_t *bytes;
    struct step step;

    memset(region, 0, REACH);
    hl_played_hello(cpu, HL_ABI_VERSION);
    place_paths(cpu);
    while ((bytes = take(&data, &size, sizeof(step)))) {
        size_t length, keep, at;

        memcpy(&step, bytes, sizeof(step));
        keep = step.number & 0x80 ? offsetof(struct hl_call, task)
                                  : HL_CALL_SIZE;
        length = MIN(MIN(step.block_bytes, keep), size);
        memcpy(block, take(&data, &size, length), length);
        at = (step.number & 0x1f) < NUMBER_FILE ? step.region_at
             : HL_REGION_SIZE + step.region_at % HYP_CONTEXT_AT;
        length = MIN(MIN(step.region_bytes, REACH - at), size);
        memcpy(region + at, take(&data, &size, length), length);
        ring(cpu, step.number);
    }
    honest_calls_work(cpu);
    return 0;
}
