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
#define HL_ABI_VERSION 3
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
    hl_le64 op;                 /* low half HL_OP_* or HL_RESP_*; high: pid, */
                                /* 0: the process being served */
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
 * When more match than fit, the rest comes in a second event of the phase.
 */
struct hl_syscall_event {
    hl_le32 phase;              /* enum hl_phase */
    hl_le32 hooks;              /* how many ids follow */
    hl_le32 pid;                /* the process (tgid), not the thread */
    hl_le32 tid;
    char comm[HL_COMM_SIZE];
    char name[HL_NAME_SIZE];    /* the syscall, bare: "ioctl", NUL-padded */
    hl_le32 flags;              /* HL_EVENT_* */
    hl_le32 number;             /* what the program called it by */
    hl_le64 arg[HL_SYSCALL_ARGS];
    hl_le64 retval;             /* on return: sign-extended; on enter: 0 */
};

#define HL_EVENT_COMPAT 1       /* a 32-bit program on a 64-bit kernel */
#define HL_EVENT_USER 2         /* a probe's: its process's memory is mapped */
/* The bits above: how many hooks and probes had been added, modulo 2^24. */
#define HL_EVENT_ADDED_SHIFT 8
#define HL_EVENT_ADDED_MASK 0xffffff

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
#define HL_ANSWER_DROP 16       /* a signal: it is not sent */
#define HL_ANSWER_STALE 32      /* alone: other hooks match by now; ask them */

/*
 * HL_OP_HOOK_ADD: in the region's data, followed by its filter tests.  All
 * must hold (filter.h).  The answer to this and to HL_OP_PROBE_ADD is a
 * hl_le32: how many of both have been added, this one included.
 */
struct hl_hook_spec {
    hl_le32 id;
    hl_le32 phase;              /* enum hl_phase */
    hl_le32 tests;              /* how many follow, at most HL_HOOK_TESTS */
    hl_le32 tests_size;         /* their bytes, texts included */
    char name[HL_NAME_SIZE];    /* the syscall, bare: "ioctl"; "*": all */
};

#define HL_HOOK_TESTS 16
#define HL_FILTER_TEXT_MAX 1024 /* bytes of one test's text, without a NUL */

/* A test of a text is followed by it, NUL-padded to a multiple of 8. */
struct hl_filter_test {
    hl_le16 size;               /* of the record and its text */
    hl_le16 subject;            /* enum hl_subject */
    hl_le16 test;               /* enum hl_test */
    hl_le16 flags;              /* HL_FILTER_* */
    hl_le64 mask;               /* ANDed to the subject of EQ and NE */
    hl_le64 value[2];           /* a text: value[0] is its length */
};

#define HL_FILTER_SIGNED 1      /* compare as signed, from the own width */

/* ABI numbers: append; never renumber or reuse. */
enum hl_subject {
    HL_SUBJECT_ARG0 = 0,        /* to 7 */
    HL_SUBJECT_PID = 16,
    HL_SUBJECT_COMM = 17,       /* texts only */
    HL_SUBJECT_RETVAL = 18,     /* on return only; always signed */
};

enum hl_test {
    HL_TEST_EQ = 1,             /* & mask */
    HL_TEST_NE = 2,             /* & mask */
    HL_TEST_LT = 3,
    HL_TEST_GT = 4,
    HL_TEST_RANGE = 5,          /* value[0] <= it <= value[1] */
    HL_TEST_OUTSIDE = 6,        /* not in that range */
    HL_TEST_SET = 7,            /* every bit of value[0] is set */
    HL_TEST_CLEAR = 8,          /* every bit of value[0] is clear */
    /* Texts: an argument is a char * of the program's, or the comm. */
    HL_TEST_TEXT = 16,          /* the whole text */
    HL_TEST_PREFIX = 17,
    HL_TEST_SUFFIX = 18,
    HL_TEST_CONTAINS = 19,
};

/*
 * HL_OP_PROTO_NEXT: records in the region's data.  The name, then each
 * argument's type and name, each with a NUL; padded to a multiple of 8.
 */
struct hl_proto {
    hl_le16 size;               /* of the record and its texts */
    hl_le16 args;               /* how many; HL_PROTO_UNKNOWN: not told */
    hl_le32 number;             /* of the kernel's own programs; or 0xffffffff */
};

#define HL_PROTO_UNKNOWN 0xffff /* no types and names follow */

/* HL_OP_PROC, PROC_NEXT, THREAD_NEXT: in the region's data. */
struct hl_proc {
    hl_le32 pid;                /* the process */
    hl_le32 tid;                /* the thread; PROC: its first */
    hl_le32 parent;
    hl_le32 session;
    hl_le32 group;
    hl_le32 threads;
    hl_le32 word_bits;          /* of its program: 32 or 64; kernel's: 0 */
    hl_le32 state;              /* a letter, as in /proc/PID/stat */
    hl_le32 uid[4];             /* real, effective, saved, file system */
    hl_le32 gid[4];
    hl_le64 start_ns;           /* since the boot */
    hl_le64 arg_start;          /* 0 to 0: it has none (a kernel thread) */
    hl_le64 arg_end;
    hl_le64 env_start;
    hl_le64 env_end;
    char comm[HL_COMM_SIZE];
};

/* HL_OP_MAPPING_NEXT: records, each followed by its name and a NUL, padded. */
struct hl_mapping {
    hl_le32 size;               /* of the record and its name */
    hl_le32 flags;              /* HL_MAPPING_* */
    hl_le64 start;
    hl_le64 end;
    hl_le64 offset;             /* in the file, bytes */
    hl_le64 inode;
    hl_le32 major;
    hl_le32 minor;
};

#define HL_MAPPING_READ 1
#define HL_MAPPING_WRITE 2
#define HL_MAPPING_EXEC 4
#define HL_MAPPING_SHARED 8

/* HL_OP_FD_NEXT: records, each followed by its name and a NUL, padded. */
struct hl_fd {
    hl_le32 size;               /* of the record and its name */
    hl_le32 fd;
    hl_le32 flags;              /* the guest's O_* */
    hl_le32 mode;               /* the guest's st_mode */
    hl_le64 position;
};

/* HL_OP_FILE_OPEN: addr; the mode of a file that is made goes above. */
#define HL_OPEN_READ 1
#define HL_OPEN_WRITE 2         /* made when it is not there, emptied else */
#define HL_OPEN_APPEND 4        /* made when it is not there */
#define HL_OPEN_MODE_SHIFT 32

/* HL_OP_RUN: in data, followed by so many strings, each with its NUL. */
struct hl_run_args {
    hl_le32 args;               /* argv, the program's absolute path first */
    hl_le32 envs;               /* 0: HOME, PATH and TERM as init has them */
    hl_le32 timeout_ms;         /* 0: none; then it is killed */
    hl_le32 output_max;         /* bytes that it may print */
};

/* Its answer; what it printed is the open file, for HL_OP_FILE_READ. */
struct hl_run_result {
    hl_le32 status;             /* as from wait(2) */
    hl_le32 timed_out;          /* 0 or 1 */
};

enum hl_probe_kind {
    HL_PROBE_EXEC = 1,          /* text: the program; may wait */
    HL_PROBE_EXIT = 2,          /* arg: exit code as from wait(2) */
    HL_PROBE_SIGNAL = 3,        /* arg: number, target pid, tid, code, addr */
    HL_PROBE_KPROBE = 4,        /* arg: the function's first; its registers */
    HL_PROBE_KRETPROBE = 5,     /* retval; arg: as it was entered with */
    HL_PROBE_UPROBE = 6,        /* as KPROBE, in a program; may wait */
    HL_PROBE_URETPROBE = 7,     /* retval; may wait */
};

/*
 * HL_OP_PROBE_ADD: in the region's data, followed by path and symbol, each
 * with its NUL when there is one, together padded to a multiple of 8, and by
 * the filter tests.
 */
struct hl_probe_spec {
    hl_le32 id;                 /* from the hooks' numbers */
    hl_le32 kind;               /* enum hl_probe_kind */
    hl_le32 tests;              /* at most HL_HOOK_TESTS */
    hl_le32 tests_size;
    hl_le32 path_size;          /* UPROBE, URETPROBE: the file; or 0 */
    hl_le32 symbol_size;        /* or 0: offset counts from the file's start */
    hl_le64 offset;             /* bytes from the symbol */
};

/*
 * HL_CALL_PROBE: in the region's data, followed by hooks times hl_le32 ids and
 * text_size bytes, NUL-terminated.
 */
struct hl_probe_event {
    hl_le32 kind;
    hl_le32 hooks;
    hl_le32 pid;
    hl_le32 tid;
    char comm[HL_COMM_SIZE];
    hl_le32 flags;              /* HL_EVENT_* */
    hl_le32 text_size;
    hl_le64 arg[HL_SYSCALL_ARGS];
    hl_le64 retval;
    hl_le64 pc;                 /* where it happened */
    hl_le64 sp;                 /* and the stack there; 0: not known */
};

_Static_assert(sizeof(struct hl_call) == HL_CALL_SIZE, "call block");
_Static_assert(sizeof(struct mem_region) == HL_REGION_SIZE, "mem_region");
_Static_assert(sizeof(struct hl_hello) == 96, "hello");
_Static_assert(sizeof(struct hl_syscall_event) == 176, "syscall event");
_Static_assert(sizeof(struct hl_syscall_answer) == 72, "syscall answer");
_Static_assert(sizeof(struct hl_map_args) == 16, "map args");
_Static_assert(sizeof(struct hl_hook_spec) == 80, "hook spec");
_Static_assert(sizeof(struct hl_filter_test) == 32, "filter test");
_Static_assert(sizeof(struct hl_proto) == 8, "proto");
_Static_assert(sizeof(struct hl_proc) == 120, "proc");
_Static_assert(sizeof(struct hl_mapping) == 48, "mapping");
_Static_assert(sizeof(struct hl_fd) == 24, "fd");
_Static_assert(sizeof(struct hl_run_args) == 16, "run args");
_Static_assert(sizeof(struct hl_run_result) == 8, "run result");
_Static_assert(sizeof(struct hl_probe_spec) == 32, "probe spec");
_Static_assert(sizeof(struct hl_probe_event) == 128, "probe event");

#endif
