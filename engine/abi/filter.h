/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a hook's filter holds.  The guest's module asks before any doorbell
 * rings, the played guest of the tests asks the same code.  Values are in the
 * host's order here: the spec was converted when it came.
 *
 * Integers and the process's name can be tested in any context.  A text that
 * an argument points to can be tested where its process may sleep, as reading
 * it may fault a page in: hence the stages.
 */
#ifndef HL_ABI_FILTER_H
#define HL_ABI_FILTER_H

#include "wire.h"
#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#endif

struct hl_filter_item {
    uint16_t subject;           /* enum hl_subject */
    uint16_t test;              /* enum hl_test */
    uint16_t flags;             /* HL_FILTER_* */
    uint64_t width;             /* the subject's own bits, all of them set */
    uint64_t mask;
    uint64_t value[2];          /* a text: value[0] is its length */
    const char *text;           /* the filter's owner's; no NUL */
};

struct hl_filter {
    uint32_t tests;
    struct hl_filter_item item[HL_HOOK_TESTS];
};

/* A longer one is looked at as if it ended there. */
#define HL_FILTER_SUBJECT_MAX 4096

/* What a filter looks at. */
struct hl_filter_subject {
    const uint64_t *arg;        /* HL_SYSCALL_ARGS of them */
    const char *comm;           /* NUL-padded to HL_COMM_SIZE */
    uint32_t pid;
    bool compat;                /* a 32-bit program's: arguments have 32 bits */
    int64_t retval;
    /* The text at an argument; NULL: none can be read there.  May sleep. */
    const char *(*text)(const struct hl_filter_subject *s, uint32_t arg,
                        size_t *length);
    void *context;              /* of text's */
};

/* What is known when a filter is asked; the tests of the rest are left out. */
enum hl_filter_stage {
    HL_STAGE_TEXTS = 1,         /* arguments may be read */
    HL_STAGE_RETVAL = 2,
};

static inline bool hl_filter_is_text(const struct hl_filter_item *item)
{
    return item->test >= HL_TEST_TEXT;
}

/* Can this half evaluate the test?  Asked once, when the hook is installed. */
static inline bool hl_filter_item_known(const struct hl_filter_item *item)
{
    bool is_arg = item->subject < HL_SYSCALL_ARGS;

    if (item->test >= HL_TEST_TEXT && item->test <= HL_TEST_CONTAINS)
        return (is_arg || item->subject == HL_SUBJECT_COMM) &&
               item->value[0] <= HL_FILTER_TEXT_MAX && item->text;
    return item->test >= HL_TEST_EQ && item->test <= HL_TEST_CLEAR &&
           (is_arg || item->subject == HL_SUBJECT_PID ||
            item->subject == HL_SUBJECT_RETVAL);
}

static inline bool hl_filter_contains(const char *text, size_t length,
                                      const char *part, size_t size)
{
    size_t i;

    for (i = 0; size <= length && i <= length - size; i++) {
        if (!memcmp(text + i, part, size))
            return true;
    }
    return false;
}

static inline bool hl_filter_text_holds(const struct hl_filter_item *item,
                                        const char *text, size_t length)
{
    size_t size = item->value[0];

    if (size > length)
        return false;
    switch (item->test) {
    case HL_TEST_TEXT:
        return length == size && !memcmp(text, item->text, size);
    case HL_TEST_PREFIX:
        return !memcmp(text, item->text, size);
    case HL_TEST_SUFFIX:
        return !memcmp(text + length - size, item->text, size);
    default:
        return hl_filter_contains(text, length, item->text, size);
    }
}

/* From its own width; widths are whole bytes. */
static inline int64_t hl_filter_signed(uint64_t value, uint64_t width)
{
    uint64_t top = width ^ (width >> 1);

    return (int64_t)(value & top ? value | ~width : value);
}

static inline bool hl_filter_less(const struct hl_filter_item *item,
                                  uint64_t a, uint64_t b, uint64_t width)
{
    if (item->flags & HL_FILTER_SIGNED || item->subject == HL_SUBJECT_RETVAL)
        return hl_filter_signed(a, width) < hl_filter_signed(b, width);
    return a < b;
}

static inline bool hl_filter_integer_holds(const struct hl_filter_item *item,
                                           uint64_t subject, uint64_t width)
{
    uint64_t it = subject & width;
    uint64_t first = item->value[0] & width;
    uint64_t last = item->value[1] & width;

    switch (item->test) {
    case HL_TEST_EQ:
        return !((it ^ first) & item->mask);
    case HL_TEST_NE:
        return (it ^ first) & item->mask;
    case HL_TEST_LT:
        return hl_filter_less(item, it, first, width);
    case HL_TEST_GT:
        return hl_filter_less(item, first, it, width);
    case HL_TEST_RANGE:
        return !hl_filter_less(item, it, first, width) &&
               !hl_filter_less(item, last, it, width);
    case HL_TEST_OUTSIDE:
        return hl_filter_less(item, it, first, width) ||
               hl_filter_less(item, last, it, width);
    case HL_TEST_SET:
        return (it & first) == first;
    default:
        return !(it & first);
    }
}

static inline bool hl_filter_comm_holds(const struct hl_filter_item *item,
                                        const char *comm)
{
    return hl_filter_text_holds(item, comm, strnlen(comm, HL_COMM_SIZE));
}

static inline bool hl_filter_quick_holds(const struct hl_filter_item *item,
                                         const struct hl_filter_subject *s,
                                         unsigned int stages)
{
    switch (item->subject) {
    case HL_SUBJECT_COMM:
        return hl_filter_comm_holds(item, s->comm);
    case HL_SUBJECT_PID:
        return hl_filter_integer_holds(item, s->pid, item->width);
    case HL_SUBJECT_RETVAL:
        return !(stages & HL_STAGE_RETVAL) ||
               hl_filter_integer_holds(item, (uint64_t)s->retval, item->width);
    default:
        return hl_filter_is_text(item) ||
               hl_filter_integer_holds(item, s->arg[item->subject],
                                       s->compat ? item->width & 0xffffffff :
                                                   item->width);
    }
}

static inline bool hl_filter_slow_holds(const struct hl_filter_item *item,
                                        const struct hl_filter_subject *s)
{
    size_t length;
    const char *text;

    if (!hl_filter_is_text(item) || item->subject >= HL_SYSCALL_ARGS)
        return true;
    text = s->text(s, item->subject, &length);
    return text && hl_filter_text_holds(item, text, length);
}

/* Texts come last: most calls need not be read to be rejected. */
static inline bool hl_filter_holds(const struct hl_filter *filter,
                                   const struct hl_filter_subject *s,
                                   unsigned int stages)
{
    uint32_t i;

    for (i = 0; i < filter->tests; i++) {
        if (!hl_filter_quick_holds(&filter->item[i], s, stages))
            return false;
    }
    for (i = 0; stages & HL_STAGE_TEXTS && i < filter->tests; i++) {
        if (!hl_filter_slow_holds(&filter->item[i], s))
            return false;
    }
    return true;
}

#endif
