/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscall.name, .args, .retval, .proto, .regs, ...: a view of the task's event.
 * It is a userdata and not a table, so that a handler that looks at nothing
 * costs nothing, and so that a misspelt field is an error.  It ends with the
 * system call: kept longer, it raises.
 */
#include "lua_syscall.h"

#include <lauxlib.h>
#include <string.h>

#include "coroutine.h"
#include "hook.h"
#include "lua_hook.h"
#include "proto.h"
#include "script.h"
#include "task.h"

/* User values of a view: the script's hook; the registers once read. */
enum { VALUE_HOOK = 1, VALUE_REGS, VALUES = VALUE_REGS };

struct view {
    struct hl_task *task;       /* its place; lives as long as the engine */
    uint64_t id;                /* of the task when it was pushed */
};

/* Their addresses are the metatables' names: no text has to be looked up. */
static const char syscall_type, args_type;

static void set_type(lua_State *L, const void *type)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, type);
    lua_setmetatable(L, -2);
}

void hl_push_syscall(lua_State *L, struct hl_task *task,
                     const struct hl_hook *hook)
{
    struct view *view = lua_newuserdatauv(L, sizeof(*view), VALUES);

    *view = (struct view){ task, task->id };
    set_type(L, &syscall_type);
    lua_rawgeti(L, LUA_REGISTRYINDEX, hook->object_ref);
    lua_setiuservalue(L, -2, VALUE_HOOK);
}

static bool is_view(lua_State *L, const void *type)
{
    bool is;

    if (lua_type(L, 1) != LUA_TUSERDATA || !lua_getmetatable(L, 1)) {
        return false;
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, type);
    is = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return is;
}

static struct view *check_view(lua_State *L, const void *type)
{
    struct view *view;

    if (!is_view(L, type)) {
        luaL_typeerror(L, 1, type == &args_type ? "syscall.args" : "syscall");
    }
    view = lua_touserdata(L, 1);
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
    lua_pushstring(L, view->task->event.name);
    return 1;
}

static int get_number(lua_State *L, struct view *view)
{
    lua_pushinteger(L, view->task->event.number);
    return 1;
}

static int get_compat(lua_State *L, struct view *view)
{
    lua_pushboolean(L, view->task->event.compat);
    return 1;
}

/* Shared by all calls of that name. */
static int get_proto(lua_State *L, struct view *view)
{
    struct hl_sys_proto *proto = hl_event_proto(hl_script_of(L)->engine,
                                                &view->task->event);

    if (!proto) {
        return 0;
    }
    hl_push_proto(L, proto);
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

/*
 * The kernel's own ways to say that the call will be made once more when a
 * signal was seen to; programs never see them.
 */
static int get_restarts(lua_State *L, struct view *view)
{
    int64_t retval = view->task->event.now.retval;

    lua_pushboolean(L, retval == -512 || retval == -513 || retval == -514 ||
                    retval == -516);
    return 1;
}

static int get_skip(lua_State *L, struct view *view)
{
    lua_pushboolean(L, view->task->event.now.skip);
    return 1;
}

/* --- its arguments -------------------------------------------------------- */

/* A second view of the same event, indexed from 1. */
static int get_args(lua_State *L, struct view *view)
{
    struct view *args = lua_newuserdatauv(L, sizeof(*args), 0);

    *args = *view;
    set_type(L, &args_type);
    return 1;
}

static int index_args(lua_State *L)
{
    struct view *view = check_view(L, &args_type);
    const struct hl_engine *engine = hl_script_of(L)->engine;
    const struct hl_event *event = &view->task->event;
    const struct hl_sys_proto *proto = hl_event_proto(engine, event);
    lua_Integer i = luaL_checkinteger(L, 2);

    if (i < 1 || i > hl_event_args(engine, event, proto)) {
        return 0;
    }
    lua_pushinteger(L, (lua_Integer)hl_event_arg(engine, event, proto,
                                                 (int)i - 1));
    return 1;
}

static int newindex_args(lua_State *L)
{
    struct view *view = check_view(L, &args_type);
    const struct hl_engine *engine = hl_script_of(L)->engine;
    struct hl_event *event = &view->task->event;
    int args = hl_event_args(engine, event, hl_event_proto(engine, event));
    lua_Integer i = luaL_checkinteger(L, 2);

    if (i < 1 || i > args) {
        return luaL_error(L, "syscall.args[%I]: %s has %d arguments", i,
                          event->name, args);
    }
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
    struct view *view = check_view(L, &args_type);
    const struct hl_engine *engine = hl_script_of(L)->engine;
    const struct hl_event *event = &view->task->event;

    lua_pushinteger(L, hl_event_args(engine, event,
                                     hl_event_proto(engine, event)));
    return 1;
}

/* --- its registers -------------------------------------------------------- */

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
    if (task != view->task) {
        return luaL_error(L, "syscall.regs: the guest says them to this system "
                          "call's own handlers only");
    }
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
    { "restarts", get_restarts, NULL },
    { "proto", get_proto, NULL },
    { "number", get_number, NULL },
    { "compat", get_compat, NULL },
    { "hook", get_hook, NULL },
    { "regs", get_regs, NULL },
    { NULL, NULL, NULL },
};

/* "name, args, ..." */
static const char *push_names(lua_State *L)
{
    luaL_Buffer names;

    luaL_buffinit(L, &names);
    for (const struct field *field = fields; field->name; field++) {
        luaL_addstring(&names, field == fields ? "" : ", ");
        luaL_addstring(&names, field->name);
    }
    luaL_pushresult(&names);
    return lua_tostring(L, -1);
}

void hl_push_syscall_fields(lua_State *L)
{
    lua_newtable(L);
    for (const struct field *field = fields; field->name; field++) {
        lua_pushstring(L, field->set ? "set" : "read");
        lua_setfield(L, -2, field->name);
    }
}

/* Upvalue 1 maps a name to its place in fields[]. */
static const struct field *check_field(lua_State *L)
{
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TLIGHTUSERDATA) {
        const char *key = luaL_tolstring(L, 2, NULL);

        luaL_error(L, "a system call has no field '%s'; it has %s", key,
                   push_names(L));
    }
    return lua_touserdata(L, -1);
}

static int index_syscall(lua_State *L)
{
    struct view *view = check_view(L, &syscall_type);
    const struct field *field = check_field(L);

    return field->get(L, view);
}

static int newindex_syscall(lua_State *L)
{
    struct view *view = check_view(L, &syscall_type);
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

    lua_newtable(L);
    luaL_setfuncs(L, args, 0);
    lua_pushliteral(L, "syscall.args");
    lua_setfield(L, -2, "__name");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &args_type);
    lua_newtable(L);
    push_fields(L);
    luaL_setfuncs(L, self, 1);
    lua_pushliteral(L, "syscall");
    lua_setfield(L, -2, "__name");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &syscall_type);
}
