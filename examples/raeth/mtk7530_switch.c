/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a router's switch tool does at boot: it asks the Ethernet driver for
 * switch registers until the hardware says that it is done. Without that
 * hardware the ioctl fails, and the boot with it.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define RAETH_ESW_REG_READ 0x89F1
#define REG_ESW_WT_MAC_AD0 0x34
#define W_MAC_DONE 0x2

struct esw_reg {
    unsigned int off;
    unsigned int val;
};

static int esw_fd;

static unsigned int reg_read(unsigned int offset)
{
    struct esw_reg reg = { .off = offset };
    struct ifreq ifr = { 0 };

    strcpy(ifr.ifr_name, "eth0");
    ifr.ifr_data = (char *)&reg;
    if (ioctl(esw_fd, RAETH_ESW_REG_READ, &ifr) == -1) {
        perror("ioctl");
        exit(1);
    }
    return reg.val;
}

static int table_del(void)
{
    for (int i = 0; i < 20; i++) {
        if (reg_read(REG_ESW_WT_MAC_AD0) & W_MAC_DONE) {
            printf("done.\n");
            return 0;
        }
        usleep(1000);
    }
    printf("timeout.\n");
    return 1;
}

int main(void)
{
    esw_fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (esw_fd == -1) {
        perror("socket");
        return 1;
    }
    return table_del();
}
