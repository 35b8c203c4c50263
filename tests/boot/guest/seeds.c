/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seeds raeth|advanced|interaction: makes the ioctls that the example scripts
 * of these names answer, and checks every byte of its own memory after each.
 */
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

#define SIOCDEVPRIVATE 0x89F0
#define RAETH_ESW_REG_READ 0x89F1

struct esw_reg {
    unsigned before;
    unsigned off;
    unsigned val;
    unsigned after;
};

static int fd;

/* What the ioctl gives; all but reg's val must be as it was. */
static int ask(unsigned command, const char *name, unsigned off,
               struct esw_reg *reg)
{
    struct ifreq ifr, before;
    int result;

    memset(&ifr, 0x5a, sizeof(ifr));
    strncpy(ifr.ifr_name, name, IFNAMSIZ);
    *reg = (struct esw_reg){ 0x11111111, off, 0x22222222, 0x33333333 };
    ifr.ifr_data = (char *)&reg->off;
    before = ifr;
    errno = 0;
    result = ioctl(fd, command, &ifr);
    CHECK(!memcmp(&ifr, &before, sizeof(ifr)));
    CHECK(reg->before == 0x11111111 && reg->after == 0x33333333);
    CHECK(reg->off == off);
    return result;
}

static void answers(const char *name, unsigned off, unsigned val)
{
    struct esw_reg reg;

    CHECK(ask(RAETH_ESW_REG_READ, name, off, &reg) == 0);
    CHECK(reg.val == val);
}

static void leaves(unsigned command, const char *name, unsigned off)
{
    struct esw_reg reg;

    CHECK(ask(command, name, off, &reg) == -1 && errno == ENODEV);
    CHECK(reg.val == 0x22222222);
}

static void raeth(void)
{
    answers("eth0", 0x34, 0x2);
    answers("eth0", 0x80, 0x8234);
    answers("eth0", 0x90, 0x73);
    answers("eth0", 0x84, 0x10173);
    leaves(RAETH_ESW_REG_READ, "eth1", 0x34);
    leaves(RAETH_ESW_REG_READ + 1, "eth0", 0x34);
}

static void advanced(void)
{
    leaves(RAETH_ESW_REG_READ, "eth0", 0x34);
    CHECK(!prctl(PR_SET_NAME, "mtk7530_switch"));
    answers("eth0", 0x34, 0x2);
    leaves(RAETH_ESW_REG_READ, "eth0", 0x80);
    leaves(RAETH_ESW_REG_READ, "eth1", 0x34);
    leaves(RAETH_ESW_REG_READ + 1, "eth0", 0x34);
}

static void interaction(void)
{
    struct {
        char name[IFNAMSIZ];
        unsigned data;
        char rest[64];
    } request, wanted;

    memset(&request, 0x5a, sizeof(request));
    strcpy(request.name, "eth0");
    request.data = 0x1234;
    wanted = request;
    strcpy(wanted.name, "test");
    wanted.data = 0x12345678;
    CHECK(ioctl(fd, SIOCDEVPRIVATE, &request) == -1 && errno == ENODEV);
    CHECK(!memcmp(&request, &wanted, sizeof(request)));
    printf("pid %d\n", (int)getpid());
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(fd >= 0);
    if (!strcmp(argv[1], "raeth")) {
        raeth();
    } else if (!strcmp(argv[1], "advanced")) {
        advanced();
    } else {
        interaction();
    }
    puts("ok");
    return 0;
}
