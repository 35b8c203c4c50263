/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For what another process, or the engine, is about to do: asked over and
 * over, until it is so or a minute of the guest's time is over.
 */
#ifndef UNTIL_H
#define UNTIL_H

#include <time.h>
#include <unistd.h>

#include "check.h"

#define UNTIL(condition)                                                      \
    do {                                                                      \
        long long end_ = now_ms() + 60000;                                    \
                                                                              \
        while (!(condition)) {                                                \
            CHECK(now_ms() < end_ && #condition);                             \
            usleep(100);                                                      \
        }                                                                     \
    } while (0)

static inline long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

#endif
