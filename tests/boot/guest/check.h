/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the programs of the boot tests: they check, and say "ok" at the end. */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fprintf(stderr, "%s:%d: not true: %s (errno %d)\n", __FILE__,     \
                    __LINE__, #condition, errno);                             \
            exit(1);                                                          \
        }                                                                     \
    } while (0)

/* A function for uprobes; ARM's Linux places none in Thumb code. */
#ifdef __arm__
#define PROBED __attribute__((noipa, target("arm")))
#else
#define PROBED __attribute__((noipa))
#endif

#endif
