/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes and unmakes an engine.  One thread, before and after all others. */
#include "engine.h"

#include "hook.h"
#include "script.h"
#include "task.h"

struct hl_engine *hl_engine_new(const struct hl_target *target,
                                const struct hl_host_ops *host_ops,
                                void *host)
{
    struct hl_engine *engine = g_new0(struct hl_engine, 1);

    engine->target = target;
    engine->host_ops = host_ops;
    engine->host = host;
    g_mutex_init(&engine->lock);
    engine->hooks = hl_hooks_new();
    engine->tasks = hl_tasks_new();
    engine->script = hl_script_new(engine);
    return engine;
}

void hl_engine_free(struct hl_engine *engine)
{
    /* Finalizers run when the Lua state closes, and may use the tables. */
    hl_tasks_drop_all(engine);
    hl_script_free(engine->script);
    hl_tasks_free(engine->tasks);
    hl_hooks_free(engine->hooks);
    g_mutex_clear(&engine->lock);
    g_free(engine);
}
