/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hyperlua model: has lua/model, which is compiled into the command, make a
 * model of a recording.  One thread.
 */
#include "model.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "cli.h"
#include "embedded.h"
#include "ioctl_decode.h"
#include "options.h"

struct model {
    char *output;
    GPtrArray *files;           /* not first: no offset of 0 (options.h) */
};

#define FIELD(name) offsetof(struct model, name)

static const struct hl_options model_options = {
    .usage = "model FILE [OPTIONS]",
    .about = "Makes a Lua file for a --models folder that answers as the "
             "recording FILE (of\nhyperlua run --record FILE) says. Status "
             "0, or 125 when it could not.",
    .words = FIELD(files),
    .table = (const struct hl_option[]) {
        { "output", "FILE", "where it goes (standard output)",
          HL_OPTION_TEXT, FIELD(output), 0, 0, 'o' },
        { 0 },
    },
};

/* decode(cmd) -> "_IOR('W', 0, 40)" or the number */
static int decode(lua_State *L)
{
    struct hl_ioctl ioctl;

    hl_ioctl_decode(lua_touserdata(L, lua_upvalueindex(1)),
                    (uint32_t)luaL_checkinteger(L, 1), &ioctl);
    lua_pushstring(L, ioctl.text);
    return 1;
}

/* machine_of(name) -> { machine =, decode = }, or nil */
static int machine_of(lua_State *L)
{
    const struct hl_target *target = hl_target_find(luaL_checkstring(L, 1));

    if (!target) {
        return 0;
    }
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, target->machine);
    lua_setfield(L, -2, "machine");
    lua_pushlightuserdata(L, (void *)target);
    lua_pushcclosure(L, decode, 1);
    lua_setfield(L, -2, "decode");
    return 1;
}

static int load_module(lua_State *L)
{
    const struct hl_embedded *module = lua_touserdata(L, lua_upvalueindex(1));

    if (luaL_loadbuffer(L, module->text, module->size, module->chunk)) {
        return lua_error(L);
    }
    lua_call(L, 0, 1);
    return 1;
}

static void preload(lua_State *L, const struct hl_embedded *modules)
{
    for (; modules->name; modules++) {
        lua_pushlightuserdata(L, (void *)modules);
        lua_pushcclosure(L, load_module, 1);
        lua_setfield(L, -2, modules->name);
    }
}

/* (file) -> model, or nil; an error or a warning */
static int make(lua_State *L)
{
    luaL_openlibs(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    preload(L, hl_embedded);
    preload(L, hl_embedded_model);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "model");
    lua_call(L, 1, 1);
    lua_pushvalue(L, 1);
    lua_pushcfunction(L, machine_of);
    lua_call(L, 2, 2);
    return 2;
}

/* Nothing is there but all of it: a model half written would load. */
static gboolean write_model(const char *path, const char *text, size_t size,
                            GError **error)
{
    if (path) {
        return g_file_set_contents(path, text, (gssize)size, error);
    }
    if (fwrite(text, 1, size, stdout) != size || fflush(stdout)) {
        return hl_fail(error, "model: standard output: %s", g_strerror(errno));
    }
    return TRUE;
}

static gboolean run(const struct model *model, lua_State *L, GError **error)
{
    const char *text, *message;
    size_t size;

    lua_pushcfunction(L, make);
    lua_pushstring(L, model->files->pdata[0]);
    if (lua_pcall(L, 1, 2, 0) != LUA_OK) {
        return hl_fail(error, "model: %s", lua_tostring(L, -1));
    }
    text = lua_tolstring(L, -2, &size);
    message = lua_tostring(L, -1);
    if (!text) {
        return hl_fail(error, "%s", message);
    }
    if (message) {
        fprintf(stderr, "hyperlua: warning: %s\n", message);
    }
    return write_model(model->output, text, size, error);
}

static gboolean run_new(const struct model *model, GError **error)
{
    lua_State *L;
    gboolean good;

    if (model->files->len != 1) {
        return hl_fail(error, "model: one FILE is expected (hyperlua model "
                       "--help)");
    }
    L = luaL_newstate();
    g_assert(L);
    good = run(model, L, error);
    lua_close(L);
    return good;
}

int hl_model_command(char **args, GError **error)
{
    struct model model = { .files = g_ptr_array_new() };
    gboolean helped = FALSE;
    int status = HL_EXIT_FAILED;
    char **rest;

    if (hl_options_parse(&model_options, args, &model, &rest, &helped,
                         error)) {
        for (; rest && *rest; rest++) {
            g_ptr_array_add(model.files, *rest);
        }
        status = helped || run_new(&model, error) ? 0 : HL_EXIT_FAILED;
    }
    hl_options_free(&model_options, &model);
    g_ptr_array_unref(model.files);
    return status;
}
