/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gdb_fix SOCKET ADDRESS CALLED: makes the RAEth fix over QEMU's GDB stub, as
 * a script would: a breakpoint, reads, a write, on with it.  What tests/bench
 * compares our own with.  It waits for the file CALLED, then for stops at
 * ADDRESS (hexadecimal), the function int ADDRESS(int fd, int command, void
 * *request), until one has the command 0.
 *
 * Only for mipsel.  It asks for single registers, not for all: more than most
 * scripts take care of.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { V0 = 2, A1 = 5, A2 = 6, RA = 31, PC = 37 };
enum { POLL_US = 10000 };

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

/* Four bytes as they lie in memory, in hexadecimal. */
static unsigned word(void)
{
    return __builtin_bswap32((unsigned)strtoul(reply, NULL, 16));
}

static unsigned read_register(int number)
{
    ask("p%x", number);
    return word();
}

static unsigned read_word(unsigned addr)
{
    ask("m%x,4", addr);
    return word();
}

static void write_register(int number, unsigned value)
{
    order("P%x=%08x", number, __builtin_bswap32(value));
}

/* False: QEMU's debugger sees what lies in the TLB only, and that does not. */
static bool fix(unsigned request)
{
    unsigned reg;

    ask("m%x,5", request);
    if (strcmp(reply, "6574683000") != 0) {
        return false;
    }
    reg = read_word(request + 16);
    if (read_word(reg) != 0x34) {
        return false;
    }
    ask("M%x,4:02000000", reg + 4);
    return strcmp(reply, "OK") == 0;
}

static void serve(unsigned addr)
{
    unsigned command;

    order("Z0,%x,4", addr);
    do {
        bool fixed = true;

        ask("c");
        command = read_register(A1);
        if (command != 0) {
            fixed = fix(read_register(A2));
        }
        write_register(V0, fixed ? 0 : ~0u);
        write_register(PC, read_register(RA));
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

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: gdb_fix SOCKET ADDRESS CALLED\n", stderr);
        return 2;
    }
    while (access(argv[3], F_OK) != 0) {
        usleep(POLL_US);
    }
    attach(argv[1]);
    serve((unsigned)strtoul(argv[2], NULL, 16));
    return 0;
}
