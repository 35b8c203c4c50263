/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Lua handler of a file's operation: its arguments and its results. */
#ifndef HL_LUA_FILE_H
#define HL_LUA_FILE_H

#include <lua.h>

#include "engine.h"

struct hl_behaviour;
struct hl_task;

/* Makes the type of what handlers get first. */
void hl_register_file(lua_State *L);

/* A table of its fields and methods, for core.fields. */
void hl_push_file_fields(lua_State *L);

/* The first of them: see lua_file.c. */
void hl_file_push_view(lua_State *co, struct hl_task *task);

/* lua_fileop.c: the handler and its arguments. */
int hl_file_push_handler(lua_State *co, struct hl_task *task);

/* Takes what the handler returned from co; sets op->bad when it is wrong. */
void hl_file_take_results(lua_State *co, struct hl_task *task);

/* An open file was closed: its file.state goes. */
void hl_file_forget_handle(struct hl_behaviour *behaviour, uint64_t handle);

/* No file of it is open. */
void hl_file_forget_states(struct hl_behaviour *behaviour);

/* Another version goes on with the open files: plain data is copied. */
void hl_file_pass_states(struct hl_behaviour *from, struct hl_behaviour *to);

#endif
