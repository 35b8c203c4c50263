/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program of 32 bits on a kernel of 64: makes the calls that the script of
 * compat_spec.lua hooks; on x86 by int 0x80 and by the vdso (sysenter).
 * Its negative numbers have bit 31 set, and so do addresses on its stack, but
 * for MIPS, which has them below.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

#define COMMAND 0x80044830

typedef void gate(void);

#ifdef __i386__

/* Enters the kernel through the gate, with six arguments. */
long enter(gate *gate, long number, const long *arg);
void interrupt(void);

asm("	.text\n"
    "interrupt:\n"
    "	int	$0x80\n"
    "	ret\n"
    "enter:\n"
    "	push	%ebp\n"
    "	push	%ebx\n"
    "	push	%esi\n"
    "	push	%edi\n"
    "	mov	28(%esp), %edi\n"
    "	mov	24(%esp), %eax\n"
    "	mov	(%edi), %ebx\n"
    "	mov	4(%edi), %ecx\n"
    "	mov	8(%edi), %edx\n"
    "	mov	12(%edi), %esi\n"
    "	mov	20(%edi), %ebp\n"
    "	mov	16(%edi), %edi\n"
    "	call	*20(%esp)\n"
    "	pop	%edi\n"
    "	pop	%esi\n"
    "	pop	%ebx\n"
    "	pop	%ebp\n"
    "	ret\n");

static gate *sysenter(void)
{
    void *code = (void *)getauxval(AT_SYSINFO);

    CHECK(code && memmem(code, 16, "\x0f\x34", 2));
    return (gate *)code;
}

#else

/* One gate alone: the C library's. */
static long enter(gate *gate, long number, const long *arg)
{
    long result = syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4],
                          arg[5]);

    return result == -1 ? -errno : result;
}

#endif

/* The handler exchanges *to and value; what lies around must stay. */
static void pointers_have_four_bytes(gate *gate)
{
    unsigned number[3] = { 0x11111111, 0x22222222, 0x33333333 };
    struct {
        unsigned *to;
        unsigned value;
        unsigned after;
    } block = { &number[1], 0xfedcba98, 0x44444444 };
    long arg[6] = { -1, (long)COMMAND, (long)&block, 4, 5, 6 };

#ifndef __mips__
    CHECK((unsigned long)&block >= 0x80000000);
#endif
    CHECK(enter(gate, SYS_ioctl, arg) == 77);
    CHECK(number[0] == 0x11111111 && number[2] == 0x33333333);
    CHECK(number[1] == 0xfedcba98);
    CHECK(block.to == &number[1] && block.after == 0x44444444);
    CHECK(block.value == 0x22222222);
}

static void texts_are_tested(gate *gate)
{
    long file[6] = { AT_FDCWD, (long)"/compat/file", O_RDONLY };
    long other[6] = { AT_FDCWD, (long)"/compat/other", O_RDONLY };

    CHECK(enter(gate, SYS_openat, file) == 33);
    CHECK(enter(gate, SYS_openat, other) == -ENOENT);
}

static void results_are_replaced(gate *gate)
{
    char text[8] = "........";
    long mine[6] = { -16, (long)text, 5 };
    long other[6] = { -16, (long)text, 6 };

    CHECK(enter(gate, SYS_read, mine) == 5);
    CHECK(!memcmp(text, "hello...", 8));
    CHECK(enter(gate, SYS_read, other) == -EBADF);
}

static void six_arguments_arrive(gate *gate)
{
    long arg[6] = { -1, -2, -3, -4, -5, -6 };
    long other[6] = { -1, -2, -3, -4, -5, -7 };

    CHECK(enter(gate, SYS_copy_file_range, arg) == -75);
    CHECK(enter(gate, SYS_copy_file_range, other) != -75);
}

static void all(gate *gate)
{
    pointers_have_four_bytes(gate);
    texts_are_tested(gate);
    results_are_replaced(gate);
    six_arguments_arrive(gate);
}

int main(void)
{
    CHECK(sizeof(long) == 4);
#ifdef __i386__
    all(interrupt);
    all(sysenter());
#else
    all(NULL);
#endif
    puts("ok");
    return 0;
}
