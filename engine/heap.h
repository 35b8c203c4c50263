/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of a script's Lua state: bounded, and collected in steps so small
 * that no request is kept waiting for them.
 */
#ifndef HL_HEAP_H
#define HL_HEAP_H

#include "script.h"

/* What hl.budget changes, in bytes. */
#define HL_HEAP_MAX ((size_t)256 << 20)

/* Never NULL: the bound is far above what an empty state has. */
lua_State *hl_heap_new_state(struct hl_script *script);

/* Closes it: finalizers run. */
void hl_heap_close(struct hl_script *script);

/* "x.lua:3: ": where it loaded when it met its bound the last time; or "". */
const char *hl_heap_refused(const struct hl_script *script);

/* It has been loaded: without the garbage of that.  Takes its time. */
void hl_heap_settle(struct hl_script *script);

/* After each handler: the collector is to be done before the bound is met. */
void hl_heap_pace(struct hl_script *script);

#endif
