/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hooked system call, as the handlers see and change it. */
#ifndef HL_EVENT_H
#define HL_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/wire.h"

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
    char comm[HL_COMM_SIZE + 1];
    struct hl_change now;
    struct hl_change before;    /* to go back to when a handler raises */

    uint32_t hooks;             /* ids in hook[], ascending */
    uint32_t next;              /* place in hook[] of the one to run next */
    uint32_t hook[HL_EVENT_HOOKS];
    struct hl_syscall_answer answer;    /* as it goes out */
};

#endif
