/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ABI's layouts and numbers, which modules in the field rely on. */
#include <glib.h>
#include <stddef.h>

#include "abi/calls.h"
#include "abi/ops.h"
#include "abi/proto_width.h"
#include "abi/wire.h"
#include "guest_order.h"

static void layouts(void)
{
    g_assert_cmpuint(offsetof(struct hl_call, number), ==, 0);
    g_assert_cmpuint(offsetof(struct hl_call, arg), ==, 8);
    g_assert_cmpuint(offsetof(struct hl_call, ret), ==, 40);
    g_assert_cmpuint(offsetof(struct hl_call, flags), ==, 48);
    g_assert_cmpuint(offsetof(struct hl_call, task), ==, 56);
    g_assert_cmpuint(offsetof(struct mem_region, op), ==, 0);
    g_assert_cmpuint(offsetof(struct mem_region, addr), ==, 8);
    g_assert_cmpuint(offsetof(struct mem_region, size), ==, 16);
    g_assert_cmpuint(offsetof(struct mem_region, data), ==, 24);
    g_assert_cmpuint(sizeof(struct mem_region), ==, 4096);
    g_assert_cmpuint(offsetof(struct hl_hello, user_limit), ==, 24);
    g_assert_cmpuint(offsetof(struct hl_hello, release), ==, 32);
    g_assert_cmpuint(offsetof(struct hl_syscall_event, comm), ==, 16);
    g_assert_cmpuint(offsetof(struct hl_syscall_event, arg), ==, 104);
    g_assert_cmpuint(offsetof(struct hl_syscall_event, retval), ==, 168);
    g_assert_cmpuint(offsetof(struct hl_hook_spec, name), ==, 16);
    g_assert_cmpuint(offsetof(struct hl_syscall_event, name), ==, 32);
    g_assert_cmpuint(offsetof(struct hl_syscall_event, flags), ==, 96);
    g_assert_cmpuint(offsetof(struct hl_syscall_event, number), ==, 100);
    g_assert_cmpuint(offsetof(struct hl_filter_test, mask), ==, 8);
    g_assert_cmpuint(offsetof(struct hl_filter_test, value), ==, 16);
    g_assert_cmpuint(offsetof(struct hl_proto, number), ==, 4);
    g_assert_cmpuint(offsetof(struct hl_proc, uid), ==, 32);
    g_assert_cmpuint(offsetof(struct hl_proc, arg_start), ==, 72);
    g_assert_cmpuint(offsetof(struct hl_proc, comm), ==, 104);
    g_assert_cmpuint(offsetof(struct hl_mapping, major), ==, 40);
    g_assert_cmpuint(offsetof(struct hl_fd, position), ==, 16);
    g_assert_cmpuint(offsetof(struct hl_run_args, output_max), ==, 12);
    g_assert_cmpuint(offsetof(struct hl_probe_spec, offset), ==, 24);
    g_assert_cmpuint(offsetof(struct hl_probe_event, arg), ==, 40);
    g_assert_cmpuint(offsetof(struct hl_probe_event, sp), ==, 120);
    g_assert_cmpuint(HL_EVENT_HOOKS, ==, 974);
}

/* They only ever grow: a number here never changes. */
static void numbers(void)
{
    static const int calls[] = {
        HL_CALL_NULL, HL_CALL_ECHO, HL_CALL_HELLO, HL_CALL_GOODBYE,
        HL_CALL_WORK, HL_CALL_RESUME, HL_CALL_SYSCALL, HL_CALL_OUTPUT,
        HL_CALL_EXIT, HL_CALL_CANCEL, HL_CALL_WAITS, HL_CALL_PROBE,
        HL_CALL_SPAWNED, HL_CALL_COUNT,
    };
    static const int ops[] = {
        HL_OP_NONE, HL_OP_READ, HL_OP_WRITE, HL_OP_READ_STR, HL_OP_REGS,
        HL_OP_HOOK_ADD, HL_OP_HOOK_REMOVE, HL_OP_NODE_ADD, HL_OP_NODE_REMOVE,
        HL_OP_NODE_WAKE, HL_OP_TASK_WAKE, HL_OP_MAP_READ, HL_OP_MAP_WRITE,
        HL_OP_PROC, HL_OP_PROC_NEXT, HL_OP_THREAD_NEXT, HL_OP_PROC_EXE,
        HL_OP_MAPPING_NEXT, HL_OP_FD_NEXT, HL_OP_FD_NAME, HL_OP_FILE_OPEN,
        HL_OP_FILE_READ, HL_OP_FILE_WRITE, HL_OP_FILE_CLOSE, HL_OP_RUN,
        HL_OP_SPAWN, HL_OP_PROTO_NEXT, HL_OP_PROBE_ADD, HL_OP_PROBE_REMOVE,
        HL_OP_COUNT,
    };

    for (int i = 0; i < (int)G_N_ELEMENTS(calls); i++) {
        g_assert_cmpint(calls[i], ==, i);
    }
    for (int i = 0; i < (int)G_N_ELEMENTS(ops); i++) {
        g_assert_cmpint(ops[i], ==, i);
    }
    g_assert_cmpint(HL_SUBJECT_PID, ==, 16);
    g_assert_cmpint(HL_SUBJECT_RETVAL, ==, 18);
    g_assert_cmpint(HL_TEST_CLEAR, ==, 8);
    g_assert_cmpint(HL_TEST_CONTAINS, ==, 19);
    g_assert_cmpint(HL_PROBE_URETPROBE, ==, 7);
}

/* Of 32-bit kernels and 64-bit ones. */
static void type_widths(void)
{
    static const struct {
        const char *type;
        unsigned bits[2];
    } cases[] = {
        { "int", { 32, 32 } }, { "unsigned int", { 32, 32 } },
        { "const unsigned int", { 32, 32 } }, { "pid_t", { 32, 32 } },
        { "umode_t", { 16, 16 } }, { "unsigned long", { 32, 64 } },
        { "size_t", { 32, 64 } }, { "char *", { 32, 64 } },
        { "const int *", { 32, 64 } }, { "loff_t", { 64, 64 } },
        { "enum landlock_rule_type", { 32, 32 } }, { "u64", { 64, 64 } },
        { "unsigned", { 32, 32 } }, { "long", { 32, 64 } },
        { "aio_context_t", { 32, 64 } }, { "", { 32, 64 } },
        { "const ", { 32, 64 } }, { ",", { 32, 64 } },
        { "int,unsigned", { 32, 64 } }, { "t", { 32, 64 } },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpuint(hl_type_bits(cases[i].type, 32), ==,
                         cases[i].bits[0]);
        g_assert_cmpuint(hl_type_bits(cases[i].type, 64), ==,
                         cases[i].bits[1]);
    }
}

static void byte_orders(void)
{
    static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 0xf8 };
    uint8_t out[8];

    g_assert_cmphex(hl_order_load(bytes, 4, false), ==, 0x04030201);
    g_assert_cmphex(hl_order_load(bytes, 4, true), ==, 0x01020304);
    g_assert_cmphex(hl_order_load(bytes, 8, false), ==, 0xf807060504030201);
    g_assert_cmphex(hl_order_load(bytes, 8, true), ==, 0x01020304050607f8);
    for (int big = 0; big < 2; big++) {
        hl_order_store(out, hl_order_load(bytes, 8, big), 8, big);
        g_assert_cmpmem(out, 8, bytes, 8);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/layouts", layouts);
    g_test_add_func("/wire/numbers", numbers);
    g_test_add_func("/wire/type-widths", type_widths);
    g_test_add_func("/wire/byte-orders", byte_orders);
    return g_test_run();
}
