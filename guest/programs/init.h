/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of process 1 share. */
#ifndef HL_INIT_H
#define HL_INIT_H

#include <stdbool.h>
#include <stddef.h>

/* One line on the console. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Turns the machine off. */
_Noreturn void end(void);

/* How many bytes of the file are in text now: 0 when there is none. */
size_t read_file(const char *path, char *text, size_t max);

/* Ends with a line on the console when the kernel does not take it. */
void load_module(const char *path);

/*
 * devices.c: what --net and --drive need. Both end with a line on the console
 * when a device is not there. network_up() is not for a root filesystem whose
 * own init does it.
 */
void load_drivers(void);
void network_up(void);

#endif
