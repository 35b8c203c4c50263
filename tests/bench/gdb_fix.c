/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gdb_fix TARGET SOCKET ADDRESS CALLED: makes the RAEth fix over QEMU's GDB
 * stub, as a script would: a breakpoint, reads, a write, on with it.  What
 * tests/bench compares our own with.  It waits for the file CALLED, then for
 * stops at ADDRESS (hexadecimal), the function int ADDRESS(int fd, int command,
 * void *request), until one has the command 0.
 *
 * It asks for single registers, not for all: more than most scripts take care
 * of.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { POLL_US = 10000 };
enum { WORD = 4, ON_STACK = -1 };

/* Registers by the numbers that GDB has for them. */
static const struct target {
    const char *name;
    int size;                   /* of a register, and of a pointer */
    bool big_endian;
    int result, command, request;
    int caller;                 /* the return address, or ON_STACK */
    int pc, sp;
} targets[] = {
    { "mipsel", 4, false, 2, 5, 6, 31, 37, 29 },
    { "mips64el", 8, false, 2, 5, 6, 31, 37, 29 },
    { "mips", 4, true, 2, 5, 6, 31, 37, 29 },
    { "armhf", 4, false, 0, 1, 2, 14, 15, 13 },
    { "aarch64", 8, false, 0, 1, 2, 30, 32, 31 },
    { "x86_64", 8, false, 0, 4, 3, ON_STACK, 16, 7 },
};

static const struct target *target;
static FILE *to, *from;
static char reply[4096];

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "gdb_fix: error: %s (last answer: %s)\n", what, reply);
    exit(1);
}

static void take_reply(void)
{
    size_t length = 0;
    int c;

    while ((c = getc(from)) != '$') {
        if (c == EOF) {
            fail("QEMU has closed the connection");
        }
    }
    while ((c = getc(from)) != '#' && c != EOF && length < sizeof(reply) - 1) {
        reply[length++] = (char)c;
    }
    reply[length] = '\0';
    getc(from);
    getc(from);
    putc('+', to);
}

__attribute__((format(printf, 1, 2)))
static void ask(const char *format, ...)
{
    char packet[256];
    unsigned char sum = 0;
    va_list args;

    va_start(args, format);
    vsnprintf(packet, sizeof(packet), format, args);
    va_end(args);
    for (const char *c = packet; *c; c++) {
        sum += (unsigned char)*c;
    }
    fprintf(to, "$%s#%02x", packet, sum);
    fflush(to);
    take_reply();
}

__attribute__((format(printf, 1, 2)))
static void order(const char *format, ...)
{
    char packet[128];
    va_list args;

    va_start(args, format);
    vsnprintf(packet, sizeof(packet), format, args);
    va_end(args);
    ask("%s", packet);
    if (strcmp(reply, "OK") != 0) {
        fail(packet);
    }
}

/* Where a number's byte of that index stands in it. */
static int shift(int index, int size)
{
    return 8 * (target->big_endian ? size - 1 - index : index);
}

/* The answer's bytes, which are in the target's order. */
static uint64_t number(int size)
{
    uint64_t value = 0;

    if (strlen(reply) != 2 * (size_t)size) {
        fail("a number of another size");
    }
    for (int i = 0; i < size; i++) {
        unsigned byte;

        if (sscanf(reply + 2 * i, "%2x", &byte) != 1) {
            fail("not a number");
        }
        value |= (uint64_t)byte << shift(i, size);
    }
    return value;
}

static const char *hex(uint64_t value, int size)
{
    static char digits[2 * sizeof(value) + 1];

    for (int i = 0; i < size; i++) {
        sprintf(digits + 2 * i, "%02x",
                (unsigned)(value >> shift(i, size)) & 0xff);
    }
    return digits;
}

static uint64_t read_register(int which)
{
    ask("p%x", which);
    return number(target->size);
}

static uint64_t read_number(uint64_t addr, int size)
{
    ask("m%" PRIx64 ",%x", addr, size);
    return number(size);
}

static void write_register(int which, uint64_t value)
{
    order("P%x=%s", which, hex(value, target->size));
}

/* False: QEMU's debugger sees what lies in the TLB only, and that does not. */
static bool fix(uint64_t request)
{
    uint64_t reg;

    ask("m%" PRIx64 ",5", request);
    if (strcmp(reply, "6574683000") != 0) {
        return false;
    }
    reg = read_number(request + 16, target->size);
    if (read_number(reg, WORD) != 0x34) {
        return false;
    }
    ask("M%" PRIx64 ",%x:%s", reg + WORD, WORD, hex(2, WORD));
    return strcmp(reply, "OK") == 0;
}

/* To the caller, as if the function had returned. */
static void go_back(uint64_t result)
{
    uint64_t sp;

    write_register(target->result, result);
    if (target->caller != ON_STACK) {
        write_register(target->pc, read_register(target->caller));
        return;
    }
    sp = read_register(target->sp);
    write_register(target->pc, read_number(sp, target->size));
    write_register(target->sp, sp + target->size);
}

static void serve(unsigned addr)
{
    uint32_t command;

    order("Z0,%x,4", addr);
    do {
        bool fixed = true;

        ask("c");
        command = (uint32_t)read_register(target->command);
        if (command != 0) {
            fixed = fix(read_register(target->request));
        }
        go_back(fixed ? 0 : ~0ull);
    } while (command != 0);
    order("z0,%x,4", addr);
    order("D");
}

static void attach(const char *path)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0) {
        fail(strerror(errno));
    }
    to = fdopen(fd, "w");
    from = fdopen(dup(fd), "r");
}

static const struct target *find(const char *name)
{
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        if (strcmp(targets[i].name, name) == 0) {
            return &targets[i];
        }
    }
    fail("its registers are not known here");
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fputs("usage: gdb_fix TARGET SOCKET ADDRESS CALLED\n", stderr);
        return 2;
    }
    target = find(argv[1]);
    while (access(argv[4], F_OK) != 0) {
        usleep(POLL_US);
    }
    attach(argv[2]);
    serve((unsigned)strtoul(argv[3], NULL, 16));
    return 0;
}
