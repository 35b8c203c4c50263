/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer over the dispatcher: the guest rings any number with any call
 * block and any region content, and lets a handler's questions be answered
 * with anything.  Whatever it does, the engine stays whole: after each run an
 * honest system call is answered.
 */
#include <glib.h>
#include <string.h>

#include "played.h"
#include "script.h"

static const char script[] =
    "local hl = require 'hyperlua'\n"
    "local p = hl.portal\n"
    "hl.syscall('on_sys_ioctl_return', function(s, fd, cmd, arg)\n"
    "  local _ = p.read_int(arg), p.read_str(arg), p.read_bytes(arg, 9000),\n"
    "    p.write_str(arg, ('x'):rep(5000)), s.regs, s.comm, s.args[3]\n"
    "end)\n"
    "hl.syscall('on_sys_honest_return', function(s) s.retval = 42 end)\n";

static struct hl_played *played;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    played = hl_played_new(hl_target_find("mipsel"), 1);
    hl_script_run(hl_played_engine(played), "fuzz.lua", script,
                  strlen(script));
    return 0;
}

/* The input is a row of steps: what to write over, then which call to ring. */
struct step {
    uint8_t number;             /* 0x80: keep the task id of the last reply */
    uint8_t block_bytes;        /* how much of the block is written */
    uint16_t region_bytes;      /* how much of the region */
    uint16_t region_at;
};

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

static void honest_call_works(struct hl_played_cpu *cpu)
{
    struct hl_played_syscall call = { .name = "honest", .comm = "x" };

    g_assert(hl_played_hello(cpu, HL_ABI_VERSION) == 0);
    hl_played_syscall(cpu, &call);
    g_assert(call.retval == 42);
    hl_played_goodbye(cpu);
    g_ptr_array_set_size((GPtrArray *)hl_played_log(played), 0);
    g_string_truncate((GString *)hl_played_output(played, 1), 0);
    g_string_truncate((GString *)hl_played_output(played, 2), 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hl_played_cpu *cpu = hl_played_cpu(played, 0);
    uint8_t *block = hl_played_kernel(played, cpu->block, HL_CALL_SIZE);
    uint8_t *region = hl_played_kernel(played, cpu->region, HL_REGION_SIZE);
    hl_le64 region_addr = GUINT64_TO_LE(cpu->region);
    const uint8_t *bytes;
    struct step step;

    hl_played_hello(cpu, HL_ABI_VERSION);
    while ((bytes = take(&data, &size, sizeof(step)))) {
        size_t at, length, keep;

        memcpy(&step, bytes, sizeof(step));
        keep = step.number & 0x80 ? offsetof(struct hl_call, task)
                                  : HL_CALL_SIZE;
        length = MIN(MIN(step.block_bytes, keep), size);
        memcpy(block, take(&data, &size, length), length);
        at = step.region_at % HL_REGION_SIZE;
        length = MIN(MIN(step.region_bytes, HL_REGION_SIZE - at), size);
        memcpy(region + at, take(&data, &size, length), length);
        if (step.number & 0x40) {
            memcpy(block + offsetof(struct hl_call, arg), &region_addr, 8);
        }
        memcpy(block, &(hl_le64){ GUINT64_TO_LE(step.number & 0x1f) }, 8);
        hl_doorbell(hl_played_engine(played), &cpu->guest, cpu->block);
    }
    honest_call_works(cpu);
    return 0;
}
