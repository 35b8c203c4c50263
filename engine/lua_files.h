/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core.file_*: what lua/hyperlua/file.lua makes hl.file of. */
#ifndef HL_LUA_FILES_H
#define HL_LUA_FILES_H

#include <lua.h>

/* Into the core table on top of the stack. */
void hl_open_files(lua_State *L);

#endif
