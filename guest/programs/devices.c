/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices that `hyperlua run` was asked for: their drivers' modules, which
 * it has put into MODULES, named in the order in which they are loaded; and
 * the network's addresses, from DEVICES.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init.h"

#define MODULES "/hyperlua/modules"
#define DEVICES "/hyperlua/devices"
#define CARD "eth0"
#define RESOLV "/etc/resolv.conf"

enum { TEXT_MAX = 256, ADDRESS_MAX = 16 };

struct addresses {
    char own[ADDRESS_MAX], mask[ADDRESS_MAX], router[ADDRESS_MAX],
         names[ADDRESS_MAX];
};

static int is_module(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void load_all(void)
{
    struct dirent **entries;
    int count = scandir(MODULES, &entries, is_module, alphasort);

    for (int i = 0; i < count; i++) {
        char path[sizeof(MODULES) + 1 + sizeof(entries[i]->d_name)];

        snprintf(path, sizeof(path), MODULES "/%s", entries[i]->d_name);
        load_module(path);
        unlink(path);       /* it is memory */
    }
}

/* What follows the word at the beginning of a line of DEVICES, or NULL. */
static const char *described(char *text, const char *word)
{
    size_t length = strlen(word);
    char *line = text;

    while (line && strncmp(line, word, length) != 0) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return line ? line + length : NULL;
}

static _Noreturn void no_driver(const char *device, const char *qemu_device)
{
    say("no %s: the kernel has no driver for QEMU's %s, built in or among "
        "--drivers, or it failed (the kernel's log says why)", device,
        qemu_device);
    end();
}

static void check_drives(int count)
{
    for (int i = 0; i < count; i++) {
        char path[] = "/dev/vda";

        path[sizeof(path) - 2] += (char)i;
        if (access(path, F_OK)) {
            no_driver(path, "virtio-blk-pci");
        }
    }
}

void load_drivers(void)
{
    char text[TEXT_MAX + 1] = "";
    const char *drives;

    read_file(DEVICES, text, TEXT_MAX);
    load_all();
    drives = described(text, "drives ");
    check_drives(drives ? atoi(drives) : 0);
    if (described(text, "network ") && !if_nametoindex(CARD)) {
        no_driver(CARD, "virtio-net-pci");
    }
}

static struct sockaddr address_of(const char *text)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    struct sockaddr address;

    in.sin_addr.s_addr = inet_addr(text);
    memcpy(&address, &in, sizeof(address));
    return address;
}

static bool set_up(int fd, const char *name)
{
    struct ifreq request = { 0 };

    strcpy(request.ifr_name, name);
    request.ifr_flags = IFF_UP;
    return !ioctl(fd, SIOCSIFFLAGS, &request);
}

static bool set_address(int fd, unsigned long call, const char *text)
{
    struct ifreq request = { .ifr_name = CARD };

    request.ifr_addr = address_of(text);
    return !ioctl(fd, call, &request);
}

static bool set_router(int fd, const char *text)
{
    struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY };

    route.rt_dst = address_of("0.0.0.0");
    route.rt_genmask = route.rt_dst;
    route.rt_gateway = address_of(text);
    return !ioctl(fd, SIOCADDRT, &route);
}

/* A root filesystem's own file stays as it is. */
static void write_resolv(const char *names)
{
    int fd = open(RESOLV, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    if (fd >= 0) {
        dprintf(fd, "nameserver %s\n", names);
        close(fd);
    }
}

void network_up(void)
{
    char text[TEXT_MAX + 1] = "";
    struct addresses a;
    const char *line;
    int fd;

    read_file(DEVICES, text, TEXT_MAX);
    line = described(text, "network ");
    if (!line || sscanf(line, "%15s %15s %15s %15s", a.own, a.mask, a.router,
                        a.names) != 4) {
        return;
    }
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !set_up(fd, "lo") || !set_address(fd, SIOCSIFADDR, a.own)
        || !set_address(fd, SIOCSIFNETMASK, a.mask) || !set_up(fd, CARD)
        || !set_router(fd, a.router)) {
        say("cannot set up " CARD ": %s", strerror(errno));
        end();
    }
    close(fd);
    write_resolv(a.names);
}
