/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See reload.h.  Called by plugin.c at the start, then by watch.c's thread. */
#include "reload.h"

#include "heap.h"
#include "log.h"
#include "swap.h"

struct hl_reload {
    struct hl_engine *engine;
    struct hl_sources sources;
    struct hl_script_source *scripts;   /* those of sources */
    GPtrArray *files;                   /* of the last attempt */
    bool serves;                        /* a version has been loaded */
};

struct hl_reload *hl_reload_new(struct hl_engine *engine,
                                const struct hl_sources *sources)
{
    struct hl_reload *reload = g_new0(struct hl_reload, 1);

    reload->engine = engine;
    reload->scripts = g_new0(struct hl_script_source, sources->count);
    for (guint i = 0; i < sources->count; i++) {
        reload->scripts[i] = (struct hl_script_source){
            g_strdup(sources->scripts[i].file), sources->scripts[i].is_eval,
        };
    }
    reload->sources = (struct hl_sources){
        .scripts = reload->scripts,
        .count = sources->count,
        .models = g_strdup(sources->models),
        .config = g_strdup(sources->config),
    };
    reload->files = g_ptr_array_new_with_free_func(g_free);
    return reload;
}

void hl_reload_free(struct hl_reload *reload)
{
    for (guint i = 0; i < reload->sources.count; i++) {
        g_free((char *)reload->scripts[i].file);
    }
    g_free(reload->scripts);
    g_free((char *)reload->sources.models);
    g_free((char *)reload->sources.config);
    g_ptr_array_unref(reload->files);
    g_free(reload);
}

const GPtrArray *hl_reload_files(const struct hl_reload *reload)
{
    return reload->files;
}

const struct hl_sources *hl_reload_sources(const struct hl_reload *reload)
{
    return &reload->sources;
}

struct hl_engine *hl_reload_engine(const struct hl_reload *reload)
{
    return reload->engine;
}

/* Also of what failed: what it lacked may come. */
static void take_files(struct hl_reload *reload,
                       const struct hl_script *script)
{
    g_ptr_array_set_size(reload->files, 0);
    for (guint i = 0; i < script->sources->len; i++) {
        g_ptr_array_add(reload->files, g_strdup(script->sources->pdata[i]));
    }
}

static void give_up(struct hl_reload *reload, struct hl_script *script,
                    const char *failed)
{
    g_mutex_lock(&reload->engine->lock);
    hl_script_unuse(script);
    g_mutex_unlock(&reload->engine->lock);
    if (reload->serves) {
        hl_log(reload->engine, HL_ERROR, "not reloaded (%s): version %u serves "
               "on", failed, reload->engine->versions);
    }
}

int hl_reload_run(struct hl_reload *reload, char **failed)
{
    struct hl_engine *engine = reload->engine;
    struct hl_script *script = hl_script_new(engine);
    int result = hl_load_all(script, &reload->sources, failed);

    take_files(reload, script);
    if (result == 0) {
        hl_heap_settle(script);
        g_mutex_lock(&engine->lock);
        hl_swap_begin(engine, script);
        g_mutex_unlock(&engine->lock);
        reload->serves = true;
    } else {
        give_up(reload, script, *failed);
    }
    hl_scripts_bury(engine);
    return result;
}
