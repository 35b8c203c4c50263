/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results. The device to print to exists only while the module is loaded, so
 * they are kept and printed at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench.h"
#include "uapi.h"

static char text[16384];
static size_t length;

void add(struct samples *samples, double value)
{
    if (samples->count == SAMPLES_MAX) {
        fail("more than %d samples", SAMPLES_MAX);
    }
    samples->value[samples->count++] = value;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double quartile(const struct samples *samples, int which)
{
    static double sorted[SAMPLES_MAX];
    double at = (samples->count - 1) * which / 4.0;
    int i = (int)at;

    memcpy(sorted, samples->value, sizeof(sorted));
    qsort(sorted, samples->count, sizeof(sorted[0]), compare);
    return i + 1 == samples->count
               ? sorted[i]
               : sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]);
}

double median(const struct samples *samples)
{
    return quartile(samples, 2);
}

__attribute__((format(printf, 1, 2)))
static void keep(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    length += vsnprintf(text + length, sizeof(text) - length, format, args);
    va_end(args);
    if (length >= sizeof(text)) {
        fail("too many results");
    }
}

void report(const char *name, const struct samples *samples)
{
    keep("%s %.4f %.4f %.4f\n", name, median(samples), quartile(samples, 1),
         quartile(samples, 3));
}

void report_absent(const char *name, const char *reason)
{
    keep("%s - %s\n", name, reason);
}

static void print_to(int stream, const char *what, size_t size)
{
    int fd = open("/dev/hyperlua", O_RDWR | O_CLOEXEC);

    if (fd < 0 || ioctl(fd, HL_IOC_STREAM, stream)) {
        fd = open("/dev/console", O_WRONLY | O_CLOEXEC);
    }
    (void)!write(fd, what, size);
    close(fd);
}

void print_reports(void)
{
    print_to(1, text, length);
}

void fail(const char *format, ...)
{
    char line[256] = "bench: error: ";
    size_t start = strlen(line);
    va_list args;

    va_start(args, format);
    vsnprintf(line + start, sizeof(line) - start - 1, format, args);
    va_end(args);
    strcat(line, "\n");
    print_to(2, line, strlen(line));
    exit(1);
}
