/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A spec's view of the played guest's processes, files and programs.  Records
 * come packed as on the wire: tests/spec/support/world.lua does that.
 */
#include "lua_world.h"

#include <lauxlib.h>

#include "state.h"
#include "world.h"

static struct hl_played_world *check(lua_State *L)
{
    return hl_lua_played(L)->world;
}

static GBytes *field_bytes(lua_State *L, const char *name)
{
    GBytes *bytes;
    const char *text;
    size_t size;

    lua_getfield(L, 2, name);
    text = luaL_optlstring(L, -1, "", &size);
    bytes = g_bytes_new(text, size);
    lua_pop(L, 1);
    return bytes;
}

/* guest:add_process{ pid =, proc =, threads =, exe =, maps =, fds = } */
static int add_process(lua_State *L)
{
    struct hl_played_process *process;

    lua_getfield(L, 2, "pid");
    process = hl_played_process_add(check(L),
                                    (uint32_t)luaL_checkinteger(L, -1));
    process->proc = field_bytes(L, "proc");
    process->threads = field_bytes(L, "threads");
    process->exe = field_bytes(L, "exe");
    process->maps = field_bytes(L, "maps");
    process->fds = field_bytes(L, "fds");
    return 0;
}

/* guest:serve(pid): whom pid 0 means from now on */
static int serve(lua_State *L)
{
    check(L)->served = (uint32_t)luaL_checkinteger(L, 2);
    return 0;
}

/* guest:kill(pid): it is gone */
static int kill_process(lua_State *L)
{
    struct hl_played_world *world = check(L);
    struct hl_played_process *process =
        hl_played_process(world, (uint32_t)luaL_checkinteger(L, 2));

    luaL_argcheck(L, process, 2, "no such process");
    g_ptr_array_remove(world->processes, process);
    return 0;
}

/* guest:poke_of(pid, addr, bytes): as guest:poke */
static int poke_of(lua_State *L)
{
    struct hl_played_process *process =
        hl_played_process(check(L), (uint32_t)luaL_checkinteger(L, 2));
    uint64_t addr = (uint64_t)luaL_checkinteger(L, 3);
    size_t size;
    const char *bytes = luaL_checklstring(L, 4, &size);

    luaL_argcheck(L, process, 2, "no such process");
    hl_memory_map(&process->own, addr, size);
    hl_memory_write(&process->own, addr, bytes, size);
    return 0;
}

/* guest:peek_of(pid, addr, size): as guest:peek */
static int peek_of(lua_State *L)
{
    struct hl_played_process *process =
        hl_played_process(check(L), (uint32_t)luaL_checkinteger(L, 2));
    size_t size = (size_t)luaL_checkinteger(L, 4);
    luaL_Buffer buffer;
    char *to;

    luaL_argcheck(L, process, 2, "no such process");
    to = luaL_buffinitsize(L, &buffer, size);
    if (hl_memory_read(&process->own, (uint64_t)luaL_checkinteger(L, 3), to,
                       size) != size) {
        return 0;
    }
    luaL_pushresultsize(&buffer, size);
    return 1;
}

/* guest:absent(addr): only the guest's kernel reaches that page from now on */
static int absent(lua_State *L)
{
    gint64 page = (gint64)((uint64_t)luaL_checkinteger(L, 2) / 4096);

    g_hash_table_add(check(L)->absent, g_memdup2(&page, sizeof(page)));
    return 0;
}

/* guest:can(op, bytes or nil): what that op gives from now on */
static int can(lua_State *L)
{
    struct hl_played_world *world = check(L);
    lua_Integer op = luaL_checkinteger(L, 2);
    size_t size;
    const char *bytes = luaL_optlstring(L, 3, NULL, &size);

    luaL_argcheck(L, op > 0 && op < HL_OP_COUNT, 2, "no such op");
    g_clear_pointer(&world->canned[op], g_bytes_unref);
    if (bytes) {
        world->canned[op] = g_bytes_new(bytes, size);
    }
    return 0;
}

/* guest:file(path [, bytes]) -> what it holds now, or nil */
static int file(lua_State *L)
{
    struct hl_played_world *world = check(L);
    const char *path = luaL_checkstring(L, 2);
    size_t size;
    const char *bytes = luaL_optlstring(L, 3, NULL, &size);
    GByteArray *now;

    if (bytes) {
        now = g_byte_array_append(g_byte_array_new(), (const guint8 *)bytes,
                                  (guint)size);
        g_hash_table_insert(world->files, g_strdup(path), now);
    }
    now = g_hash_table_lookup(world->files, path);
    if (!now) {
        return 0;
    }
    lua_pushlstring(L, (const char *)now->data, now->len);
    return 1;
}

/* guest:is_open() -> whether the conversation has a file open */
static int is_open(lua_State *L)
{
    lua_pushboolean(L, check(L)->open != NULL);
    return 1;
}

/* guest:program(path, struct hl_run_result and output): what RUN does there */
static int program(lua_State *L)
{
    size_t size;
    const char *bytes = luaL_checklstring(L, 3, &size);

    luaL_argcheck(L, size >= sizeof(struct hl_run_result), 3, "too short");
    g_hash_table_insert(check(L)->programs, g_strdup(luaL_checkstring(L, 2)),
                        g_bytes_new(bytes, size));
    return 0;
}

/* guest:last_run() -> struct hl_run_args and its strings */
static int last_run(lua_State *L)
{
    const GByteArray *run = check(L)->last_run;

    lua_pushlstring(L, (const char *)run->data, run->len);
    return 1;
}

/* guest:spawned([errno]) -> ids since the last time; from now on refused */
static int spawned(lua_State *L)
{
    struct hl_played_world *world = check(L);

    world->spawn_error = (int)luaL_optinteger(L, 2, 0);
    lua_newtable(L);
    for (guint i = 0; i < world->spawned->len; i++) {
        lua_pushinteger(L, (lua_Integer)g_array_index(world->spawned, uint64_t,
                                                      i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    g_array_set_size(world->spawned, 0);
    return 1;
}

void hl_lua_world(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "add_process", add_process }, { "serve", serve },
        { "kill", kill_process },       { "poke_of", poke_of },
        { "peek_of", peek_of },         { "absent", absent },
        { "can", can },                 { "file", file },
        { "is_open", is_open },         { "program", program },
        { "last_run", last_run },       { "spawned", spawned },
        { NULL, NULL },
    };

    luaL_setfuncs(L, methods, 0);
}
