/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts known values into registers and lets the handler tell them. */
#include <sys/syscall.h>

#include "check.h"

enum { SP, PC, KEPT, COMMAND };

static unsigned long told[4];

#ifdef __x86_64__
static void call(unsigned long *sp, unsigned long *pc)
{
    register long number asm("rax") = SYS_ioctl;
    register long kept asm("r12") = 0x51515151;

    asm volatile("mov %%rsp, %1\n\t"
                 "lea 1f(%%rip), %2\n\t"
                 "syscall\n"
                 "1:"
                 : "+r" (number), "=&r" (*sp), "=&r" (*pc)
                 : "D" (0L), "S" (0x4804L), "d" (told), "r" (kept)
                 : "memory", "rcx", "r11");
    CHECK(number == 0);
}
#elif defined(__aarch64__)
static void call(unsigned long *sp, unsigned long *pc)
{
    register long number asm("x8") = SYS_ioctl;
    register long result asm("x0") = 0;
    register long command asm("x1") = 0x4804;
    register long argument asm("x2") = (long)told;
    register long kept asm("x19") = 0x51515151;

    asm volatile("mov %1, sp\n\t"
                 "adr %2, 1f\n\t"
                 "svc #0\n"
                 "1:"
                 : "+r" (result), "=&r" (*sp), "=&r" (*pc)
                 : "r" (number), "r" (command), "r" (argument), "r" (kept)
                 : "memory");
    CHECK(result == 0);
}
#elif defined(__arm__)
/* In Thumb code r7 may be the frame pointer. */
__attribute__((target("arm"), noinline))
static void call(unsigned long *sp, unsigned long *pc)
{
    register long number asm("r7") = SYS_ioctl;
    register long result asm("r0") = 0;
    register long command asm("r1") = 0x4804;
    register long argument asm("r2") = (long)told;
    register long kept asm("r5") = 0x51515151;

    asm volatile("mov %1, sp\n\t"
                 "adr %2, 1f\n\t"
                 "svc #0\n"
                 "1:"
                 : "+r" (result), "=&r" (*sp), "=&r" (*pc)
                 : "r" (number), "r" (command), "r" (argument), "r" (kept)
                 : "memory");
    CHECK(result == 0);
}
#else
#ifdef __mips64
#define LA "dla"
#else
#define LA "la"
#endif
static void call(unsigned long *sp, unsigned long *pc)
{
    register long number asm("v0") = SYS_ioctl;
    register long fd asm("a0") = 0;
    register long command asm("a1") = 0x4804;
    register long argument asm("a2") = (long)told;
    register long error asm("a3");
    register long kept asm("s3") = 0x51515151;

    asm volatile("move %0, $sp" : "=r" (*sp));
    asm volatile(".set push\n\t.set noreorder\n\t"
                 LA " %1, 1f\n"
                 "1:\tsyscall\n\t.set pop"
                 : "+r" (number), "=&r" (*pc), "=r" (error)
                 : "r" (fd), "r" (command), "r" (argument), "r" (kept)
                 : "memory", "$1", "$8", "$9", "$10", "$11", "$12", "$13",
                   "$14", "$15", "$24", "$25", "hi", "lo");
    CHECK(error == 0 && number == 0);
}
#endif

int main(void)
{
    unsigned long sp, pc;

    call(&sp, &pc);
    CHECK(told[SP] == sp);
    CHECK(told[PC] == pc || told[PC] == pc + 4);
    CHECK(told[KEPT] == 0x51515151);
    CHECK(told[COMMAND] == 0x4804);
    puts("ok");
    return 0;
}
