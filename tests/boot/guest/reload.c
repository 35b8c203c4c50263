/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reload N: has the script replaced N times (../reloaded.lua) while four
 * processes read, write and ioctl its files and call what it hooks.  Every call
 * must be answered, whole, by one version, and no version may answer after a
 * later one has.  Prints "ok", and to /dev/figures what it measured: versions,
 * requests, us from a save to the first answer (quartiles, 99 of 100, worst),
 * growth of QEMU's memory and of the guest's slab (KiB).
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "until.h"

#define WORKERS 4
/* Until here memory settles; it must not grow from then on. */
#define WARM 50
#define COUNT_MAX 100000

static struct shared {
    volatile int stop;
    volatile unsigned turns[WORKERS];
    volatile unsigned writes[WORKERS];
} *shared;

static uint32_t latency[COUNT_MAX];     /* us, of each replacement */

/* "7 7\n" -> 7; both are of one version. */
static long read_version(int fd)
{
    char text[64];
    ssize_t size = read(fd, text, sizeof(text) - 1);
    long first, second;

    CHECK(size > 0);
    text[size] = '\0';
    CHECK(sscanf(text, "%ld %ld", &first, &second) == 2);
    CHECK(first == second);
    return first;
}

static int open_file(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);

    CHECK(fd >= 0);
    return fd;
}

/* Of the hook that all versions have, or of the one that differs in each. */
static long hooked(int who)
{
    return syscall(SYS_getpriority, PRIO_PROCESS, who);
}

static long ask(unsigned turn, int model, int slow)
{
    switch (turn % 4) {
    case 0:
        return read_version(model);
    case 1:
        return ioctl(model, 1, 0);
    case 2:
        return hooked(1 + turn / 4 % 2);
    default:
        return turn % 64 == 63 ? read_version(slow) : read_version(model);
    }
}

static void work(int me)
{
    int model = open_file("/dev/model", O_RDWR);
    int slow = open_file("/dev/slow", O_RDONLY);
    long last = 1;

    while (!shared->stop) {
        long version = ask(shared->turns[me]++, model, slow);

        if (version < last) {
            fprintf(stderr, "turn %u: %ld after %ld\n", shared->turns[me] - 1,
                    version, last);
            exit(1);
        }
        last = version;
        CHECK(write(model, "x", 1) == 1);
        shared->writes[me]++;
    }
    exit(0);
}

static long long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* How long it took until that version answered, in us. */
static uint32_t replace(int next, int model, int version)
{
    char text[16];
    int size = snprintf(text, sizeof(text), "%d", version);
    long long start = now_us();

    CHECK(write(next, text, (size_t)size) == size);
    UNTIL(read_version(model) == version);
    return (uint32_t)(now_us() - start);
}

static void read_report(unsigned long *writes, unsigned long *resident)
{
    char text[64];
    int fd = open_file("/dev/report", O_RDONLY);
    ssize_t size = read(fd, text, sizeof(text) - 1);

    close(fd);
    CHECK(size > 0);
    text[size] = '\0';
    CHECK(sscanf(text, "%lu %lu", writes, resident) == 2);
}

static unsigned long slab_kib(void)
{
    FILE *file = fopen("/proc/meminfo", "r");
    unsigned long kib = 0;
    char line[128];

    CHECK(file);
    while (fgets(line, sizeof(line), file) &&
           sscanf(line, "Slab: %lu", &kib) != 1) {
    }
    fclose(file);
    return kib;
}

static int compare(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

    return one < other ? -1 : one > other;
}

static void print_figures(int count, long qemu_kib, long slab)
{
    int fd = open_file("/dev/figures", O_WRONLY);
    unsigned turns = 0;

    for (int i = 0; i < WORKERS; i++) {
        turns += shared->turns[i];
    }
    qsort(latency, (size_t)count, sizeof(latency[0]), compare);
    dprintf(fd, "%d %u %u %u %u %u %u %ld %ld\n", count, 2 * turns,
            latency[count / 4], latency[count / 2], latency[count * 3 / 4],
            latency[count - 1 - count / 100], latency[count - 1], qemu_kib,
            slab);
    close(fd);
}

static void start(pid_t worker[WORKERS])
{
    for (int i = 0; i < WORKERS; i++) {
        worker[i] = fork();
        if (worker[i] == 0) {
            work(i);
        }
        UNTIL(shared->turns[i] > 0);
    }
}

/* Every write was counted, by one version and once. */
static void stop(const pid_t worker[WORKERS])
{
    unsigned long writes = 0, counted, resident;
    int status;

    shared->stop = 1;
    for (int i = 0; i < WORKERS; i++) {
        CHECK(waitpid(worker[i], &status, 0) == worker[i] && status == 0);
        writes += shared->writes[i];
    }
    read_report(&counted, &resident);
    CHECK(counted == writes);
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 500;
    unsigned long writes, resident = 0, resident_end, slab = 0;
    pid_t worker[WORKERS];
    int model, next;

    CHECK(count > WARM && count < COUNT_MAX);
    model = open_file("/dev/model", O_RDONLY);
    next = open_file("/dev/next", O_WRONLY);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    start(worker);
    for (int i = 0; i < count; i++) {
        if (i == WARM) {
            read_report(&writes, &resident);
            slab = slab_kib();
        }
        latency[i] = replace(next, model, i + 2);
    }
    read_report(&writes, &resident_end);
    print_figures(count, (long)(resident_end - resident),
                  (long)(slab_kib() - slab));
    stop(worker);
    CHECK(access("/dev/even", F_OK) == ((count + 1) % 2 == 0 ? 0 : -1));
    puts("ok");
    return 0;
}
