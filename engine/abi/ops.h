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
    X(12, MAP_WRITE, map_write, "data: hl_map_args, then bytes for mmap")     \
    X(13, PROC, proc, "hl_proc of the process to data")                       \
    X(14, PROC_NEXT, proc_next, "addr: pid; the next processes' hl_proc")      \
    X(15, THREAD_NEXT, thread_next, "addr: tid; the process's next threads")  \
    X(16, PROC_EXE, proc_exe, "the path of the process's program to data")    \
    X(17, MAPPING_NEXT, mapping_next, "addr: hl_mapping of what ends above")  \
    X(18, FD_NEXT, fd_next, "addr: fd; hl_fd from that number on to data")    \
    X(19, FD_NAME, fd_name, "addr: fd; its file's name to data")              \
    X(20, FILE_OPEN, file_open, "data: absolute path; addr: HL_OPEN_*")       \
    X(21, FILE_READ, file_read, "the open file's next size bytes to data")    \
    X(22, FILE_WRITE, file_write, "size bytes of data to the open file")      \
    X(23, FILE_CLOSE, file_close, "the open file; ERROR: what close said")    \
    X(24, RUN, run, "data: hl_run_args; runs a program, hl_run_result")       \
    X(25, SPAWN, spawn, "addr: id; a thread of the kernel's asks SPAWNED")    \
    X(26, PROTO_NEXT, proto_next, "addr: index; hl_proto from there to data") \
    X(27, PROBE_ADD, probe_add, "data: hl_probe_spec")                        \
    X(28, PROBE_REMOVE, probe_remove, "addr: the probe's id")

enum hl_op {
    HL_OP_NONE = 0,
#define HL_OP_ENUM(number, NAME, name, text) HL_OP_##NAME = number,
    HL_OPS(HL_OP_ENUM)
#undef HL_OP_ENUM
    HL_OP_COUNT
};

/*
 * A process by its pid (the upper half of op) may be given to READ, WRITE,
 * READ_STR and the ops of processes and their files (13 and 15 to 19); ESRCH:
 * there is none, or it has ended meanwhile.
 *
 * Responses replace op.  size: bytes that data holds, or that were written
 * (WRITE, MAP_WRITE, FILE_WRITE).  addr: ERROR's errno, a positive number.
 * The NEXT ops fill data with whole records in ascending order; none: the end.
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
