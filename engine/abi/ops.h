/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine may ask of the guest's kernel, in a mem_region, and what the
 * guest answers there.  One list makes the enum and the guest's table.
 */
#ifndef HL_ABI_OPS_H
#define HL_ABI_OPS_H

/* The number is ABI: append; never renumber or reuse. */
#define HL_OPS(X)                                                             \
    X(1, READ, read, "size bytes of user memory at addr to data")             \
    X(2, WRITE, write, "size bytes of data to user memory at addr")           \
    X(3, READ_STR, read_str, "at most size bytes up to a NUL at addr")        \
    X(4, REGS, regs, "the user's registers to data, as le64, HL_REGS order")  \
    X(5, HOOK_ADD, hook_add, "data: hl_hook_spec and its tests")              \
    X(6, HOOK_REMOVE, hook_remove, "addr: the hook's id")                     \
    X(7, NODE_ADD, node_add, "data: hl_node_spec; also changes a node")       \
    X(8, NODE_REMOVE, node_remove, "addr: the node's id")                     \
    X(9, NODE_WAKE, node_wake, "addr: the node's id; who polls, polls anew")  \
    X(10, TASK_WAKE, task_wake, "data: size / 8 ids of tasks that wait")      \
    X(11, MAP_READ, map_read, "data: hl_map_args; the mapped bytes to data")  \
    X(12, MAP_WRITE, map_write, "data: hl_map_args, then bytes for mmap")

enum hl_op {
    HL_OP_NONE = 0,
#define HL_OP_ENUM(number, NAME, name, text) HL_OP_##NAME = number,
    HL_OPS(HL_OP_ENUM)
#undef HL_OP_ENUM
    HL_OP_COUNT
};

/*
 * Responses replace op.  size: bytes that data holds (READ, READ_STR, REGS,
 * MAP_READ) or that were written (WRITE, MAP_WRITE).  addr: ERROR's errno, a
 * positive number.
 */
#define HL_RESPS(X)                                                           \
    X(0x8001, OK, "done whole; READ_STR: the NUL was found")                  \
    X(0x8002, PARTIAL, "size bytes were done, then a page was missing")       \
    X(0x8003, CUT, "READ_STR: size bytes and no NUL among them")              \
    X(0x8004, ERROR, "nothing was done")

enum hl_resp {
#define HL_RESP_ENUM(number, NAME, text) HL_RESP_##NAME = number,
    HL_RESPS(HL_RESP_ENUM)
#undef HL_RESP_ENUM
};

#endif
