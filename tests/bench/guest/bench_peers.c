/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file model is compared with besides the native device: a CUSE device,
 * served by a process of its own, and a file of the host through virtio-9p.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define MODULES "/bench/modules"
#define SHARE "/bench/share"
/* One request carries a whole read. */
#define SHARE_OPTIONS "trans=virtio,version=9p2000.L,cache=none,msize=262144"

static pid_t server;

static int is_module(const struct dirent *entry)
{
    return strstr(entry->d_name, ".ko") != NULL;
}

/* run numbered them in the order in which they need each other. */
static void load_modules(void)
{
    struct dirent **entries;
    char path[512];
    int count = scandir(MODULES, &entries, is_module, alphasort);

    if (count < 0) {
        fail("cannot list %s: %s", MODULES, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof(path), MODULES "/%s", entries[i]->d_name);
        load_module(path);
        free(entries[i]);
    }
    free(entries);
}

static bool start_cuse(void)
{
    if (access("/dev/cuse", F_OK)) {
        return false;
    }
    server = fork();
    if (server < 0) {
        fail("cannot fork: %s", strerror(errno));
    }
    if (!server) {
        execl("/bench/cuse", "cuse", (char *)NULL);
        _exit(127);
    }
    return true;
}

static bool mount_share(void)
{
    mkdir(SHARE, 0755);
    if (!mount("hlb", SHARE, "9p", MS_RDONLY, SHARE_OPTIONS)) {
        return true;
    }
    if (errno != ENODEV) {      /* no such file system */
        fail("cannot mount by 9p: %s", strerror(errno));
    }
    return false;
}

struct peers start_peers(void)
{
    struct peers peers;

    load_modules();
    peers.cuse = start_cuse();
    peers.share = mount_share();
    return peers;
}

void stop_peers(void)
{
    umount(SHARE);
    if (server) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
    }
}
