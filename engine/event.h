/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hooked system call, as the handlers see and change it. */
#ifndef HL_EVENT_H
#define HL_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/wire.h"

struct hl_engine;
struct hl_sys_proto;

/* What handlers may change. */
struct hl_change {
    uint64_t arg[HL_SYSCALL_ARGS];
    int64_t retval;
    bool retval_set;
    bool skip;
    bool args_set;
    bool again;
};

struct hl_event {
    enum hl_phase phase;
    uint32_t pid;
    uint32_t tid;
    uint32_t number;            /* what the program called it by */
    bool compat;
    char comm[HL_COMM_SIZE + 1];
    char name[HL_NAME_SIZE + 1];        /* bare: "ioctl" */
    struct hl_change now;
    struct hl_change before;    /* to go back to when a handler raises */

    uint32_t hook[HL_EVENT_HOOKS];      /* ids, of the task's handlers */
    struct hl_syscall_answer answer;    /* as it goes out */
};

/* NULL: the kernel has none.  It is valid until the lock is released. */
struct hl_sys_proto *hl_event_proto(const struct hl_engine *engine,
                                    const struct hl_event *event);

/* How many arguments handlers get, and see in syscall.args. */
int hl_event_args(const struct hl_engine *engine, const struct hl_event *event,
                  const struct hl_sys_proto *proto);

/* Argument i, from 0: of its own width, unsigned. */
uint64_t hl_event_arg(const struct hl_engine *engine,
                      const struct hl_event *event,
                      const struct hl_sys_proto *proto, int i);

#endif
