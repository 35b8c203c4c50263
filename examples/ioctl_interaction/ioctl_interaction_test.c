/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks a network interface that is not there by a private ioctl, and says
 * whether a name and a number came back in the place of its own.
 */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define SIOCDEVPRIVATE 0x89F0

struct request {
    char name[IFNAMSIZ];
    int data;
    char room[sizeof(struct ifreq)];    /* the kernel reads a whole ifreq */
};

int main(void)
{
    struct request request = { .name = "eth0", .data = 0x1234 };
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd == -1) {
        perror("socket");
        return 1;
    }
    if (ioctl(fd, SIOCDEVPRIVATE, &request) == -1) {
        perror("ioctl");
    }
    printf("interface: %.*s, data: %#x\n", IFNAMSIZ, request.name,
           (unsigned)request.data);
    return strcmp(request.name, "test") || request.data != 0x12345678;
}
