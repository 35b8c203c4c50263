/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cuse -f -s: /dev/hlb_cuse, which does in this process what native.c does in
 * the kernel. Started by bench_peers.c; the options are libfuse's: in the
 * foreground, one thread. Ends with the signal that bench sends.
 */
#define FUSE_USE_VERSION 31
#include <cuse_lowlevel.h>

#include <string.h>

#include "native.h"

static char bytes[HLB_SIZE];

static void cuse_open(fuse_req_t request, struct fuse_file_info *file)
{
    fuse_reply_open(request, file);
}

static void cuse_read(fuse_req_t request, size_t size, off_t offset,
                      struct fuse_file_info *file)
{
    (void)offset;
    (void)file;
    fuse_reply_buf(request, bytes, size < HLB_SIZE ? size : HLB_SIZE);
}

static void cuse_write(fuse_req_t request, const char *from, size_t size,
                       off_t offset, struct fuse_file_info *file)
{
    (void)from;
    (void)offset;
    (void)file;
    fuse_reply_write(request, size);
}

static void cuse_ioctl(fuse_req_t request, int command, void *arg,
                       struct fuse_file_info *file, unsigned flags,
                       const void *in, size_t in_size, size_t out_size)
{
    (void)command;
    (void)arg;
    (void)file;
    (void)flags;
    (void)in;
    (void)in_size;
    (void)out_size;
    fuse_reply_ioctl(request, 0, NULL, 0);
}

int main(int argc, char **argv)
{
    static const struct cuse_lowlevel_ops operations = {
        .open = cuse_open,
        .read = cuse_read,
        .write = cuse_write,
        .ioctl = cuse_ioctl,
    };
    const char *names[] = { "DEVNAME=hlb_cuse" };
    struct cuse_info info = { .dev_info_argc = 1, .dev_info_argv = names };

    memset(bytes, HLB_BYTE, sizeof(bytes));
    return cuse_lowlevel_main(argc, argv, &info, &operations, NULL);
}
