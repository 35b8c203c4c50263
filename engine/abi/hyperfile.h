/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HyperFile's own protocol: how the guest asks what a file does.
 *
 * The call block's number is IGLOO_HYPERFS_MAGIC, arg[0] one of hyperfs_ops,
 * arg[1] what that works on.  Unlike all else on the wire, these structs have
 * the guest's word size and byte order, and no padding:
 *
 *   HYP_FILE_OP              at arg[1]: i32 type, word path, then by type
 *     HYP_READ, HYP_WRITE      word buffer, word length, i64 offset
 *     HYP_IOCTL                u32 cmd, word arg
 *     HYP_GETATTR              word size: where an i64 is to be written
 *   HYP_GET_NUM_HYPERFILES   at arg[1]: a word is written
 *   HYP_GET_HYPERFILE_PATHS  at arg[1]: that many words, each the address of
 *                            HYPERFILE_PATH_MAX bytes; the paths go there
 *
 * ret is the operation's result, or HYP_RETRY: guest memory was not reached.
 *
 * Our module adds to that: the types from HYP_OPEN on; in arg[2] a mem_region,
 * so that a model may ask and wait; and with arg[3] = HYP_HAS_CONTEXT a struct
 * hl_file_context at arg[1] + HYP_CONTEXT_AT.
 */
#ifndef HL_ABI_HYPERFILE_H
#define HL_ABI_HYPERFILE_H

#include "wire.h"

#define IGLOO_HYPERFS_MAGIC 0x51ec3692
#define HYP_RETRY 0xdeadbeef

enum hyperfs_ops {
    HYP_FILE_OP,
    HYP_GET_NUM_HYPERFILES,
    HYP_GET_HYPERFILE_PATHS,
};

/* The number is ABI: append; never renumber or reuse. */
#define HYP_FILE_OPS(X)                                                       \
    X(0, READ, read)                                                          \
    X(1, WRITE, write)                                                        \
    X(2, IOCTL, ioctl)                                                        \
    X(3, GETATTR, getattr)                                                    \
    /* ours; each laid out as HYP_READ is: */                                 \
    X(4, OPEN, open)            /* nothing; see the context's open_flags */   \
    X(5, RELEASE, release)      /* nothing */                                 \
    X(6, LSEEK, lseek)          /* length: whence; offset. ret: the new one */\
    X(7, POLL, poll)            /* ret: a mask of EPOLL* */                   \
    X(8, FSYNC, fsync)          /* length: 1 for fdatasync */

enum hyperfs_file_ops {
#define HYP_FILE_OP_ENUM(number, NAME, name) HYP_##NAME = number,
    HYP_FILE_OPS(HYP_FILE_OP_ENUM)
#undef HYP_FILE_OP_ENUM
    HYP_FILE_OPS_COUNT
};

/* The longest path, in bytes, without its NUL. */
#define HYPERFILE_PATH_MAX 1024

/* The most that one read or write carries, in bytes. */
#define HYP_LENGTH_MAX (1 << 20)

#define HYP_HAS_CONTEXT 1
#define HYP_CONTEXT_AT 40       /* behind the longest of the structs, 36 */

/* Little-endian, as all of ours. */
struct hl_file_context {
    hl_le32 node;               /* the id of HL_OP_NODE_ADD; 0: see the path */
    hl_le32 flags;              /* HYP_COMPAT */
    hl_le32 pid;                /* the process (tgid), not the thread */
    hl_le32 tid;
    char comm[HL_COMM_SIZE];
    hl_le64 handle;             /* of the open file, from open to release */
    hl_le32 open_flags;         /* O_*, in the guest's numbers */
    hl_le32 reserved;
};

#define HYP_COMPAT 1            /* an ioctl of a 32-bit program */

_Static_assert(sizeof(struct hl_file_context) == 48, "file context");

/*
 * HL_OP_NODE_ADD, in the region's data: a file that the guest is to have.  A
 * spec of an id that is there already changes that node; its path stays.
 */
struct hl_node_spec {
    hl_le32 id;
    hl_le32 flags;              /* HL_NODE_* */
    hl_le32 mode;               /* permission bits */
    hl_le32 seek;               /* enum hl_node_seek */
    hl_le64 size;               /* bytes, for SEEK_SIZE and until a getattr */
    hl_le32 map_size;           /* bytes that mmap gives, 0: it fails */
    hl_le32 path_size;          /* without the NUL that follows the path */
    hl_le32 major;              /* what stat says of a device; 0, 0: its own */
    hl_le32 minor;
    char path[];                /* absolute, HYPERFILE_PATH_MAX at most */
};

_Static_assert(sizeof(struct hl_node_spec) == 40, "node spec");

/* Which operations ring; read, write, ioctl and getattr always do. */
#define HL_NODE_OPEN 1
#define HL_NODE_RELEASE 2
#define HL_NODE_POLL 4          /* without: always ready */
#define HL_NODE_FSYNC 8         /* without: 0 */

enum hl_node_seek {
    HL_SEEK_NONE,               /* ESPIPE */
    HL_SEEK_FREE,               /* SEEK_SET and SEEK_CUR; the size is unknown */
    HL_SEEK_SIZE,               /* from 0 to size, asked by HYP_GETATTR */
    HL_SEEK_MODEL,              /* HYP_LSEEK decides */
};

/* The most bytes of a node that can be mapped. */
#define HL_MAP_MAX (16 << 20)

#endif
