/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a hook's filter holds.  The guest's module asks before any doorbell
 * rings, in atomic context; the played guest of the tests asks the same code.
 * Values are in the host's order here: the spec was converted when it came.
 */
#ifndef HL_ABI_FILTER_H
#define HL_ABI_FILTER_H

#include "wire.h"
#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <stdbool.h>
#include <string.h>
#endif

struct hl_filter_item {
    uint16_t subject;           /* enum hl_subject */
    uint16_t test;              /* enum hl_test */
    uint64_t mask;
    uint64_t value;
    char text[HL_COMM_SIZE];
};

struct hl_filter {
    uint32_t tests;
    struct hl_filter_item item[HL_HOOK_TESTS];
};

/* What a filter looks at.  comm is NUL-padded to its size. */
struct hl_filter_subject {
    const uint64_t *arg;        /* HL_SYSCALL_ARGS of them */
    const char *comm;
    uint32_t pid;
    int64_t retval;
};

/* Can this half evaluate the test?  Asked once, when the hook is installed. */
static inline bool hl_filter_item_known(const struct hl_filter_item *item)
{
    return item->test == HL_TEST_EQ &&
           (item->subject < HL_SYSCALL_ARGS ||
            item->subject == HL_SUBJECT_PID ||
            item->subject == HL_SUBJECT_COMM ||
            item->subject == HL_SUBJECT_RETVAL);
}

static inline bool hl_filter_item_holds(const struct hl_filter_item *item,
                                        const struct hl_filter_subject *s)
{
    uint64_t value;

    switch (item->subject) {
    case HL_SUBJECT_COMM:
        return !strncmp(s->comm, item->text, HL_COMM_SIZE);
    case HL_SUBJECT_PID:
        value = s->pid;
        break;
    case HL_SUBJECT_RETVAL:
        value = (uint64_t)s->retval;
        break;
    default:
        value = s->arg[item->subject];
        break;
    }
    return (value & item->mask) == (item->value & item->mask);
}

/*
 * With returning false, tests of the return value are left out: the module
 * asks on entry whether it must come back after the call at all.
 */
static inline bool hl_filter_holds(const struct hl_filter *filter,
                                   const struct hl_filter_subject *s,
                                   bool returning)
{
    uint32_t i;

    for (i = 0; i < filter->tests; i++) {
        const struct hl_filter_item *item = &filter->item[i];

        if (item->subject == HL_SUBJECT_RETVAL && !returning)
            continue;
        if (!hl_filter_item_holds(item, s))
            return false;
    }
    return true;
}

#endif
