/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few functions below lua/hyperlua: log, clock, hook_add, hook_remove, and
 * the numbers of the ABI.  The Lua modules have checked what scripts passed;
 * what guards C is checked here again.
 */
#include "lua_core.h"

#include <lauxlib.h>
#include <string.h>

#include "hook.h"
#include "ioctl_decode.h"
#include "log.h"
#include "lua_file.h"
#include "lua_files.h"
#include "lua_syscall.h"
#include "lua_wait.h"
#include "script.h"

/* core.log(level, line): level 0 error, 1 warning, 2 info, 3 debug. */
static int core_log(lua_State *L)
{
    lua_Integer level = luaL_checkinteger(L, 1);
    size_t size;
    const char *text = luaL_checklstring(L, 2, &size);

    luaL_argcheck(L, level >= HL_ERROR && level <= HL_DEBUG, 1, "level");
    hl_log_text(hl_script_of(L)->engine, (enum hl_level)level, text, size);
    return 0;
}

/* One of the spec's tests: { subject =, mask =, value = } or { text = }. */
static void take_test(lua_State *L, struct hl_filter_test *test)
{
    size_t size;
    const char *text;

    memset(test, 0, sizeof(*test));
    test->size = GUINT16_TO_LE(sizeof(*test));
    test->test = GUINT16_TO_LE(HL_TEST_EQ);
    lua_getfield(L, -1, "subject");
    test->subject = GUINT16_TO_LE((uint16_t)luaL_checkinteger(L, -1));
    lua_getfield(L, -2, "text");
    text = lua_tolstring(L, -1, &size);
    if (text) {
        memcpy(test->text, text, MIN(size, sizeof(test->text) - 1));
        lua_pop(L, 2);
        return;
    }
    lua_getfield(L, -3, "mask");
    test->mask = GUINT64_TO_LE((uint64_t)luaL_checkinteger(L, -1));
    lua_getfield(L, -4, "value");
    test->value[0] = GUINT64_TO_LE((uint64_t)luaL_checkinteger(L, -1));
    lua_pop(L, 4);
}

static uint32_t take_tests(lua_State *L, int spec, struct hl_filter_test *tests)
{
    lua_Unsigned count;

    lua_getfield(L, spec, "tests");
    luaL_checktype(L, -1, LUA_TTABLE);
    count = lua_rawlen(L, -1);
    luaL_argcheck(L, count <= HL_HOOK_TESTS, spec, "too many filters");
    for (lua_Unsigned i = 0; i < count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        take_test(L, &tests[i]);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return (uint32_t)count;
}

static const char *take_text(lua_State *L, const char *field, size_t max)
{
    const char *text;
    size_t size;

    lua_getfield(L, 1, field);
    text = luaL_checklstring(L, -1, &size);
    luaL_argcheck(L, size < max, 1, field);
    return text;
}

/*
 * core.hook_add({ name =, phase =, title =, tests = {...}, optional = }, handler,
 * object)
 * -> id.  object is what syscall.hook gives.  What may raise comes before
 * anything is made.
 */
static int core_hook_add(lua_State *L)
{
    struct hl_engine *engine = hl_script_of(L)->engine;
    struct hl_filter_test tests[HL_HOOK_TESTS];
    struct hl_hook *hook;
    const char *name;
    const char *title;
    uint32_t count;
    uint32_t phase;
    bool optional;
    int handler_ref;
    int object_ref;

    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 3);
    count = take_tests(L, 1, tests);
    name = take_text(L, "name", HL_NAME_SIZE);
    title = take_text(L, "title", 256);
    lua_getfield(L, 1, "phase");
    phase = luaL_checkinteger(L, -1) == HL_PHASE_ENTER ? HL_PHASE_ENTER
                                                       : HL_PHASE_RETURN;
    lua_getfield(L, 1, "optional");
    optional = lua_toboolean(L, -1);
    lua_pushvalue(L, 2);
    handler_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, 3);
    object_ref = luaL_ref(L, LUA_REGISTRYINDEX);

    hook = hl_hook_new(engine);
    hook->handler_ref = handler_ref;
    hook->object_ref = object_ref;
    hook->title = g_strdup(title);
    hook->optional = optional;
    hook->spec.phase = GUINT32_TO_LE(phase);
    hook->spec.tests = GUINT32_TO_LE(count);
    g_strlcpy(hook->spec.name, name, sizeof(hook->spec.name));
    memcpy(hook->test, tests, count * sizeof(tests[0]));
    lua_pushinteger(L, hook->id);
    return 1;
}

/* core.hook_remove(id) */
static int core_hook_remove(lua_State *L)
{
    struct hl_engine *engine = hl_script_of(L)->engine;
    lua_Integer id = luaL_checkinteger(L, 1);
    struct hl_hook *hook = NULL;

    if (id == (uint32_t)id) {
        hook = hl_hook_find(engine, (uint32_t)id);
    }
    luaL_argcheck(L, hook, 1, "no such hook");
    hl_item_remove(engine, &hook->item);
    return 0;
}

/* core.script(name) -> what the script NAME.lua returned, or nil */
static int core_script(lua_State *L)
{
    luaL_checkstring(L, 1);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, HL_SCRIPTS);
    lua_pushvalue(L, 1);
    lua_rawget(L, -2);
    return 1;
}

/* core.scripts() -> list of their names */
static int core_scripts(lua_State *L)
{
    lua_Integer count = 0;

    lua_settop(L, 0);
    lua_newtable(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, HL_SCRIPTS);
    lua_pushnil(L);
    while (lua_next(L, 2)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, 1, ++count);
    }
    lua_settop(L, 1);
    return 1;
}

/* core.ioctl_decode(cmd) -> direction, type, number, size, text */
static int core_ioctl_decode(lua_State *L)
{
    struct hl_ioctl ioctl;

    hl_ioctl_decode(hl_script_of(L)->engine->target,
                    (uint32_t)luaL_checkinteger(L, 1), &ioctl);
    lua_pushstring(L, hl_ioctl_direction(&ioctl));
    lua_pushinteger(L, ioctl.type);
    lua_pushinteger(L, ioctl.number);
    lua_pushinteger(L, ioctl.size);
    lua_pushstring(L, ioctl.text);
    return 5;
}

/* core.clock() -> seconds, with fractions, of the host's monotonic clock */
static int core_clock(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)g_get_monotonic_time() / G_USEC_PER_SEC);
    return 1;
}

/* The ABI's numbers, so that no Lua file has them a second time. */
static void push_numbers(lua_State *L)
{
    const struct {
        const char *name;
        lua_Integer value;
    } numbers[] = {
        { "word_bits", hl_script_of(L)->engine->target->word_bits },
        { "machine", hl_script_of(L)->engine->target->machine },
        { "phase_enter", HL_PHASE_ENTER },
        { "phase_return", HL_PHASE_RETURN },
        { "subject_arg0", HL_SUBJECT_ARG0 },
        { "subject_pid", HL_SUBJECT_PID },
        { "subject_comm", HL_SUBJECT_COMM },
        { "subject_retval", HL_SUBJECT_RETVAL },
        { "args_max", HL_SYSCALL_ARGS },
        { "comm_max", HL_COMM_SIZE - 1 },
        { "name_max", HL_NAME_SIZE - 1 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        lua_pushinteger(L, numbers[i].value);
        lua_setfield(L, -2, numbers[i].name);
    }
}

int hl_open_core(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "log", core_log },
        { "clock", core_clock },
        { "hook_add", core_hook_add },
        { "hook_remove", core_hook_remove },
        { "ioctl_decode", core_ioctl_decode },
        { "script", core_script },
        { "scripts", core_scripts },
        { "wait", hl_core_wait },
        { "wake", hl_core_wake },
        { "task", hl_core_task },
        { NULL, NULL },
    };

    hl_register_syscall(L);
    hl_register_file(L);
    luaL_newlib(L, functions);
    hl_open_files(L);
    push_numbers(L);
    lua_pushboolean(L, hl_script_of(L)->engine->target->big_endian);
    lua_setfield(L, -2, "big_endian");
    /* What a waiting binding yields; coroutine.lua passes it on. */
    lua_pushlightuserdata(L, hl_script_of(L));
    lua_setfield(L, -2, "wait_token");
    return 1;
}
