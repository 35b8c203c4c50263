/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core.hook_add, hook_remove, hook_disable, hook_enable, protos, and the
 * numbers of hooks and filters.  On the thread that runs Lua, under
 * engine->lock.  The Lua modules have checked what scripts passed; what guards
 * C is checked here again.
 */
#include "lua_hook.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "hook.h"
#include "log.h"
#include "script.h"

#define TESTS_SIZE_MAX (HL_CHUNK - sizeof(struct hl_hook_spec))

/* Fills spec's tests and tests_size; the bytes, as they go out. */
static const char *take_tests(lua_State *L, struct hl_hook_spec *spec)
{
    lua_Integer count;
    const char *tests;
    size_t size;

    lua_getfield(L, 1, "count");
    count = luaL_checkinteger(L, -1);
    lua_getfield(L, 1, "tests");
    tests = luaL_checklstring(L, -1, &size);
    luaL_argcheck(L, count >= 0 && count <= HL_HOOK_TESTS &&
                  size <= TESTS_SIZE_MAX, 1, "too many filters");
    spec->tests = GUINT32_TO_LE((uint32_t)count);
    spec->tests_size = GUINT32_TO_LE((uint32_t)size);
    return tests;
}

static void take_name(lua_State *L, struct hl_hook_spec *spec)
{
    const char *name;
    size_t size;

    lua_getfield(L, 1, "name");
    name = luaL_checklstring(L, -1, &size);
    luaL_argcheck(L, size < sizeof(spec->name), 1, "name");
    memcpy(spec->name, name, size);
}

static void say_unknown(struct hl_engine *engine, const struct hl_hook *hook)
{
    const struct hl_hook_spec *spec = hook->spec;
    g_autofree char *near = hl_protos_near(engine, spec->name);

    hl_log(engine, HL_ERROR, "%s: the guest's kernel has no system call of "
           "that name%s%s%s", hook->title, near ? "; did you mean " : "",
           near ? near : "", near ? "?" : "");
}

static void refused(struct hl_engine *engine, const struct hl_hook *hook,
                    int error)
{
    if (error != ENOENT) {
        hl_log(engine, HL_ERROR, "%s: the guest could not hook it: %s",
               hook->title,
               g_strerror(hl_errno_to_host(engine->target, error)));
    } else if (!hook->optional) {
        say_unknown(engine, hook);
    }
}

const struct hl_hook_type hl_syscall_hook = {
    .add = HL_OP_HOOK_ADD,
    .remove = HL_OP_HOOK_REMOVE,
    .refused = refused,
};

/*
 * core.hook_add({ name =, phase =, title =, tests = bytes, count =,
 * optional = }, handler, object) -> id.  object is what syscall.hook gives.
 */
static int core_hook_add(lua_State *L)
{
    struct {
        struct hl_hook_spec spec;
        char tests[TESTS_SIZE_MAX];
    } message = { 0 };
    struct hl_hook *hook;
    const char *tests;
    const char *title;
    uint32_t size;

    hl_script_check_may_add(L, "hl.syscall");
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 3);
    tests = take_tests(L, &message.spec);
    size = GUINT32_FROM_LE(message.spec.tests_size);
    memcpy(message.tests, tests, size);
    take_name(L, &message.spec);
    lua_getfield(L, 1, "title");
    title = luaL_checkstring(L, -1);
    lua_getfield(L, 1, "phase");
    message.spec.phase = GUINT32_TO_LE((uint32_t)luaL_checkinteger(L, -1));
    lua_getfield(L, 1, "optional");

    hl_protos_want(hl_script_of(L)->engine);
    hook = hl_hook_new(L, &hl_syscall_hook, &message.spec,
                       (uint32_t)sizeof(message.spec) + size, title, 2, 3);
    hook->optional = lua_toboolean(L, -1);
    lua_pushinteger(L, hook->id);
    return 1;
}

/* NULL: it was removed. */
static struct hl_hook *check_hook(lua_State *L)
{
    lua_Integer id = luaL_checkinteger(L, 1);

    luaL_argcheck(L, id > 0 && id <= UINT32_MAX, 1, "no such hook");
    return hl_hook_find(hl_script_of(L), (uint32_t)id);
}

/* core.hook_remove(id), as often as one likes */
static int core_hook_remove(lua_State *L)
{
    struct hl_hook *hook = check_hook(L);

    if (hook) {
        hl_hook_remove(hook);
    }
    return 0;
}

/* core.hook_disable(id) */
static int core_hook_disable(lua_State *L)
{
    struct hl_hook *hook = check_hook(L);

    if (hook) {
        hl_hook_disable(hook);
    }
    return 0;
}

/* core.hook_enable(id) -> true; false: it was removed */
static int core_hook_enable(lua_State *L)
{
    struct hl_hook *hook = check_hook(L);

    if (hook) {
        hl_hook_enable(hook);
    }
    lua_pushboolean(L, hook != NULL);
    return 1;
}

/* --- prototypes ----------------------------------------------------------- */

static void make_proto(lua_State *L, const struct hl_sys_proto *proto)
{
    lua_createtable(L, 0, 3);
    lua_pushstring(L, proto->name);
    lua_setfield(L, -2, "name");
    if (proto->number != UINT32_MAX) {
        lua_pushinteger(L, proto->number);
        lua_setfield(L, -2, "number");
    }
    lua_createtable(L, proto->args, 0);
    for (int i = 0; i < proto->args; i++) {
        lua_createtable(L, 0, 3);
        lua_pushstring(L, proto->arg[i].type);
        lua_setfield(L, -2, "type");
        lua_pushstring(L, proto->arg[i].name);
        lua_setfield(L, -2, "name");
        lua_pushinteger(L, proto->arg[i].bits);
        lua_setfield(L, -2, "bits");
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "args");
}

/* A state's own tables of prototypes, by name; of one guest's. */
static void push_protos(lua_State *L)
{
    lua_Integer round = hl_protos_round(hl_script_of(L)->engine);

    luaL_getsubtable(L, LUA_REGISTRYINDEX, "hyperlua.protos");
    if (lua_rawgeti(L, -1, 0) != LUA_TNUMBER ||
        lua_tointeger(L, -1) != round) {
        lua_pop(L, 2);
        lua_newtable(L);
        lua_pushinteger(L, round);
        lua_rawseti(L, -2, 0);
        lua_pushvalue(L, -1);
        lua_setfield(L, LUA_REGISTRYINDEX, "hyperlua.protos");
    } else {
        lua_pop(L, 1);
    }
}

void hl_push_proto(lua_State *L, const struct hl_sys_proto *proto)
{
    push_protos(L);
    if (lua_getfield(L, -1, proto->name) == LUA_TNIL) {
        lua_pop(L, 1);
        make_proto(L, proto);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, proto->name);
    }
    lua_remove(L, -2);
}

static void add_proto(struct hl_sys_proto *proto, void *user)
{
    lua_State *L = user;

    if (proto->known) {
        hl_push_proto(L, proto);
        lua_setfield(L, -2, proto->name);
    }
}

/* core.protos() -> by name; nil: the guest has yet to say */
static int core_protos(lua_State *L)
{
    struct hl_engine *engine = hl_script_of(L)->engine;

    hl_protos_want(engine);
    if (!hl_protos_are_there(engine)) {
        return 0;
    }
    lua_newtable(L);
    hl_protos_each(engine, add_proto, L);
    return 1;
}

/* --- numbers -------------------------------------------------------------- */

struct number {
    const char *name;
    lua_Integer value;
};

static void push_numbers(lua_State *L, const struct number *numbers)
{
    for (; numbers->name; numbers++) {
        lua_pushinteger(L, numbers->value);
        lua_setfield(L, -2, numbers->name);
    }
}

static const struct number tests[] = {
    { "eq", HL_TEST_EQ }, { "ne", HL_TEST_NE },
    { "lt", HL_TEST_LT }, { "gt", HL_TEST_GT },
    { "range", HL_TEST_RANGE }, { "outside", HL_TEST_OUTSIDE },
    { "set", HL_TEST_SET }, { "clear", HL_TEST_CLEAR },
    { "text", HL_TEST_TEXT }, { "prefix", HL_TEST_PREFIX },
    { "suffix", HL_TEST_SUFFIX }, { "contains", HL_TEST_CONTAINS },
    { NULL, 0 },
};

static const struct number numbers[] = {
    { "phase_enter", HL_PHASE_ENTER },
    { "phase_return", HL_PHASE_RETURN },
    { "subject_arg0", HL_SUBJECT_ARG0 },
    { "subject_pid", HL_SUBJECT_PID },
    { "subject_comm", HL_SUBJECT_COMM },
    { "subject_retval", HL_SUBJECT_RETVAL },
    { "filter_signed", HL_FILTER_SIGNED },
    { "filter_tests_max", HL_HOOK_TESTS },
    { "filter_text_max", HL_FILTER_TEXT_MAX },
    { "filter_size_max", TESTS_SIZE_MAX },
    { "args_max", HL_SYSCALL_ARGS },
    { "comm_max", HL_COMM_SIZE - 1 },
    { "name_max", HL_NAME_SIZE - 1 },
    { NULL, 0 },
};

void hl_open_hook(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "hook_add", core_hook_add },
        { "hook_remove", core_hook_remove },
        { "hook_disable", core_hook_disable },
        { "hook_enable", core_hook_enable },
        { "protos", core_protos },
        { NULL, NULL },
    };

    hl_script_set_functions(L, functions);
    push_numbers(L, numbers);
    lua_newtable(L);
    push_numbers(L, tests);
    lua_setfield(L, -2, "tests");
}
