/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lua/hyperlua/testing/ needs of a played guest beside the rest, and those
 * modules themselves: they are compiled in, so that the build folder is all
 * that `hyperlua test` needs.
 */
#include "lua_testing.h"

#include <lauxlib.h>
#include <string.h>

#include "embedded.h"
#include "lua_world.h"
#include "state.h"
#include "world.h"

/* testing_embedded.c, by embed.cmake */
extern const struct hl_embedded hl_testing_embedded[];

__attribute__((visibility("default")))
int luaopen_hyperlua_testing(lua_State *L);

/* --- nodes ---------------------------------------------------------------- */

static struct hl_played_node *find_node(lua_State *L)
{
    const char *path = luaL_checkstring(L, 2);
    GHashTableIter iter;
    gpointer node;

    g_hash_table_iter_init(&iter, hl_lua_played(L)->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &node)) {
        if (!strcmp(((struct hl_played_node *)node)->path, path)) {
            return node;
        }
    }
    return NULL;
}

static void set_field(lua_State *L, const char *name, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

/*
 * guest:node(path) -> as in guest:nodes(), with major, minor and map_size in
 * place of map; or nil
 */
static int guest_node(lua_State *L)
{
    const struct hl_played_node *node = find_node(L);

    if (!node) {
        return 0;
    }
    hl_lua_push_node(L, node);
    set_field(L, "major", GUINT32_FROM_LE(node->spec.major));
    set_field(L, "minor", GUINT32_FROM_LE(node->spec.minor));
    set_field(L, "map_size", node->map->len);
    return 1;
}

static struct hl_played_node *check_mapped(lua_State *L, uint64_t offset,
                                           uint64_t size)
{
    struct hl_played_node *node = find_node(L);

    luaL_argcheck(L, node, 2, "the guest has no such file");
    luaL_argcheck(L, offset <= node->map->len &&
                  size <= node->map->len - offset, 3, "not within the mapping");
    return node;
}

/* guest:map_peek(path, offset, size) -> bytes that its mmap shows */
static int map_peek(lua_State *L)
{
    uint64_t offset = (uint64_t)luaL_checkinteger(L, 3);
    uint64_t size = (uint64_t)luaL_checkinteger(L, 4);
    struct hl_played_node *node = check_mapped(L, offset, size);

    lua_pushlstring(L, (const char *)node->map->data + offset, size);
    return 1;
}

/* guest:map_poke(path, offset, bytes): a program writes into its mapping */
static int map_poke(lua_State *L)
{
    uint64_t offset = (uint64_t)luaL_checkinteger(L, 3);
    size_t size;
    const char *bytes = luaL_checklstring(L, 4, &size);

    memcpy(check_mapped(L, offset, size)->map->data + offset, bytes, size);
    return 0;
}

/* --- answers that a spec computes ----------------------------------------- */

static void push_request(lua_State *L, const struct mem_region *region)
{
    size_t size = (size_t)GUINT64_FROM_LE(region->size);

    lua_pushinteger(L, (lua_Integer)GUINT64_FROM_LE(region->addr));
    lua_pushinteger(L, (lua_Integer)size);
    lua_pushlstring(L, (const char *)region->data, size);
    lua_pushinteger(L, (lua_Integer)(GUINT64_FROM_LE(region->op) >> 32));
}

static void answer_bytes(lua_State *L, enum hl_op op, struct mem_region *region)
{
    uint64_t wanted = GUINT64_FROM_LE(region->size);
    size_t size;
    const char *bytes = lua_tolstring(L, -2, &size);

    size = MIN(size, HL_CHUNK);
    memcpy(region->data, bytes, size);
    hl_played_answer(region, op == HL_OP_READ && size < wanted
                                 ? HL_RESP_PARTIAL : HL_RESP_OK, size);
}

/*
 * Runs inside of a method, so that the guest is at 1 of its stack.  What the
 * function raises goes through played C, which holds nothing then.
 */
static bool answer(struct hl_played *played, enum hl_op op,
                   struct mem_region *region)
{
    lua_State *L = played->lua;
    int top = lua_gettop(L);
    bool answered = true;

    luaL_checkstack(L, 8, "an answer");
    lua_getiuservalue(L, 1, 1);
    if (lua_rawgeti(L, -1, op) == LUA_TNIL) {
        lua_settop(L, top);
        return false;
    }
    push_request(L, region);
    lua_call(L, 4, 2);
    if (lua_type(L, -2) == LUA_TSTRING) {
        answer_bytes(L, op, region);
    } else if (lua_isinteger(L, -2)) {
        hl_played_answer(region, HL_RESP_OK, (uint64_t)lua_tointeger(L, -2));
    } else if (lua_isinteger(L, -1)) {
        hl_played_answer_error(region, (int)lua_tointeger(L, -1));
    } else {
        answered = false;
    }
    lua_settop(L, top);
    return answered;
}

/*
 * guest:answer(op, function or nil): function(addr, size, data, pid) gives the
 * bytes of the answer, the size of one without bytes, nil and an errno, or
 * nothing: the guest answers itself
 */
static int guest_answer(lua_State *L)
{
    lua_Integer op = luaL_checkinteger(L, 2);

    luaL_argcheck(L, op > 0 && op < HL_OP_COUNT, 2, "no such op");
    hl_lua_played(L)->world->answer = answer;
    lua_settop(L, 3);
    lua_getiuservalue(L, 1, 1);
    lua_insert(L, 3);
    lua_rawseti(L, 3, op);
    return 0;
}

/* --- the rest ------------------------------------------------------------- */

/* guest:set_clock(microseconds): what hl.clock says from now on */
static int set_clock(lua_State *L)
{
    hl_lua_played(L)->clock_us = luaL_checkinteger(L, 2);
    return 0;
}

/* guest:unmap(pid, addr, size) */
static int unmap(lua_State *L)
{
    struct hl_played_process *process =
        hl_played_process(hl_lua_played(L)->world,
                          (uint32_t)luaL_checkinteger(L, 2));

    luaL_argcheck(L, process, 2, "no such process");
    hl_memory_unmap(&process->own, (uint64_t)luaL_checkinteger(L, 3),
                    (uint64_t)luaL_checkinteger(L, 4));
    return 0;
}

void hl_lua_testing(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "node", guest_node },     { "map_peek", map_peek },
        { "map_poke", map_poke },   { "answer", guest_answer },
        { "set_clock", set_clock }, { "unmap", unmap },
        { NULL, NULL },
    };

    luaL_setfuncs(L, methods, 0);
}

static void push_target(const char *name, void *user)
{
    lua_State *L = user;
    const struct hl_target *target = hl_target_find(name);

    lua_createtable(L, 0, 5);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "name");
    set_field(L, "word_bits", target->word_bits);
    set_field(L, "machine", target->machine);
    lua_pushboolean(L, target->big_endian);
    lua_setfield(L, -2, "big_endian");
    lua_newtable(L);
    for (int i = 0; target->regs[i]; i++) {
        set_field(L, target->regs[i], i);
    }
    lua_setfield(L, -2, "regs");
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

/* played.targets() -> list of { name =, word_bits =, ..., regs = by name } */
static int targets(lua_State *L)
{
    lua_newtable(L);
    hl_target_each_name(push_target, L);
    return 1;
}

/* played.ops() -> the numbers of the ops of a mem_region, by lower-case name */
static int ops(lua_State *L)
{
    lua_newtable(L);
#define PUSH_OP(number, NAME, name, text) set_field(L, #name, number);
    HL_OPS(PUSH_OP)
#undef PUSH_OP
    return 1;
}

static int push_source(lua_State *L, const struct hl_embedded *modules)
{
    const char *name = luaL_checkstring(L, 1);

    for (; modules->name; modules++) {
        if (!strcmp(modules->name, name)) {
            lua_pushlstring(L, modules->text, modules->size);
            lua_pushstring(L, modules->chunk);
            return 2;
        }
    }
    return luaL_argerror(L, 1, "the engine has no such module");
}

/* played.source(name) -> text of a module of the engine's, its chunk's name */
static int source(lua_State *L)
{
    return push_source(L, hl_embedded);
}

void hl_lua_testing_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "targets", targets }, { "ops", ops }, { "source", source },
        { NULL, NULL },
    };

    luaL_setfuncs(L, functions, 0);
}

/* --- require "hyperlua.testing" ------------------------------------------- */

/*
 * (name): busted forgets after each file what it required, but a module that
 * listens to busted must be there once.
 */
static int load_once(lua_State *L)
{
    const struct hl_embedded *module = lua_touserdata(L, lua_upvalueindex(1));

    luaL_getsubtable(L, LUA_REGISTRYINDEX, "hyperlua.testing");
    if (lua_getfield(L, -1, module->name) != LUA_TNIL) {
        return 1;
    }
    if (luaL_loadbuffer(L, module->text, module->size, module->chunk)) {
        return lua_error(L);
    }
    lua_pushstring(L, module->name);
    lua_call(L, 1, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, -4, module->name);
    return 1;
}

int luaopen_hyperlua_testing(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (const struct hl_embedded *m = hl_testing_embedded; m->name; m++) {
        lua_pushlightuserdata(L, (void *)m);
        lua_pushcclosure(L, load_once, 1);
        lua_setfield(L, -2, m->name);
    }
    lua_getfield(L, -1, "hyperlua.testing");
    lua_pushliteral(L, "hyperlua.testing");
    lua_call(L, 1, 1);
    return 1;
}
