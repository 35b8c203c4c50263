/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes and unmakes an engine.  One thread, before and after all others. */
#include "engine.h"

#include "console/console.h"
#include "file.h"
#include "hook.h"
#include "persist.h"
#include "proto.h"
#include "record/record.h"
#include "results/results.h"
#include "script.h"
#include "spawn.h"
#include "task.h"
#include "waker.h"

struct hl_engine *hl_engine_new(const struct hl_target *target,
                                const struct hl_host_ops *host_ops,
                                void *host)
{
    struct hl_engine *engine = g_new0(struct hl_engine, 1);

    engine->target = target;
    engine->host_ops = host_ops;
    engine->host = host;
    engine->direct = target->direct_reads;
    g_mutex_init(&engine->lock);
    engine->written = g_byte_array_new();
    engine->scratch = g_byte_array_new();
    engine->sites = hl_sites_new();
    engine->persist = hl_persist_new();
    engine->protos = hl_protos_new();
    engine->files = hl_files_new();
    engine->tasks = hl_tasks_new();
    engine->spawns = hl_spawns_new(engine);
    engine->waker = hl_waker_new(engine);
    engine->script = hl_script_new(engine);
    engine->script->stage = HL_LIVE;
    engine->script->unlocked = false;
    return engine;
}

void hl_engine_free(struct hl_engine *engine)
{
    if (engine->console) {
        hl_console_close(engine->console);
    }
    /* Finalizers run when a Lua state closes, and may use the tables. */
    hl_tasks_drop_all(engine);
    while (engine->scripts.head) {
        struct hl_script *script = engine->scripts.head->data;

        hl_spawns_drop(script);
        hl_script_free(script);
    }
    g_queue_clear(&engine->buried);
    lua_close(engine->persist);
    hl_tasks_free(engine->tasks);
    hl_sites_free(engine->sites);
    hl_protos_free(engine->protos);
    hl_files_free(engine->files);
    hl_spawns_free(engine->spawns);
    hl_waker_free(engine->waker);
    if (engine->results) {
        hl_results_free(engine->results);
    }
    hl_record_free(engine->record);
    if (engine->console) {
        hl_console_free(engine->console);
    }
    g_byte_array_unref(engine->written);
    g_byte_array_unref(engine->scratch);
    g_mutex_clear(&engine->lock);
    g_free(engine);
}
