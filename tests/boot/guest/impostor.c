/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rings the doorbell from user space, with a call block of its own: the
 * engine must not answer, nor print or end anything.
 */
#include <stdint.h>
#include <string.h>

#include "abi/calls.h"
#include "abi/doorbell.h"
#include "abi/wire.h"
#include <endian.h>

#include "check.h"

static struct hl_call block __attribute__((aligned(64)));

#ifdef __arm__
__attribute__((target("arm"), noinline))   /* the marker is none of Thumb's */
#endif
static void ring(uint32_t number)
{
#ifdef __x86_64__
    asm volatile(".balign %c2\n\t"
                 ".byte 0x0f, 0x1f, 0x80, 'H', 'L', 'U', 'A'\n\t"
                 "movl %1, (%0)"
                 : : "r" (&block), "r" (number), "i" (HL_DOORBELL_ALIGN)
                 : "memory");
#elif defined(__aarch64__)
    asm volatile(".balign %c2\n\t"
                 ".inst %c3\n\t"
                 "str %w1, [%0]"
                 : : "r" (&block), "r" (number), "i" (HL_DOORBELL_ALIGN),
                     "i" (HL_MARKER_ARM64) : "memory");
#elif defined(__arm__)
    asm volatile(".balign %c2\n\t"
                 ".inst %c3\n\t"
                 "str %1, [%0]"
                 : : "r" (&block), "r" (number), "i" (HL_DOORBELL_ALIGN),
                     "i" (HL_MARKER_ARM) : "memory");
#else
    asm volatile(".set push\n\t.set noreorder\n\t.balign %2\n\t"
                 ".word %3\n\t"
                 "sw %1, 0(%0)\n\t"
                 ".set pop"
                 : : "r" (&block), "r" (number), "i" (HL_DOORBELL_ALIGN),
                     "i" (HL_MARKER_MIPS) : "memory");
#endif
}

int main(void)
{
    static const char text[] = "not the kernel\n";

    for (uint32_t number = 0; number < HL_CALL_COUNT; number++) {
        for (int i = 0; i < 100; i++) {
            struct hl_call before;

            block.arg[0] = htole64(1);
            block.arg[1] = htole64((uintptr_t)text);
            block.arg[2] = htole64(sizeof(text) - 1);
            block.ret = HL_RET_UNTOUCHED;
            block.number = htole64(number);
            before = block;
            ring(htole32(number));
            CHECK(!memcmp(&block, &before, sizeof(block)));
        }
    }
    puts("ok");
    return 0;
}
