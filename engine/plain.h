/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain data from one Lua state to another: nil, booleans, numbers, strings,
 * and tables of them, shared ones and cycles kept.  Under engine->lock.
 */
#ifndef HL_PLAIN_H
#define HL_PLAIN_H

#include <lua.h>
#include <stdbool.h>

enum hl_plain {
    HL_PLAIN_RAISE,             /* at what is not plain, naming it */
    HL_PLAIN_SKIP,              /* leave it out */
};

/*
 * Pushes a copy of from's value at that index on to; what is raised is raised
 * there.  from is only read, and nothing of its scripts is called.
 */
void hl_plain_copy(lua_State *from, int index, lua_State *to,
                   enum hl_plain how);

/*
 * The same with tables that stand for others: stands_for(from, index, to)
 * pushes on to what the table means, or returns false.
 */
void hl_plain_copy_with(lua_State *from, int index, lua_State *to,
                        enum hl_plain how,
                        bool (*stands_for)(lua_State *from, int index,
                                           lua_State *to));

#endif
