/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscall.name, .args, .retval, .skip_syscall, .pid, .tid, .comm, .hook, .regs:
 * a view of the task's event.  It is a userdata and not a table, so that a
 * handler that looks at nothing costs nothing, and so that a misspelt field is
 * an error.  It ends with the system call: kept longer, it raises.
 */
#include "lua_syscall.h"

#include <lauxlib.h>
#include <string.h>

#include "coroutine.h"
#include "hook.h"
#include "script.h"
#include "task.h"

#define TYPE "hyperlua.syscall"
#define ARGS_TYPE "hyperlua.syscall.args"

/* User values of a view: the script's hook; the registers once read. */
enum { VALUE_HOOK = 1, VALUE_REGS, VALUES = VALUE_REGS };

struct view {
    struct hl_task *task;       /* its place; lives as long as the engine */
    uint64_t id;                /* of the task when it was pushed */
    uint32_t hook;
};

void hl_push_syscall(lua_State *L, struct hl_task *task,
                     const struct hl_hook *hook)
{
    struct view *view = lua_newuserdatauv(L, sizeof(*view), VALUES);

    *view = (struct view){ task, task->id, hook->id };
    luaL_setmetatable(L, TYPE);
    lua_rawgeti(L, LUA_REGISTRYINDEX, hook->object_ref);
    lua_setiuservalue(L, -2, VALUE_HOOK);
}

static struct view *check_view(lua_State *L, const char *type)
{
    struct view *view = luaL_checkudata(L, 1, type);

    if (view->task->id != view->id) {
        luaL_error(L, "this system call is over: keep what you need of it in "
                   "variables of your own");
    }
    return view;
}

/* --- fields that are read ------------------------------------------------ */

static int get_pid(lua_State *L, struct view *view)
{
    lua_pushinteger(L, view->task->event.pid);
    return 1;
}

static int get_tid(lua_State *L, struct view *view)
{
    lua_pushinteger(L, view->task->event.tid);
    return 1;
}

static int get_comm(lua_State *L, struct view *view)
{
    lua_pushstring(L, view->task->event.comm);
    return 1;
}

static int get_name(lua_State *L, struct view *view)
{
    lua_pushstring(L, hl_hook_find(hl_script_of(L)->engine,
                                   view->hook)->spec.name);
    return 1;
}

static int get_hook(lua_State *L, struct view *view)
{
    lua_getiuservalue(L, 1, VALUE_HOOK);
    return 1;
}

static int get_retval(lua_State *L, struct view *view)
{
    lua_pushinteger(L, view->task->event.now.retval);
    return 1;
}

static int get_skip(lua_State *L, struct view *view)
{
    lua_pushboolean(L, view->task->event.now.skip);
    return 1;
}

/* A second view of the same event, indexed from 1. */
static int get_args(lua_State *L, struct view *view)
{
    struct view *args = lua_newuserdatauv(L, sizeof(*args), 0);

    *args = *view;
    luaL_setmetatable(L, ARGS_TYPE);
    return 1;
}

static int index_args(lua_State *L)
{
    struct view *view = check_view(L, ARGS_TYPE);
    lua_Integer i = luaL_checkinteger(L, 2);

    if (i < 1 || i > HL_SYSCALL_ARGS) {
        return 0;
    }
    lua_pushinteger(L, (lua_Integer)view->task->event.now.arg[i - 1]);
    return 1;
}

static int newindex_args(lua_State *L)
{
    struct view *view = check_view(L, ARGS_TYPE);
    struct hl_event *event = &view->task->event;
    lua_Integer i = luaL_checkinteger(L, 2);

    luaL_argcheck(L, i >= 1 && i <= HL_SYSCALL_ARGS, 2, "no such argument");
    if (event->phase != HL_PHASE_ENTER) {
        return luaL_error(L, "syscall.args: the call has been made already; "
                          "hook its _enter to change them");
    }
    event->now.arg[i - 1] = (uint64_t)luaL_checkinteger(L, 3);
    event->now.args_set = true;
    return 0;
}

static int len_args(lua_State *L)
{
    lua_pushinteger(L, HL_SYSCALL_ARGS);
    return 1;
}

static int regs_done(lua_State *L, int status, lua_KContext context)
{
    struct hl_script *script = hl_script_of(L);
    const struct hl_answer *answer = hl_coroutine_answer(L);
    const char *const *name = script->engine->target->regs;

    if (answer->resp != HL_RESP_OK) {
        lua_pushnil(L);
        return 1;
    }
    lua_newtable(L);
    for (uint32_t at = 0; *name && at + 8 <= answer->size; at += 8, name++) {
        uint64_t value;

        memcpy(&value, answer->data + at, sizeof(value));
        lua_pushinteger(L, (lua_Integer)GUINT64_FROM_LE(value));
        lua_setfield(L, -2, *name);
    }
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, VALUE_REGS);
    return 1;
}

static int get_regs(lua_State *L, struct view *view)
{
    struct hl_task *task;
    const char *const *name;

    if (lua_getiuservalue(L, 1, VALUE_REGS) == LUA_TTABLE) {
        return 1;
    }
    task = hl_coroutine_may_wait(L, "syscall.regs");
    task->ask.op = HL_OP_REGS;
    for (name = hl_script_of(L)->engine->target->regs; *name; name++) {
        task->ask.want += 8;
    }
    task->ask.size = task->ask.want;
    return hl_coroutine_wait(L, 0, regs_done);
}

/* --- fields that are written --------------------------------------------- */

static int set_retval(lua_State *L, struct view *view)
{
    view->task->event.now.retval = luaL_checkinteger(L, 3);
    view->task->event.now.retval_set = true;
    return 0;
}

static int get_again(lua_State *L, struct view *view)
{
    lua_pushboolean(L, view->task->event.now.again);
    return 1;
}

/* Only what has failed may safely be made once more; the script knows. */
static int set_again(lua_State *L, struct view *view)
{
    luaL_checktype(L, 3, LUA_TBOOLEAN);
    if (view->task->event.phase != HL_PHASE_RETURN) {
        return luaL_error(L, "again: the call has yet to be made; hook its "
                          "_return");
    }
    view->task->event.now.again = lua_toboolean(L, 3);
    return 0;
}

static int set_skip(lua_State *L, struct view *view)
{
    luaL_checktype(L, 3, LUA_TBOOLEAN);
    if (view->task->event.phase != HL_PHASE_ENTER) {
        return luaL_error(L, "skip_syscall: the call has been made already; "
                          "hook its _enter");
    }
    view->task->event.now.skip = lua_toboolean(L, 3);
    return 0;
}

struct field {
    const char *name;
    int (*get)(lua_State *L, struct view *view);
    int (*set)(lua_State *L, struct view *view);
};

static const struct field fields[] = {
    { "name", get_name, NULL },
    { "args", get_args, NULL },
    { "retval", get_retval, set_retval },
    { "skip_syscall", get_skip, set_skip },
    { "pid", get_pid, NULL },
    { "tid", get_tid, NULL },
    { "comm", get_comm, NULL },
    { "again", get_again, set_again },
    { "hook", get_hook, NULL },
    { "regs", get_regs, NULL },
    { NULL, NULL, NULL },
};

/* Upvalue 1 maps a name to its place in fields[]. */
static const struct field *check_field(lua_State *L)
{
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TLIGHTUSERDATA) {
        luaL_error(L, "a system call has no field '%s'; it has name, args, "
                   "retval, skip_syscall, again, pid, tid, comm, hook, "
                   "regs",
                   luaL_tolstring(L, 2, NULL));
    }
    return lua_touserdata(L, -1);
}

static int index_syscall(lua_State *L)
{
    struct view *view = check_view(L, TYPE);
    const struct field *field = check_field(L);

    return field->get(L, view);
}

static int newindex_syscall(lua_State *L)
{
    struct view *view = check_view(L, TYPE);
    const struct field *field = check_field(L);

    if (!field->set) {
        return luaL_error(L, "syscall.%s cannot be assigned", field->name);
    }
    return field->set(L, view);
}

static void push_fields(lua_State *L)
{
    lua_newtable(L);
    for (const struct field *field = fields; field->name; field++) {
        lua_pushlightuserdata(L, (void *)field);
        lua_setfield(L, -2, field->name);
    }
}

void hl_register_syscall(lua_State *L)
{
    static const luaL_Reg args[] = {
        { "__index", index_args },
        { "__newindex", newindex_args },
        { "__len", len_args },
        { NULL, NULL },
    };
    static const luaL_Reg self[] = {
        { "__index", index_syscall },
        { "__newindex", newindex_syscall },
        { NULL, NULL },
    };

    luaL_newmetatable(L, ARGS_TYPE);
    luaL_setfuncs(L, args, 0);
    luaL_newmetatable(L, TYPE);
    push_fields(L);
    luaL_setfuncs(L, self, 1);
    lua_pop(L, 2);
}
