/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entry point for QEMU: checks what it offers, reads the arguments, loads
 * the scripts, and registers the one callback that everything starts from.
 * Each refusal is one line on stderr and a failed start of QEMU.
 */
#include <stdio.h>

#include "console/console.h"
#include "doorbell.h"
#include "faults.h"
#include "host.h"
#include "load.h"
#include "log.h"
#include "record/record.h"
#include "reload.h"
#include "results/results.h"
#include "watch.h"

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id id, const struct qemu_info *info,
                        int argc, char **argv);

static struct hl_host host;

static int refuse(const char *format, ...) G_GNUC_PRINTF(1, 2);

static int refuse(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("hyperlua: error: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return -1;
}

static void append_name(const char *name, void *text)
{
    g_string_append_printf(text, "%s%s", ((GString *)text)->len ? ", " : "",
                           name);
}

static void refuse_target(const char *name)
{
    g_autoptr(GString) names = g_string_new(NULL);

    hl_target_each_name(append_name, names);
    refuse("no doorbell is known for QEMU's target '%s': there are %s", name,
           names->str);
}

static const struct hl_target *check_qemu(const struct qemu_info *info)
{
    const struct hl_target *target;

    if (qemu.missing) {
        refuse("this QEMU's plugin API, version %d, is too old (it lacks %s): "
               "use QEMU 10.1 or newer, or the one that guest/setup builds",
               info->version.cur, qemu.missing);
        return NULL;
    }
    if (!info->system_emulation) {
        refuse("this is QEMU's user-mode emulation, which runs no kernel: use "
               "qemu-system-%s", info->target_name);
        return NULL;
    }
    target = hl_target_find(info->target_name);
    if (!target) {
        refuse_target(info->target_name);
    }
    return target;
}

/* Why it did not load is in the log, which may be a file. */
static int not_loaded(const struct hl_options *options, const char *failed)
{
    return options->out ? refuse("%s did not load: see %s/hyperlua.log",
                                 failed, options->out) : -1;
}

static int load(struct hl_engine *engine, const struct hl_options *options)
{
    const struct hl_sources sources = {
        .scripts = (const struct hl_script_source *)options->scripts->data,
        .count = options->scripts->len,
        .models = options->models,
        .config = options->config,
    };
    struct hl_reload *reload = hl_reload_new(engine, &sources);
    g_autofree char *problem = NULL;

    if (hl_reload_run(reload, &problem) != 0) {
        return not_loaded(options, problem);
    }
    if (options->reload && !hl_watch_start(reload, &problem)) {
        return refuse("%s", problem);
    }
    return 0;
}

static int open_results(struct hl_engine *engine,
                        const struct hl_options *options)
{
    g_autofree char *error = NULL;

    if (options->log_file) {
        engine->results = hl_results_new(engine->target, options->log_file,
                                         &error);
        if (!engine->results) {
            return refuse("%s", error);
        }
    }
    if (options->record) {
        engine->record = hl_record_new(engine->target, options->record,
                                       options->record_limit, &error);
        if (!engine->record) {
            return refuse("record %s", error);
        }
    }
    return 0;
}

/* Last: from here on nothing fails, and the socket's file goes at exit. */
static int open_console(struct hl_engine *engine,
                        const struct hl_options *options)
{
    g_autofree char *error = NULL;

    if (options->console &&
        hl_console_open(engine->console, options->console, &error) != 0) {
        return refuse("%s", error);
    }
    return 0;
}

/*
 * QEMU ends.  Its vCPUs are paused, or one may be stuck in the middle of a
 * request, waiting for what this thread holds: so it is not waited for long.
 */
static bool lock_for_exit(struct hl_engine *engine)
{
    for (int ms = 0; ms < 1000; ms++) {
        if (g_mutex_trylock(&engine->lock)) {
            return true;
        }
        g_usleep(1000);
    }
    return false;
}

static void at_exit(struct hl_engine *engine)
{
    g_autofree char *error = NULL;

    if (engine->console) {
        hl_console_leave(engine->console);
    }
    if (!lock_for_exit(engine)) {
        return;
    }
    hl_load_unload(engine->script);
    hl_faults_say(engine->script->faults);
    if (engine->results && !hl_results_write(engine->results, &error)) {
        hl_log(engine, HL_ERROR, "%s", error);
    }
    if (engine->results) {
        hl_results_flush(engine->results);
    }
    hl_record_flush(engine);
    g_mutex_unlock(&engine->lock);
}

static void at_exit_7(void *engine)
{
    at_exit(engine);
}

static void at_exit_6(qemu_plugin_id id, void *engine)
{
    at_exit(engine);
}

/* API 7 gives user data, before it the plugin's id came first. */
static void translated_7(struct qemu_plugin_tb *tb, void *user)
{
    hl_doorbell_translated(tb);
}

static void translated_6(qemu_plugin_id id, struct qemu_plugin_tb *tb)
{
    hl_doorbell_translated(tb);
}

int qemu_plugin_install(qemu_plugin_id id, const struct qemu_info *info,
                        int argc, char **argv)
{
    const struct hl_target *target = check_qemu(info);
    struct hl_options options;
    struct hl_engine *engine;
    g_autofree char *error = NULL;

    if (!target) {
        return -1;
    }
    if (hl_options_parse(&options, argc, argv, &error) != 0 ||
        hl_host_open(&host, &options, &error) != 0) {
        return refuse("%s", error);
    }
    engine = hl_engine_new(target, &hl_host_ops, &host);
    if (options.console) {
        engine->console = hl_console_new(engine);
    }
    if (open_results(engine, &options) != 0 || load(engine, &options) != 0 ||
        open_console(engine, &options) != 0) {
        return -1;
    }
    hl_options_clear(&options);
    hl_doorbell_start(engine, (unsigned)info->system.max_vcpus);
    qemu.register_atexit_cb(id, qemu.version >= HL_QEMU_API_USERDATA
                                    ? (void *)at_exit_7 : (void *)at_exit_6,
                            engine);
    qemu.register_vcpu_tb_trans_cb(id, qemu.version >= HL_QEMU_API_USERDATA
                                           ? (void *)translated_7
                                           : (void *)translated_6, NULL);
    return 0;
}
