/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filestress N PATH...: loads and unloads the module N times while two
 * processes open, read, stat, truncate and close these files.  What is read is
 * either the model's "model\n" or what there is without the module: nothing,
 * or the kernel's own file.  While a file is open the module cannot go, so
 * that is asked until it can.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "until.h"

#define PATHS 8
/* More than the processors of a small guest are not served in turn. */
#define READERS 2

/* Shared with the readers. */
static struct shared {
    volatile int stop;
    atomic_uint modelled[PATHS];
    atomic_uint others[PATHS];
} *shared;

static int read_once(const char *path, char *bytes, size_t size)
{
    int fd = open(path, O_RDONLY);
    ssize_t length;

    if (fd < 0) {
        return 0;
    }
    length = read(fd, bytes, size);
    close(fd);
    return length == 6 && !memcmp(bytes, "model\n", 6);
}

static void loop(char **paths, int count)
{
    char bytes[64];
    struct stat status;

    for (int i = 0; !shared->stop; i = (i + 1) % count) {
        atomic_uint *seen = read_once(paths[i], bytes, sizeof(bytes))
                                ? shared->modelled : shared->others;

        seen[i]++;
        (void)!stat(paths[i], &status);
        (void)!truncate(paths[i], 0);
    }
    _exit(0);
}

static int load(void)
{
    int fd = open("/hyperlua/hyperlua.ko", O_RDONLY | O_CLOEXEC);
    int result = (int)syscall(SYS_finit_module, fd, "", 0);

    close(fd);
    return result;
}

static int unload(void)
{
    int result = (int)syscall(SYS_delete_module, "hyperlua", O_NONBLOCK);

    CHECK(!result || errno == EAGAIN || errno == EBUSY);
    return result;
}

/* Each path must be seen in that state: no cycle passes untested. */
static void wait_for_each(atomic_uint *counts, int paths)
{
    unsigned before[PATHS];

    for (int i = 0; i < paths; i++) {
        before[i] = counts[i];
    }
    for (int i = 0; i < paths; i++) {
        UNTIL(counts[i] != before[i]);
    }
}

static void let_go_of_the_device(void)
{
    int console = open("/dev/console", O_WRONLY);

    dup2(console, 1);
    dup2(console, 2);
    close(console);
}

static void report(void)
{
    int fd = open("/dev/hyperlua", O_RDWR);

    CHECK(fd >= 0);
    dprintf(fd, "ok\n");
}

int main(int argc, char **argv)
{
    int cycles = atoi(argv[1]);
    int paths = argc - 2;
    int status;

    CHECK(paths <= PATHS);
    let_go_of_the_device();
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    for (int i = 0; i < READERS; i++) {
        if (fork() == 0) {
            loop(argv + 2, paths);
        }
    }
    for (int i = 0; i < cycles; i++) {
        wait_for_each(shared->modelled, paths);
        UNTIL(!unload());
        wait_for_each(shared->others, paths);
        CHECK(!load());
    }
    shared->stop = 1;
    for (int i = 0; i < READERS; i++) {
        CHECK(wait(&status) > 0 && status == 0);
    }
    report();
    return 0;
}
