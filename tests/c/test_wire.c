/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ABI's layouts and numbers, which modules in the field rely on. */
#include <glib.h>
#include <stddef.h>

#include "abi/calls.h"
#include "abi/ops.h"
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
    g_assert_cmpuint(offsetof(struct hl_syscall_event, arg), ==, 32);
    g_assert_cmpuint(offsetof(struct hl_syscall_event, retval), ==, 96);
    g_assert_cmpuint(offsetof(struct hl_hook_spec, name), ==, 16);
    g_assert_cmpuint(offsetof(struct hl_filter_test, value), ==, 16);
}

/* They only ever grow: a number here never changes. */
static void numbers(void)
{
    g_assert_cmpint(HL_CALL_NULL, ==, 0);
    g_assert_cmpint(HL_CALL_ECHO, ==, 1);
    g_assert_cmpint(HL_CALL_HELLO, ==, 2);
    g_assert_cmpint(HL_CALL_GOODBYE, ==, 3);
    g_assert_cmpint(HL_CALL_WORK, ==, 4);
    g_assert_cmpint(HL_CALL_RESUME, ==, 5);
    g_assert_cmpint(HL_CALL_SYSCALL, ==, 6);
    g_assert_cmpint(HL_CALL_OUTPUT, ==, 7);
    g_assert_cmpint(HL_CALL_EXIT, ==, 8);
    g_assert_cmpint(HL_CALL_CANCEL, ==, 9);
    g_assert_cmpint(HL_OP_READ, ==, 1);
    g_assert_cmpint(HL_OP_WRITE, ==, 2);
    g_assert_cmpint(HL_OP_READ_STR, ==, 3);
    g_assert_cmpint(HL_OP_REGS, ==, 4);
    g_assert_cmpint(HL_OP_HOOK_ADD, ==, 5);
    g_assert_cmpint(HL_OP_HOOK_REMOVE, ==, 6);
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
    g_test_add_func("/wire/byte-orders", byte_orders);
    return g_test_run();
}
