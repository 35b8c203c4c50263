/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few functions below lua/hyperlua: log, hook_add, hook_remove, and what
 * is known of the guest.  The Lua modules have checked what scripts passed;
 * bounds are checked here again, since they guard C.
 */
#include "lua_core.h"

#include <lauxlib.h>
#include <string.h>

#include "hook.h"
#include "log.h"
#include "lua_syscall.h"
#include "script.h"

/* core.log(level, line): level 0 error, 1 warning, 2 info, 3 debug. */
static int core_log(lua_State *L)
{
    lua_Integer level = luaL_checkinteger(L, 1);

    luaL_argcheck(L, level >= HL_ERROR && level <= HL_DEBUG, 1, "level");
    hl_log(hl_script_of(L)->engine, (enum hl_level)level, "%s",
           luaL_checkstring(L, 2));
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

/*
 * core.hook_add({ name =, phase =, title =, tests = {...} }, handler, object)
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
    lua_Integer phase;
    uint32_t count;

    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 3);
    count = take_tests(L, 1, tests);
    lua_getfield(L, 1, "phase");
    phase = luaL_checkinteger(L, -1);
    lua_getfield(L, 1, "name");
    name = luaL_checkstring(L, -1);
    luaL_argcheck(L, strlen(name) < HL_NAME_SIZE, 1, "name is too long");
    lua_getfield(L, 1, "title");
    title = luaL_checkstring(L, -1);

    hook = hl_hook_new(engine);
    hook->title = g_strdup(title);
    hook->spec.phase = GUINT32_TO_LE((uint32_t)phase);
    hook->spec.tests = GUINT32_TO_LE(count);
    g_strlcpy(hook->spec.name, name, sizeof(hook->spec.name));
    memcpy(hook->test, tests, count * sizeof(tests[0]));
    lua_pushvalue(L, 2);
    hook->handler_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, 3);
    hook->object_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushinteger(L, hook->id);
    return 1;
}

/* core.hook_remove(id) */
static int core_hook_remove(lua_State *L)
{
    struct hl_engine *engine = hl_script_of(L)->engine;
    struct hl_hook *hook = hl_hook_find(engine,
                                        (uint32_t)luaL_checkinteger(L, 1));

    luaL_argcheck(L, hook, 1, "no such hook");
    hl_hook_remove(engine, hook);
    return 0;
}

int hl_open_core(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "log", core_log },
        { "hook_add", core_hook_add },
        { "hook_remove", core_hook_remove },
        { NULL, NULL },
    };
    const struct hl_target *target = hl_script_of(L)->engine->target;

    hl_register_syscall(L);
    luaL_newlib(L, functions);
    lua_pushinteger(L, target->word_bits);
    lua_setfield(L, -2, "word_bits");
    /* By its address no script can make it: coroutine.c yields it. */
    lua_pushlightuserdata(L, hl_script_of(L));
    lua_setfield(L, -2, "wait_token");
    return 1;
}
