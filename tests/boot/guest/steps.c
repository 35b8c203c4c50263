/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes each argument as a step, on the file that was opened last, and prints
 * what it gave: "open PATH [<]", "read N", "write TEXT", "seek OFFSET WHENCE",
 * "ioctl HEX [TEXT]", "poll", "stat", "sync".
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int file = -1;

static void show(const char *bytes, ssize_t length)
{
    for (ssize_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];

        printf(isprint(c) ? "%c" : "\\x%02x", c);
    }
}

/* A system call's result; whether there is one. */
static int result(long value)
{
    if (value < 0) {
        printf("failed: %s", strerror(errno));
    }
    return value >= 0;
}

static void number(long value)
{
    if (result(value)) {
        printf("%ld", value);
    }
}

static void read_some(size_t length)
{
    char bytes[128];
    ssize_t got = read(file, bytes, length < sizeof(bytes) ? length
                                                           : sizeof(bytes));

    if (result(got)) {
        show(bytes, got);
    }
}

/* Without a text it passes 0; a text may have become another. */
static void control(unsigned long command, char *text)
{
    int length = (int)strlen(text);
    int got = ioctl(file, command, length ? text : NULL);

    number(got);
    if (got >= 0 && length) {
        printf(" ");
        show(text, length);
    }
}

static void ready(void)
{
    struct pollfd one = { .fd = file, .events = POLLIN | POLLOUT };

    poll(&one, 1, 0);
    printf("%d%d", !!(one.revents & POLLIN), !!(one.revents & POLLOUT));
}

static void status(void)
{
    struct stat is;

    if (result(fstat(file, &is))) {
        printf("%o %lld", is.st_mode, (long long)is.st_size);
    }
}

static void take(const char *what, const char *one, char *two)
{
    if (strcmp(what, "open") == 0) {
        result(file);
    } else if (strcmp(what, "read") == 0) {
        read_some(strtoul(one, NULL, 10));
    } else if (strcmp(what, "write") == 0) {
        number(write(file, one, strlen(one)));
    } else if (strcmp(what, "seek") == 0) {
        number(lseek(file, atol(one), atoi(two)));
    } else if (strcmp(what, "ioctl") == 0) {
        control(strtoul(one, NULL, 16), two);
    } else if (strcmp(what, "poll") == 0) {
        ready();
    } else if (strcmp(what, "stat") == 0) {
        status();
    } else if (strcmp(what, "sync") == 0) {
        number(fsync(file));
    } else {
        printf("no such step");
    }
}

/* Silent when it works. */
static int opens(const char *path, const char *mode)
{
    close(file);
    file = open(path, *mode == '<' ? O_RDONLY : O_RDWR);
    return file >= 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char what[16] = "", one[64] = "", two[64] = "";

        sscanf(argv[i], "%15s %63s %63s", what, one, two);
        if (strcmp(what, "open") == 0 && opens(one, two)) {
            continue;
        }
        printf("%s: ", argv[i]);
        take(what, one, two);
        printf("\n");
    }
    return 0;
}
