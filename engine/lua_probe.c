/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bindings below lua/hyperlua/probe.lua, and what a handler gets: a view
 * of the task's event, which ends with it.  On the thread that runs Lua, under
 * engine->lock.
 */
#include "lua_probe.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "log.h"
#include "probe.h"
#include "script.h"
#include "task.h"

#define TYPE "hyperlua.event_view"
#define ARGS_TYPE "hyperlua.event_view.args"

struct view {
    struct hl_task *task;       /* its place; lives as long as the engine */
    uint64_t id;                /* of the task when it was pushed */
};

/* Its one user value is what the script holds of the probe. */
void hl_push_probe_event(lua_State *L, struct hl_task *task,
                         const struct hl_hook *hook)
{
    struct view *view = lua_newuserdatauv(L, sizeof(*view), 1);

    *view = (struct view){ task, task->id };
    luaL_setmetatable(L, TYPE);
    lua_rawgeti(L, LUA_REGISTRYINDEX, hook->object_ref);
    lua_setiuservalue(L, -2, 1);
}

static struct hl_probe_run *check_view(lua_State *L, const char *type)
{
    struct view *view = luaL_checkudata(L, 1, type);

    if (view->task->id != view->id) {
        luaL_error(L, "this event is over: keep what you need of it in "
                   "variables of your own");
    }
    return &view->task->probe;
}

/* --- fields --------------------------------------------------------------- */

static int get_kind(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushstring(L, hl_probe_kind_name(run->kind));
    return 1;
}

static int get_pid(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushinteger(L, run->pid);
    return 1;
}

static int get_tid(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushinteger(L, run->tid);
    return 1;
}

static int get_comm(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushstring(L, run->comm);
    return 1;
}

static int get_compat(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushboolean(L, run->compat);
    return 1;
}

static int get_probe(lua_State *L, const struct hl_probe_run *run)
{
    lua_getiuservalue(L, 1, 1);
    return 1;
}

/* A second view of the same event, indexed from 1. */
static int get_args(lua_State *L, const struct hl_probe_run *run)
{
    struct view *args = lua_newuserdatauv(L, sizeof(*args), 0);

    *args = *(struct view *)lua_touserdata(L, 1);
    luaL_setmetatable(L, ARGS_TYPE);
    return 1;
}

static int get_retval(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushinteger(L, run->now.retval);
    return 1;
}

static int get_pc(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushinteger(L, (lua_Integer)run->pc);
    return 1;
}

static int get_sp(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushinteger(L, (lua_Integer)run->sp);
    return 1;
}

static int get_path(lua_State *L, const struct hl_probe_run *run)
{
    const char *text = run->tail + run->text_at;

    lua_pushlstring(L, text, strnlen(text, run->text_size));
    return 1;
}

/* arg[0] of an exit is what wait(2) gives: one of these two is nil. */
static int get_code(lua_State *L, const struct hl_probe_run *run)
{
    if (run->arg[0] & 0x7f) {
        return 0;
    }
    lua_pushinteger(L, run->arg[0] >> 8 & 0xff);
    return 1;
}

static int get_signal(lua_State *L, const struct hl_probe_run *run)
{
    uint64_t number = run->arg[0] & 0x7f;

    if (run->kind == HL_PROBE_EXIT && number == 0) {
        return 0;
    }
    lua_pushinteger(L, (lua_Integer)number);
    return 1;
}

static int get_target_pid(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushinteger(L, (lua_Integer)run->arg[1]);
    return 1;
}

static int get_target_tid(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushinteger(L, (lua_Integer)run->arg[2]);
    return 1;
}

static int get_si_code(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushinteger(L, (int32_t)run->arg[3]);
    return 1;
}

static int get_addr(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushinteger(L, (lua_Integer)run->arg[4]);
    return 1;
}

static int get_drop(lua_State *L, const struct hl_probe_run *run)
{
    lua_pushboolean(L, run->now.drop);
    return 1;
}

static void set_retval(lua_State *L, struct hl_probe_run *run)
{
    run->now.retval = luaL_checkinteger(L, 3);
    run->now.retval_set = true;
}

static void set_drop(lua_State *L, struct hl_probe_run *run)
{
    luaL_checktype(L, 3, LUA_TBOOLEAN);
    run->now.drop = lua_toboolean(L, 3);
}

#define KIND(NAME) (1 << HL_PROBE_##NAME)
#define RETURNS (KIND(KRETPROBE) | KIND(URETPROBE))
#define CODE (RETURNS | KIND(KPROBE) | KIND(UPROBE))

static const struct field {
    const char *name;
    unsigned kinds;             /* which have it: a bit for each */
    int (*get)(lua_State *L, const struct hl_probe_run *run);
    void (*set)(lua_State *L, struct hl_probe_run *run);
} fields[] = {
    { "kind", ~0u, get_kind, NULL },
    { "pid", ~0u, get_pid, NULL },
    { "tid", ~0u, get_tid, NULL },
    { "comm", ~0u, get_comm, NULL },
    { "compat", ~0u, get_compat, NULL },
    { "probe", ~0u, get_probe, NULL },
    { "args", CODE, get_args, NULL },
    { "retval", RETURNS, get_retval, set_retval },
    { "pc", CODE, get_pc, NULL },
    { "sp", CODE, get_sp, NULL },
    { "path", KIND(EXEC), get_path, NULL },
    { "code", KIND(EXIT), get_code, NULL },
    { "signal", KIND(EXIT) | KIND(SIGNAL), get_signal, NULL },
    { "target_pid", KIND(SIGNAL), get_target_pid, NULL },
    { "target_tid", KIND(SIGNAL), get_target_tid, NULL },
    { "si_code", KIND(SIGNAL), get_si_code, NULL },
    { "addr", KIND(SIGNAL), get_addr, NULL },
    { "drop", KIND(SIGNAL), get_drop, set_drop },
    { NULL, 0, NULL, NULL },
};

/* Of one kind. */
static void push_kind_fields(lua_State *L, int kind)
{
    lua_newtable(L);
    for (const struct field *field = fields; field->name; field++) {
        if (field->kinds & 1u << kind) {
            lua_pushstring(L, field->set ? "set" : "read");
            lua_setfield(L, -2, field->name);
        }
    }
}

void hl_push_event_fields(lua_State *L)
{
    lua_newtable(L);
    for (int kind = HL_PROBE_EXEC; kind < HL_PROBE_KINDS; kind++) {
        push_kind_fields(L, kind);
        lua_setfield(L, -2, hl_probe_kind_name((enum hl_probe_kind)kind));
    }
}

static int no_field(lua_State *L, enum hl_probe_kind kind)
{
    const char *wanted = luaL_tolstring(L, 2, NULL);
    luaL_Buffer names;

    luaL_buffinit(L, &names);
    for (const struct field *field = fields; field->name; field++) {
        if (field->kinds & 1u << kind) {
            luaL_addstring(&names, field == fields ? "" : ", ");
            luaL_addstring(&names, field->name);
        }
    }
    luaL_pushresult(&names);
    return luaL_error(L, "an event of kind '%s' has no field '%s'; it has %s",
                      hl_probe_kind_name(kind), wanted, lua_tostring(L, -1));
}

/* Upvalue 1 maps a name to its place in fields[]. */
static const struct field *check_field(lua_State *L, enum hl_probe_kind kind)
{
    const struct field *field;

    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
    field = lua_touserdata(L, -1);
    lua_pop(L, 1);
    if (!field || !(field->kinds & 1u << kind)) {
        no_field(L, kind);
    }
    return field;
}

static int index_event(lua_State *L)
{
    const struct hl_probe_run *run = check_view(L, TYPE);

    return check_field(L, run->kind)->get(L, run);
}

static int newindex_event(lua_State *L)
{
    struct hl_probe_run *run = check_view(L, TYPE);
    const struct field *field = check_field(L, run->kind);

    if (!field->set) {
        return luaL_error(L, "event.%s cannot be assigned", field->name);
    }
    field->set(L, run);
    return 0;
}

static int index_args(lua_State *L)
{
    const struct hl_probe_run *run = check_view(L, ARGS_TYPE);
    lua_Integer i = luaL_checkinteger(L, 2);

    if (i < 1 || i > HL_SYSCALL_ARGS) {
        return 0;
    }
    lua_pushinteger(L, (lua_Integer)run->arg[i - 1]);
    return 1;
}

static int newindex_args(lua_State *L)
{
    return luaL_error(L, "event.args cannot be assigned: only a system call's "
                      "arguments can be changed");
}

static int len_args(lua_State *L)
{
    lua_pushinteger(L, HL_SYSCALL_ARGS);
    return 1;
}

/* --- what there is of kinds, and what the guest says of them -------------- */

const char *hl_probe_kind_name(enum hl_probe_kind kind)
{
    static const char *const names[HL_PROBE_KINDS] = {
        [HL_PROBE_EXEC] = "exec", [HL_PROBE_EXIT] = "exit",
        [HL_PROBE_SIGNAL] = "signal", [HL_PROBE_KPROBE] = "kprobe",
        [HL_PROBE_KRETPROBE] = "kretprobe", [HL_PROBE_UPROBE] = "uprobe",
        [HL_PROBE_URETPROBE] = "uretprobe",
    };
    const char *name = (unsigned)kind < HL_PROBE_KINDS ? names[kind] : NULL;

    return name ? name : "?";
}

/* NULL: the error's own text says it. */
static const char *why_refused(const struct hl_hook *hook, int error)
{
    const struct hl_probe_spec *spec = hook->spec;
    bool in_file = spec->path_size != 0;

    switch (error) {
    case ENOENT:
        return in_file ? "the file has no symbol of that name"
                       : "the guest's kernel has no symbol of that name";
    case EINVAL:
        return in_file ? "no instruction that can be probed is there"
                       : "the guest's kernel lets nobody probe it there";
    case ENOSYS:
    case EOPNOTSUPP:
        return "the guest's kernel was built without what this needs";
    case EILSEQ:
        return "it is Thumb code, in which ARM's Linux places no uprobe "
               "(gcc -marm makes other)";
    default:
        return NULL;
    }
}

static void refused(struct hl_engine *engine, const struct hl_hook *hook,
                    int error)
{
    int of_host = hl_errno_to_host(engine->target, error);
    const char *why = why_refused(hook, of_host);

    hl_log(engine, HL_ERROR, "%s: %s%s", hook->title,
           why ? "" : "the guest could not place it: ",
           why ? why : g_strerror(of_host));
}

const struct hl_hook_type hl_probe_hook = {
    .add = HL_OP_PROBE_ADD,
    .remove = HL_OP_PROBE_REMOVE,
    .refused = refused,
};

/* --- for probe.lua -------------------------------------------------------- */

/* A string field of the table at 1, or "" without one. */
static const char *take_text(lua_State *L, const char *field, size_t *size)
{
    lua_getfield(L, 1, field);
    return luaL_optlstring(L, -1, "", size);
}

static uint32_t take_number(lua_State *L, const char *field, uint32_t most)
{
    lua_Integer number;

    lua_getfield(L, 1, field);
    number = luaL_checkinteger(L, -1);
    luaL_argcheck(L, number >= 0 && number <= most, 1, field);
    return (uint32_t)number;
}

/* A text and its NUL; none when it is empty. */
static uint32_t add_text(char *to, const char *text, size_t size)
{
    if (size == 0) {
        return 0;
    }
    memcpy(to, text, size);
    return (uint32_t)size + 1;
}

/* Fills message, all zeroes before; the size.  The texts stay on the stack. */
static uint32_t take_spec(lua_State *L, struct hl_probe_spec *spec,
                          char tail[static HL_CHUNK])
{
    size_t path_size, symbol_size, tests_size;
    const char *path = take_text(L, "path", &path_size);
    const char *symbol = take_text(L, "symbol", &symbol_size);
    const char *tests = take_text(L, "tests", &tests_size);
    uint32_t used;

    luaL_argcheck(L, path_size < HL_CHUNK && symbol_size < HL_CHUNK &&
                  tests_size < HL_CHUNK && path_size + symbol_size +
                  tests_size + 16 <= HL_CHUNK - sizeof(*spec), 1,
                  "path, symbol and filters are too long together");
    spec->path_size = add_text(tail, path, path_size);
    spec->symbol_size = add_text(tail + spec->path_size, symbol, symbol_size);
    used = (spec->path_size + spec->symbol_size + 7) & ~7u;
    memcpy(tail + used, tests, tests_size);
    spec->path_size = GUINT32_TO_LE(spec->path_size);
    spec->symbol_size = GUINT32_TO_LE(spec->symbol_size);
    spec->tests_size = GUINT32_TO_LE((uint32_t)tests_size);
    spec->tests = GUINT32_TO_LE(take_number(L, "count", HL_HOOK_TESTS));
    spec->kind = GUINT32_TO_LE(take_number(L, "kind", HL_PROBE_KINDS - 1));
    lua_getfield(L, 1, "offset");
    spec->offset = GUINT64_TO_LE((uint64_t)luaL_checkinteger(L, -1));
    return (uint32_t)sizeof(*spec) + used + (uint32_t)tests_size;
}

/*
 * core.probe_add({ kind =, title =, path =, symbol =, offset =, tests = bytes,
 * count = }, handler, object) -> id: a hook, for core.hook_remove() and so on
 */
static int core_probe_add(lua_State *L)
{
    struct {
        struct hl_probe_spec spec;
        char tail[HL_CHUNK];
    } message = { 0 };
    const char *title;
    uint32_t size;

    hl_script_check_may_add(L, "a probe");
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 3);
    lua_getfield(L, 1, "title");
    title = luaL_checkstring(L, -1);
    size = take_spec(L, &message.spec, message.tail);
    lua_pushinteger(L, hl_hook_new(L, &hl_probe_hook, &message.spec, size,
                                   title, 2, 3)->id);
    return 1;
}

static void push_fields(lua_State *L)
{
    lua_newtable(L);
    for (const struct field *field = fields; field->name; field++) {
        lua_pushlightuserdata(L, (void *)field);
        lua_setfield(L, -2, field->name);
    }
}

static void register_views(lua_State *L)
{
    static const luaL_Reg args[] = {
        { "__index", index_args },
        { "__newindex", newindex_args },
        { "__len", len_args },
        { NULL, NULL },
    };
    static const luaL_Reg self[] = {
        { "__index", index_event },
        { "__newindex", newindex_event },
        { NULL, NULL },
    };

    luaL_newmetatable(L, ARGS_TYPE);
    luaL_setfuncs(L, args, 0);
    luaL_newmetatable(L, TYPE);
    push_fields(L);
    luaL_setfuncs(L, self, 1);
    lua_pop(L, 2);
}

void hl_open_probe(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "probe_add", core_probe_add },
        { NULL, NULL },
    };

    register_views(L);
    hl_script_set_functions(L, functions);
    lua_createtable(L, 0, HL_PROBE_KINDS);
    for (int kind = HL_PROBE_EXEC; kind < HL_PROBE_KINDS; kind++) {
        lua_pushinteger(L, kind);
        lua_setfield(L, -2, hl_probe_kind_name((enum hl_probe_kind)kind));
    }
    lua_setfield(L, -2, "probe_kinds");
}
