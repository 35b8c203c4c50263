/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What crosses between the guest's module and the engine.
 *
 * Included by both halves (and by the played guest of the tests), so it names
 * no type but the fixed-width ones.  Every field is little-endian whatever the
 * guest's byte order; hl_le16/32/64 mark that, and each half converts in one
 * place.  Layouts only grow at their ends.
 */
#ifndef HL_ABI_WIRE_H
#define HL_ABI_WIRE_H

#ifdef __KERNEL__
#include <linux/types.h>
typedef __le16 hl_le16;
typedef __le32 hl_le32;
typedef __le64 hl_le64;
#else
#include <stdint.h>
typedef uint16_t hl_le16;
typedef uint32_t hl_le32;
typedef uint64_t hl_le64;
#endif

/* Both halves refuse another version.  A test builds a module with another. */
#ifndef HL_ABI_VERSION
#define HL_ABI_VERSION 1
#endif

/*
 * The call block.  The guest fills it, presets ret, flags and task, and rings:
 * the doorbell's marked store writes the low 32 bits of number, at the block's
 * own address.  When the store has retired, the answer is there.
 *
 * A ring at an address that is not aligned as a block is the null call: the
 * engine hears it, and reads and writes nothing.
 */
struct hl_call {
    hl_le64 number;             /* HL_CALL_*; storing it rings */
    hl_le64 arg[4];
    hl_le64 ret;                /* call's own; HL_RET_UNTOUCHED: no engine */
    hl_le64 flags;              /* HL_FLAG_*, written by the engine */
    hl_le64 task;               /* with HL_FLAG_SERVE: whom to resume */
};

#define HL_CALL_SIZE 64         /* and its alignment */

/*
 * Reaching guest memory costs the engine the same for 8 bytes as for 200.  So
 * it reads the block together with what lies behind it, within its page, and
 * writes an answer of up to HL_CALL_SMALL bytes that goes directly behind the
 * block together with ret, flags and task.  A guest that lays out its requests
 * so is answered in two accesses; any other is answered too.
 */
#define HL_CALL_SMALL 48
#define HL_CALL_BEHIND (HL_CALL_SMALL + 88)
#define HL_RET_UNTOUCHED 0x6c6c75206f6e2121ULL

#define HL_FLAG_WORK 1          /* the engine has work: call HL_CALL_WORK */
#define HL_FLAG_SERVE 2         /* serve the region's op, then HL_CALL_RESUME */
/*
 * Wait ret milliseconds (HL_WAIT_EVER: without end) or until HL_OP_TASK_WAKE
 * names the task, then HL_CALL_RESUME.  A wait that can be woken is announced
 * with HL_CALL_WAITS first, so that no wake is lost.
 */
#define HL_FLAG_WAIT 4
#define HL_WAIT_EVER 0xffffffffffffffffULL

/* The region through which the engine asks the guest's kernel, one page. */
#define HL_CHUNK 4072

struct mem_region {
    hl_le64 op;                 /* low half HL_OP_* or HL_RESP_*; high: pid */
    hl_le64 addr;
    hl_le64 size;
    unsigned char data[HL_CHUNK];
};

#define HL_REGION_SIZE 4096

/* HL_CALL_HELLO: in the region's data. */
struct hl_hello {
    hl_le32 abi;                /* HL_ABI_VERSION; the engine answers its own */
    hl_le32 word_bits;          /* 32 or 64: the kernel's long */
    hl_le32 big_endian;         /* 0 or 1 */
    hl_le32 machine;            /* ELF e_machine: 8 MIPS, 40 ARM, ... */
    hl_le32 page_size;          /* bytes */
    hl_le32 cpus;               /* possible vCPUs */
    hl_le64 user_limit;         /* first address that is not user memory */
    char release[64];           /* uname -r, NUL-terminated */
};

/* HL_OP_MAP_READ and MAP_WRITE: in the region's data. */
struct hl_map_args {
    hl_le32 node;
    hl_le32 size;               /* bytes, within the region */
    hl_le64 offset;
};

/* Most arguments a system call has (mips: 7, and one to be even). */
#define HL_SYSCALL_ARGS 8
#define HL_COMM_SIZE 16
#define HL_NAME_SIZE 64

enum hl_phase { HL_PHASE_ENTER = 1, HL_PHASE_RETURN = 2 };

/*
 * HL_CALL_SYSCALL: in the region's data, followed by hooks times hl_le32: the
 * ids of the hooks whose filters matched, in the order they were installed.
 */
struct hl_syscall_event {
    hl_le32 phase;              /* enum hl_phase */
    hl_le32 hooks;              /* how many ids follow */
    hl_le32 pid;                /* the process (tgid), not the thread */
    hl_le32 tid;
    char comm[HL_COMM_SIZE];
    hl_le64 arg[HL_SYSCALL_ARGS];
    hl_le64 retval;             /* on return: sign-extended; on enter: 0 */
};

#define HL_EVENT_HOOKS ((HL_CHUNK - sizeof(struct hl_syscall_event)) / 4)

/* The answer, in the region's data; ret of the last call says what is set. */
struct hl_syscall_answer {
    hl_le64 retval;
    hl_le64 arg[HL_SYSCALL_ARGS];
};

#define HL_ANSWER_RETVAL 1      /* answer.retval replaces the result */
#define HL_ANSWER_SKIP 2        /* do not run the call; result: answer.retval */
#define HL_ANSWER_ARGS 4        /* run it with answer.arg */
#define HL_ANSWER_AGAIN 8       /* on return: make the call once more */

/*
 * HL_OP_HOOK_ADD: in the region's data, followed by its filter tests, each
 * `size` bytes long.  All must hold (filter.h).
 */
struct hl_hook_spec {
    hl_le32 id;
    hl_le32 phase;              /* enum hl_phase */
    hl_le32 tests;              /* how many follow, at most HL_HOOK_TESTS */
    hl_le32 reserved;
    char name[HL_NAME_SIZE];    /* the syscall, bare: "ioctl" */
};

#define HL_HOOK_TESTS 16

struct hl_filter_test {
    hl_le16 size;               /* of this record, a multiple of 8 */
    hl_le16 subject;            /* HL_SUBJECT_* */
    hl_le16 test;               /* HL_TEST_* */
    hl_le16 reserved;
    hl_le64 mask;               /* ANDed to the subject of an integer test */
    union {
        hl_le64 value[2];       /* EQ: value[0] */
        char text[HL_COMM_SIZE]; /* COMM: NUL-padded */
    };
};

/* ABI numbers: append; never renumber or reuse. */
enum hl_subject {
    HL_SUBJECT_ARG0 = 0,        /* to 7 */
    HL_SUBJECT_PID = 16,
    HL_SUBJECT_COMM = 17,
    HL_SUBJECT_RETVAL = 18,     /* on return only */
};

enum hl_test { HL_TEST_EQ = 1 };

_Static_assert(sizeof(struct hl_call) == HL_CALL_SIZE, "call block");
_Static_assert(sizeof(struct mem_region) == HL_REGION_SIZE, "mem_region");
_Static_assert(sizeof(struct hl_hello) == 96, "hello");
_Static_assert(sizeof(struct hl_syscall_event) == 104, "syscall event");
_Static_assert(sizeof(struct hl_syscall_answer) == 72, "syscall answer");
_Static_assert(sizeof(struct hl_map_args) == 16, "map args");
_Static_assert(sizeof(struct hl_hook_spec) == 80, "hook spec");
_Static_assert(sizeof(struct hl_filter_test) == 32, "filter test");

#endif
