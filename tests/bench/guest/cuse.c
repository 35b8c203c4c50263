/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cuse: /dev/hlb_cuse, which does in this process what native.c does in the
 * kernel.  Started by bench_peers.c; ends with the signal that bench sends.
 * It speaks CUSE's protocol itself: not every target has a libfuse.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "native.h"

#define DEVICE "DEVNAME=hlb_cuse"

/* A request's data at most; beside it lie its headers. */
enum { DATA_MAX = 2 * HLB_SIZE, HEADERS = 4096 };

static union {
    struct fuse_in_header header;
    char bytes[HEADERS + DATA_MAX];
} request;

static char bytes[HLB_SIZE];

/* The answer: a status, and what follows it. */
struct answer {
    int error;
    const void *data;
    size_t size;
};

static struct answer start(void)
{
    static struct {
        struct cuse_init_out out;
        char name[sizeof(DEVICE)];
    } init = {
        .out = { .major = FUSE_KERNEL_VERSION,
                 .minor = FUSE_KERNEL_MINOR_VERSION,
                 .max_read = DATA_MAX, .max_write = DATA_MAX },
        .name = DEVICE,
    };

    return (struct answer){ 0, &init, sizeof(init.out) + sizeof(init.name) };
}

static struct answer give(const struct fuse_read_in *in)
{
    size_t size = in->size < HLB_SIZE ? in->size : HLB_SIZE;

    return (struct answer){ 0, bytes, size };
}

static struct answer take(const struct fuse_write_in *in)
{
    static struct fuse_write_out out;

    out.size = in->size;
    return (struct answer){ 0, &out, sizeof(out) };
}

static struct answer serve(void)
{
    static const struct fuse_open_out opened;
    static const struct fuse_ioctl_out controlled;
    const void *in = request.bytes + sizeof(request.header);

    switch (request.header.opcode) {
    case CUSE_INIT:
        return start();
    case FUSE_OPEN:
        return (struct answer){ 0, &opened, sizeof(opened) };
    case FUSE_READ:
        return give(in);
    case FUSE_WRITE:
        return take(in);
    case FUSE_IOCTL:
        return (struct answer){ 0, &controlled, sizeof(controlled) };
    case FUSE_RELEASE:
        return (struct answer){ 0, NULL, 0 };
    default:
        return (struct answer){ -ENOSYS, NULL, 0 };
    }
}

int main(void)
{
    int fd = open("/dev/cuse", O_RDWR | O_CLOEXEC);

    memset(bytes, HLB_BYTE, sizeof(bytes));
    while (read(fd, request.bytes, sizeof(request.bytes)) > 0) {
        struct answer answer = serve();
        struct fuse_out_header header = {
            .len = sizeof(header) + answer.size,
            .error = answer.error,
            .unique = request.header.unique,
        };
        struct iovec parts[] = {
            { &header, sizeof(header) },
            { (void *)answer.data, answer.size },
        };

        if (writev(fd, parts, answer.size > 0 ? 2 : 1) < 0) {
            break;
        }
    }
    return 1;
}
