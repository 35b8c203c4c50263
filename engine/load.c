/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See load.h.  The work is done by lua/hyperlua/{file,config,missing}.lua. */
#include "load.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>

#include "log.h"
#include "script.h"

/* A function of one of our modules, on the stack. */
static void push_function(lua_State *L, const char *module, const char *name)
{
    lua_getglobal(L, "require");
    lua_pushstring(L, module);
    lua_call(L, 1, 1);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
}

/* (result, file) */
static int take_models(lua_State *L)
{
    push_function(L, "hyperlua.file", "add_all");
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_call(L, 2, 0);
    return 0;
}

int hl_load_eval(struct hl_script *script, const char *file)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    gsize size;

    hl_script_add_source(script, file);
    if (!g_file_get_contents(file, &text, &size, &error)) {
        hl_log(script->engine, HL_ERROR, "-e: %s", error->message);
        return -ENOENT;
    }
    return hl_script_run(script, "-e", text, size);
}

static int load_model(struct hl_script *script, const char *file)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    gsize size;

    hl_script_add_source(script, file);
    if (!g_file_get_contents(file, &text, &size, &error)) {
        hl_log(script->engine, HL_ERROR, "models %s", error->message);
        return -ENOENT;
    }
    return hl_script_run_with(script, file, text, size, take_models);
}

static int compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool hl_load_is_model(const char *name)
{
    return g_str_has_suffix(name, ".lua") && name[0] != '.' &&
           !g_str_has_suffix(name, "_spec.lua");
}

GPtrArray *hl_load_list_models(const char *folder, GError **error)
{
    GDir *dir = g_dir_open(folder, 0, error);
    GPtrArray *files;
    const char *name;

    if (!dir) {
        return NULL;
    }
    files = g_ptr_array_new_with_free_func(g_free);
    while ((name = g_dir_read_name(dir))) {
        if (hl_load_is_model(name)) {
            g_ptr_array_add(files, g_build_filename(folder, name, NULL));
        }
    }
    g_dir_close(dir);
    g_ptr_array_sort(files, compare);
    return files;
}

int hl_load_models(struct hl_script *script, const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) files = hl_load_list_models(folder, &error);
    int result = 0;

    if (!files) {
        hl_log(script->engine, HL_ERROR, "models: %s", error->message);
        return -ENOENT;
    }
    if (files->len == 0) {
        hl_log(script->engine, HL_WARN, "models: there is no .lua file in %s",
               folder);
    }
    for (guint i = 0; i < files->len && result == 0; i++) {
        result = load_model(script, files->pdata[i]);
    }
    return result;
}

/* A large one: some 100,000 files. */
#define CONFIG_SECONDS 30

struct config {
    const char *name;
    const char *text;
    size_t size;
};

/* (config) */
static int load_config(lua_State *L)
{
    const struct config *config = lua_touserdata(L, 1);

    push_function(L, "hyperlua.config", "load");
    lua_pushstring(L, config->name);
    lua_pushlstring(L, config->text, config->size);
    lua_call(L, 2, 2);
    return lua_isnil(L, -2) ? lua_error(L) : 0;
}

int hl_load_config_text(struct hl_script *script, const char *name,
                        const char *text, size_t size)
{
    struct config config = { name, text, size };

    return hl_script_protect(script, load_config, &config, CONFIG_SECONDS);
}

int hl_load_config(struct hl_script *script, const char *file)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    gsize size;

    hl_script_add_source(script, file);
    if (!g_file_get_contents(file, &text, &size, &error)) {
        hl_log(script->engine, HL_ERROR, "config %s", error->message);
        return -ENOENT;
    }
    return hl_load_config_text(script, file, text, size);
}

static int load_recorder(lua_State *L)
{
    push_function(L, "hyperlua.missing", "record");
    lua_call(L, 0, 0);
    return 0;
}

static int adopt_made(lua_State *L)
{
    push_function(L, "hyperlua.missing", "adopt");
    lua_call(L, 0, 0);
    return 0;
}

int hl_load_made(struct hl_script *script)
{
    return hl_script_protect(script, adopt_made, NULL, 1);
}

int hl_load_recorder(struct hl_script *script)
{
    return hl_script_protect(script, load_recorder, NULL, 1);
}

static int load_source(struct hl_script *script,
                       const struct hl_script_source *source)
{
    return source->is_eval ? hl_load_eval(script, source->file)
                           : hl_script_load(script, source->file);
}

int hl_load_all(struct hl_script *script, const struct hl_sources *sources,
                char **failed)
{
    for (guint i = 0; i < sources->count; i++) {
        const struct hl_script_source *source = &sources->scripts[i];

        if (load_source(script, source) != 0) {
            *failed = source->is_eval
                          ? g_strdup("the Lua of -e")
                          : g_strdup_printf("script %s", source->file);
            return -EINVAL;
        }
    }
    if (sources->models && hl_load_models(script, sources->models) != 0) {
        *failed = g_strdup_printf("models %s", sources->models);
        return -EINVAL;
    }
    if (sources->config && hl_load_config(script, sources->config) != 0) {
        *failed = g_strdup_printf("config %s", sources->config);
        return -EINVAL;
    }
    if (script->engine->results && hl_load_recorder(script) != 0) {
        *failed = g_strdup("the recorder");
        return -EINVAL;
    }
    return hl_load_made(script);
}

static int unload(lua_State *L)
{
    push_function(L, "hyperlua.unload", "run");
    lua_call(L, 0, 0);
    return 0;
}

void hl_load_unload(struct hl_script *script)
{
    hl_script_protect(script, unload, NULL, 1);
}
