/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Models from files that are not scripts by themselves.  Before any guest
 * runs, without engine->lock.  0 or -errno; errors were logged.
 */
#ifndef HL_LOAD_H
#define HL_LOAD_H

#include "engine.h"

/* A script that a command line gave as text: errors name it -e. */
int hl_load_eval(struct hl_engine *engine, const char *file);

/* Each NAME.lua in the folder, by name: it returns { [path] = model }. */
int hl_load_models(struct hl_engine *engine, const char *folder);

/* A YAML file in Penguin's schema. */
int hl_load_config(struct hl_engine *engine, const char *file);

/* As hl_load_config, with the text given. */
int hl_load_config_text(struct hl_engine *engine, const char *name,
                        const char *text, size_t size);

/* Has the guest's failing opens and ioctls recorded: results are there. */
int hl_load_recorder(struct hl_engine *engine);

#endif
