/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module, its hooks and files, and the socket whose ioctl is hooked. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

/* bench.lua has the same. */
enum {
    CONTROL = 0x484c0000,
    FILES = 0x484d0000,
    SCRIPT = 0x484e0000,
    ANSWER = 1000,
};

enum { RING_COUNT = 2000 };

enum { POLL_US = 2000, POLLS = 1000, SETTLE_US = 30000 };

/* Files that come or go in one call, which the engine stops after a second. */
enum { FILES_STEP = 500 };

int esw_fd;
struct esw_reg esw_reg = { .off = 0x34 };

static struct ifreq request;

double now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

void load_module(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || syscall(SYS_finit_module, fd, "", 0)) {
        fail("cannot load %s: %s", path, strerror(errno));
    }
    close(fd);
}

void unload_module(const char *name)
{
    if (syscall(SYS_delete_module, name, O_NONBLOCK)) {
        fail("cannot unload %s: %s", name, strerror(errno));
    }
}

static void wait_for(enum mode mode, int expected)
{
    for (int i = 0; i < POLLS; i++) {
        if (ioctl(-1, COMMAND(mode), 0) == expected) {
            return;
        }
        usleep(POLL_US);
    }
    fail("mode %d does not answer %d: is bench.lua loaded?", mode, expected);
}

void set_mode(enum mode mode)
{
    static enum mode before = MODE_NONE;

    if (mode == before) {
        return;
    }
    if (prctl(CONTROL + mode, 0, 0, 0, 0)) {
        fail("prctl is not hooked: is bench.lua loaded?");
    }
    if (before != MODE_NONE) {
        wait_for(before, -1);
    }
    if (mode != MODE_NONE) {
        wait_for(mode, ANSWER + mode);
    }
    /* The probe goes after the hook, and blocks are translated anew. */
    usleep(SETTLE_US);
    before = mode;
}

static int count_files(void)
{
    DIR *folder = opendir("/dev/hlb");
    const struct dirent *entry;
    int count = 0;

    while (folder && (entry = readdir(folder))) {
        count += entry->d_name[0] != '.';
    }
    if (folder) {
        closedir(folder);
    }
    return count;
}

static void step_files(int count)
{
    if (prctl(FILES + count, 0, 0, 0, 0)) {
        fail("bench.lua cannot make %d files", count);
    }
    for (int i = 0; i < POLLS; i++) {
        if (count_files() == count) {
            return;
        }
        usleep(POLL_US);
    }
    fail("there are %d files in place of %d", count_files(), count);
}

void set_files(int count)
{
    static int before;

    while (before != count) {
        int missing = count - before;

        missing = missing > FILES_STEP ? FILES_STEP : missing;
        before += missing < -FILES_STEP ? -FILES_STEP : missing;
        step_files(before);
    }
    usleep(SETTLE_US);
}

double time_ring(const char *kind)
{
    static int fd = -1;
    char line[32];
    ssize_t size = snprintf(line, sizeof(line), "%s %d", kind, RING_COUNT);

    if (fd < 0) {
        fd = open("/proc/hl_bench", O_RDWR | O_CLOEXEC);
    }
    if (pwrite(fd, line, size, 0) != size) {
        fail("ringing \"%s\" does not do what it should", kind);
    }
    size = pread(fd, line, sizeof(line) - 1, 0);
    line[size > 0 ? size : 0] = '\0';
    return atof(line) / RING_COUNT;
}

long ask_script(enum script_number what)
{
    return prctl(SCRIPT + what, 0, 0, 0, 0);
}

/*
 * The kernel would look for a driver of a device that is not there, by
 * running modprobe; so the loopback device plays eth0.
 */
void open_switch(void)
{
    struct ifreq rename = { .ifr_name = "lo", .ifr_newname = "eth0" };

    esw_fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (esw_fd < 0 || ioctl(esw_fd, SIOCSIFNAME, &rename)) {
        fail("cannot rename lo: %s", strerror(errno));
    }
    strcpy(request.ifr_name, "eth0");
    request.ifr_data = (char *)&esw_reg;
}

int esw_ioctl(int command)
{
    return ioctl(esw_fd, command, &request);
}
