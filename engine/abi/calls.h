/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest may ask of the engine.  One list makes the enum, the
 * functions' prototypes and the engine's dispatch table.
 */
#ifndef HL_ABI_CALLS_H
#define HL_ABI_CALLS_H

/* The number is ABI: append; never renumber or reuse. */
#define HL_CALLS(X)                                                           \
    X(0, NULL, null, "ret = 0; see also wire.h: a ring without a block")      \
    X(1, ECHO, echo, "ret = arg[0]: the cost of a whole call block")          \
    X(2, HELLO, hello, "arg[0] region with hl_hello; ret 0 or -errno")        \
    X(3, GOODBYE, goodbye, "the module goes: forget its hooks and tasks")     \
    X(4, WORK, work, "arg[0] region: serve what the engine wants done")       \
    X(5, RESUME, resume, "arg[0] region, task: an op was served")             \
    X(6, SYSCALL, syscall, "arg[0] region with hl_syscall_event")             \
    X(7, OUTPUT, output, "arg[0] stream 1 or 2, arg[1] addr, arg[2] bytes")   \
    X(8, EXIT, exit, "arg[0] exit status of COMMAND")                         \
    X(9, CANCEL, cancel, "task: its process is being killed, drop it")        \
    X(10, WAITS, waits, "task: it can be woken from now on; ret 1: it was")  \
    X(11, PROBE, probe, "arg[0] region: hl_probe_event; arg[1] 1: no wait")   \
    X(12, SPAWNED, spawned, "arg[0] region, arg[1] the id of HL_OP_SPAWN")

/* Beside these there is IGLOO_HYPERFS_MAGIC (hyperfile.h). */
enum hl_call_number {
#define HL_CALL_ENUM(number, NAME, name, text) HL_CALL_##NAME = number,
    HL_CALLS(HL_CALL_ENUM)
#undef HL_CALL_ENUM
    HL_CALL_COUNT
};

/* The most that one HL_CALL_OUTPUT carries, in bytes. */
#define HL_OUTPUT_MAX 4096

#endif
