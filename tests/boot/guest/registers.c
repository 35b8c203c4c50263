/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts known values into registers and lets the handler tell them (mips). */
#include "check.h"

static unsigned told[4];

int main(void)
{
    register long number asm("v0") = 4054;      /* ioctl */
    register long fd asm("a0") = 0;
    register long command asm("a1") = 0x4804;
    register long argument asm("a2") = (long)told;
    register long error asm("a3");
    register long kept asm("s3") = 0x51515151;
    unsigned sp, pc;

    asm volatile("move %0, $sp" : "=r" (sp));
    asm volatile(".set push\n\t.set noreorder\n\t"
                 "la %1, 1f\n"
                 "1:\tsyscall\n\t.set pop"
                 : "+r" (number), "=&r" (pc), "=r" (error)
                 : "r" (fd), "r" (command), "r" (argument), "r" (kept)
                 : "memory", "$1", "$8", "$9", "$10", "$11", "$12", "$13",
                   "$14", "$15", "$24", "$25", "hi", "lo");
    CHECK(error == 0 && number == 0);
    CHECK(told[0] == sp);
    CHECK(told[1] == pc || told[1] == pc + 4);
    CHECK(told[2] == 0x51515151);
    CHECK(told[3] == 0x4804);
    puts("ok");
    return 0;
}
