/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the Lua state: the standard libraries, the modules in lua/ (compiled
 * into the engine, so that the plugin is one file), and the C bindings.
 */
#include "script.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "coroutine.h"
#include "embedded.h"
#include "faults.h"
#include "file.h"
#include "heap.h"
#include "hook.h"
#include "log.h"
#include "lua_core.h"
#include "lua_yaml.h"
#include "spawn.h"
#include "task.h"

static int load_embedded(lua_State *L)
{
    const struct hl_embedded *module = lua_touserdata(L, lua_upvalueindex(1));

    if (luaL_loadbuffer(L, module->text, module->size, module->chunk)) {
        return lua_error(L);
    }
    lua_pushstring(L, module->name);
    lua_call(L, 1, 1);
    return 1;
}

static void preload(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (const struct hl_embedded *m = hl_embedded; m->name; m++) {
        lua_pushlightuserdata(L, (void *)m);
        lua_pushcclosure(L, load_embedded, 1);
        lua_setfield(L, -2, m->name);
    }
    lua_pushcfunction(L, hl_open_core);
    lua_setfield(L, -2, "hyperlua.core");
    lua_pushcfunction(L, hl_open_yaml);
    lua_setfield(L, -2, "hyperlua.yaml");
    lua_pop(L, 1);
}

static bool find_module(struct hl_script *script, const char *name, char *path,
                        size_t size)
{
    static const char *const forms[] = { "%s/%s.lua", "%s/%s/init.lua" };
    g_auto(GStrv) parts = g_strsplit(name, ".", -1);
    g_autofree char *relative = g_strjoinv("/", parts);

    for (guint i = 0; i < script->folders->len; i++) {
        for (size_t form = 0; form < G_N_ELEMENTS(forms); form++) {
            g_snprintf(path, size, forms[form], script->folders->pdata[i],
                       relative);
            hl_script_add_source(script, path);
            if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
                return true;
            }
        }
    }
    return false;
}

/* package.searchers: modules in the folders of the scripts. */
static int search_folders(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    char path[4096];

    if (!find_module(hl_script_of(L), name, path, sizeof(path))) {
        lua_pushfstring(L, "no '%s' in the scripts' folders", name);
        return 1;
    }
    if (luaL_loadfile(L, path) != LUA_OK) {
        return lua_error(L);
    }
    lua_pushstring(L, path);
    return 2;
}

/* Second, after what is preloaded and before Lua's own paths. */
static void add_searcher(lua_State *L)
{
    lua_getglobal(L, "table");
    lua_getfield(L, -1, "insert");
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    lua_replace(L, -2);
    lua_pushinteger(L, 2);
    lua_pushcfunction(L, search_folders);
    lua_call(L, 3, 0);
    lua_pop(L, 1);
}

/* Lua's warnings: an error in a finalizer, and what scripts `warn`. */
static void warned(void *user, const char *text, int goes_on)
{
    struct hl_script *script = user;

    g_string_append(script->warning, text);
    if (!goes_on) {
        hl_log_text(script->engine, HL_WARN, script->warning->str,
                    script->warning->len);
        g_string_truncate(script->warning, 0);
    }
}

/* Runs with the libraries open: wraps coroutine.* and print. */
static int prepare(lua_State *L)
{
    luaL_openlibs(L);
    preload(L);
    add_searcher(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "hyperlua");
    lua_call(L, 1, 0);
    return 0;
}

/*
 * Of a handler, between two waits; hl.budget sets it.  No machine does so many
 * instructions in that time: which of the two ends a handler is no race.
 */
#define BUDGET_MS 100
#define BUDGET_INSTRUCTIONS 1000000000

G_GNUC_NORETURN static int panic(lua_State *L)
{
    const char *message = lua_tostring(L, -1);

    g_error("hyperlua: an error outside of a protected call: %s",
            message ? message : "?");
}

static lua_State *new_state(struct hl_script *script)
{
    lua_State *L = hl_heap_new_state(script);

    lua_atpanic(L, panic);
    *(struct hl_script **)lua_getextraspace(L) = script;
    lua_setwarnf(L, warned, script);
    return L;
}

struct hl_script *hl_script_new(struct hl_engine *engine)
{
    struct hl_script *script = g_new0(struct hl_script, 1);

    script->engine = engine;
    script->stage = HL_LOADING;
    script->unlocked = true;
    script->users = 1;
    script->all.data = script;
    g_mutex_lock(&engine->lock);
    g_queue_push_tail_link(&engine->scripts, &script->all);
    g_mutex_unlock(&engine->lock);
    script->budget_ms = BUDGET_MS;
    script->budget_instructions = BUDGET_INSTRUCTIONS;
    script->memory_max = HL_HEAP_MAX;
    script->faults = hl_faults_new(engine);
    script->hooks = g_hash_table_new(NULL, NULL);
    script->behaviours = g_hash_table_new(NULL, NULL);
    script->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    script->sources = g_ptr_array_new_with_free_func(g_free);
    script->folders = g_ptr_array_new_with_free_func(g_free);
    script->warning = g_string_new(NULL);
    script->L = new_state(script);
    lua_pushcfunction(script->L, prepare);
    if (lua_pcall(script->L, 0, 0, 0)) {
        g_error("hyperlua: a built-in module: %s",
                lua_tostring(script->L, -1));
    }
    return script;
}

/* --- its end -------------------------------------------------------------- */

void hl_script_use(struct hl_script *script)
{
    script->users++;
}

void hl_script_unuse(struct hl_script *script)
{
    if (--script->users == 0) {
        g_queue_push_tail(&script->engine->buried, script);
    }
}

/* Finalizers run when the Lua state closes, and may use the rest. */
void hl_script_free(struct hl_script *script)
{
    struct hl_engine *engine = script->engine;

    script->unlocked = true;
    script->stage = HL_REPLACED;
    hl_heap_close(script);
    hl_faults_say(script->faults);
    hl_faults_free(script->faults);
    g_mutex_lock(&engine->lock);
    g_queue_unlink(&engine->scripts, &script->all);
    g_mutex_unlock(&engine->lock);
    hl_hooks_drop(script);
    hl_behaviours_drop(script);
    g_hash_table_unref(script->hooks);
    g_hash_table_unref(script->behaviours);
    g_hash_table_unref(script->by_path);
    g_ptr_array_free(script->sources, TRUE);
    g_ptr_array_free(script->folders, TRUE);
    g_string_free(script->warning, TRUE);
    g_free(script);
}

/* Closing takes as long as there is to collect: nobody is to wait for that. */
void hl_scripts_bury(struct hl_engine *engine)
{
    struct hl_script *script;

    do {
        g_mutex_lock(&engine->lock);
        script = g_queue_pop_head(&engine->buried);
        if (script) {
            hl_tasks_forget_script(engine, script);
            hl_spawns_drop(script);
        }
        g_mutex_unlock(&engine->lock);
        if (script) {
            hl_script_free(script);
        }
    } while (script);
}

/* --- the functions that it calls ------------------------------------------ */

/* Upvalue 1: the function itself. */
static int call_locked(lua_State *L)
{
    struct hl_script *script = hl_script_of(L);
    lua_CFunction function = lua_tocfunction(L, lua_upvalueindex(1));
    int status;

    if (!script->unlocked) {
        return function(L);
    }
    lua_pushcfunction(L, function);
    lua_insert(L, 1);
    g_mutex_lock(&script->engine->lock);
    script->unlocked = false;
    status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    script->unlocked = true;
    g_mutex_unlock(&script->engine->lock);
    return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

void hl_script_set_functions(lua_State *L, const luaL_Reg *functions)
{
    for (; functions->name; functions++) {
        lua_pushcfunction(L, functions->func);
        lua_pushcclosure(L, call_locked, 1);
        lua_setfield(L, -2, functions->name);
    }
}

void hl_script_check_may_add(lua_State *L, const char *function)
{
    if (hl_script_of(L)->stage == HL_REPLACED) {
        hl_coroutine_raise(L, "%s: another version of the scripts has taken "
                           "the place of this one", function);
    }
}

/* --- what it is made of --------------------------------------------------- */

void hl_script_add_source(struct hl_script *script, const char *file)
{
    if (!g_ptr_array_find_with_equal_func(script->sources, file, g_str_equal,
                                          NULL)) {
        g_ptr_array_add(script->sources, g_strdup(file));
    }
}

static void add_folder_of(struct hl_script *script, const char *file)
{
    char *folder = g_path_get_dirname(file);

    if (g_ptr_array_find_with_equal_func(script->folders, folder, g_str_equal,
                                         NULL)) {
        g_free(folder);
    } else {
        g_ptr_array_add(script->folders, folder);
    }
}

/*
 * A script's own folder is where its `require` looks first; then where it
 * really is, when it is a link.
 */
static void add_folder(struct hl_script *script, const char *file)
{
    char real[PATH_MAX];

    add_folder_of(script, file);
    if (realpath(file, real)) {
        add_folder_of(script, real);
    }
}

/* --- tracebacks ----------------------------------------------------------- */

static bool is_tail_call(const char *line)
{
    return g_str_has_prefix(line, "\t(...");
}

/* Also what luaL_traceback writes for the middle of a deep stack. */
static bool is_c(const char *line)
{
    return g_str_has_prefix(line, "\t[C]") || g_str_has_prefix(line, "\t...");
}

/*
 * Whether a script is to be blamed for the line: its own, or that of a C
 * function that it called.  A tail call belongs to the line before it.
 * lines[0] is the heading.
 */
static bool is_of_script(char **lines, guint i)
{
    while (is_tail_call(lines[i])) {
        i--;
    }
    while (lines[i] && (is_c(lines[i]) || is_tail_call(lines[i]))) {
        i++;
    }
    return lines[i] && !g_str_has_prefix(lines[i], "\thyperlua/");
}

/* Of the traceback the lines of scripts, "" when there are none. */
static char *script_lines(const char *traceback)
{
    g_auto(GStrv) lines = g_strsplit(traceback, "\n", -1);
    GString *text = g_string_new(NULL);

    for (guint i = 1; lines[0] && lines[i]; i++) {
        if (is_of_script(lines, i)) {
            g_string_append_printf(text, "%s\n%s",
                                   text->len == 0 ? "\nstack traceback:" : "",
                                   lines[i]);
        }
    }
    return g_string_free(text, FALSE);
}

/* A mistake is a script's: where our own modules noticed it does not help. */
static int add_traceback(lua_State *L)
{
    g_autofree char *lines = NULL;

    luaL_tolstring(L, 1, NULL);
    luaL_traceback(L, L, NULL, 1);
    lines = script_lines(lua_tostring(L, -1));
    lua_pushstring(L, lines);
    lua_replace(L, -2);
    lua_concat(L, 2);
    return 1;
}

/* --- running -------------------------------------------------------------- */

/* For a file to load, that is its top level. */
#define LOAD_SECONDS 1

struct source {
    const char *name;
    const char *text;
    size_t size;
    lua_CFunction take;         /* (result, name): what to do with it */
};

/* (result, file): for YAML that names the script as its plugin. */
static int keep_result(lua_State *L)
{
    g_autofree char *name = g_path_get_basename(lua_tostring(L, 2));
    char *dot = strrchr(name, '.');

    if (dot) {
        *dot = '\0';
    }
    luaL_getsubtable(L, LUA_REGISTRYINDEX, HL_SCRIPTS);
    if (lua_isnil(L, 1)) {
        lua_pushboolean(L, true);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_setfield(L, -2, name);
    return 0;
}

/* (source): loads and runs it. */
static int run_protected(lua_State *L)
{
    const struct source *source = lua_touserdata(L, 1);
    const char *text = source->text;
    size_t size = source->size;

    /* A first line for the shell is not Lua's; its newline keeps the count. */
    if (size > 0 && text[0] == '#') {
        size_t line = strcspn(text, "\n");

        text += line;
        size -= line;
    }
    lua_pushfstring(L, "@%s", source->name);
    if (luaL_loadbufferx(L, text, size, lua_tostring(L, -1), "t") != LUA_OK) {
        return lua_error(L);
    }
    lua_call(L, 0, 1);
    lua_pushcfunction(L, source->take);
    lua_insert(L, -2);
    lua_pushstring(L, source->name);
    lua_call(L, 2, 0);
    return 0;
}

int hl_script_protect(struct hl_script *script, lua_CFunction function,
                      void *argument, int seconds)
{
    lua_State *L = script->L;
    int status;

    lua_pushcfunction(L, add_traceback);
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, argument);
    hl_coroutine_allow(script, seconds * 1000);
    hl_coroutine_watch(L);
    status = lua_pcall(L, 1, 0, 1);
    lua_sethook(L, NULL, 0, 0);
    if (status != LUA_OK) {
        const char *message = lua_tostring(L, -1);
        bool is_memory = status == LUA_ERRMEM;

        hl_log(script->engine, HL_ERROR, "%s%s%s",
               is_memory ? hl_heap_refused(script) : "",
               message ? message : "an error without a text", is_memory
               ? ": the scripts may have no more (see hl.budget)" : "");
    }
    lua_settop(L, 0);
    return status == LUA_OK ? 0 : -EINVAL;
}

int hl_script_run_with(struct hl_script *script, const char *name,
                       const char *text, size_t size, lua_CFunction take)
{
    struct source source = { name, text, size, take };

    add_folder(script, name);
    return hl_script_protect(script, run_protected, &source, LOAD_SECONDS);
}

int hl_script_run(struct hl_script *script, const char *name, const char *text,
                  size_t size)
{
    return hl_script_run_with(script, name, text, size, keep_result);
}

int hl_script_load(struct hl_script *script, const char *file)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    gsize size;

    hl_script_add_source(script, file);
    if (!g_file_get_contents(file, &text, &size, &error)) {
        hl_log(script->engine, HL_ERROR, "script %s", error->message);
        return -ENOENT;
    }
    return hl_script_run(script, file, text, size);
}
