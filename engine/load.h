/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a script's state is made of, besides script files.  0 or -errno; errors
 * were logged.
 */
#ifndef HL_LOAD_H
#define HL_LOAD_H

#include "script.h"

/* Everything that a version is made of; NULL and empty: there is none. */
struct hl_sources {
    const struct hl_script_source *scripts;
    guint count;
    const char *models;         /* folder */
    const char *config;         /* YAML file */
};

struct hl_script_source {
    const char *file;
    bool is_eval;               /* Lua of a command line: no file of a user's */
};

/*
 * Scripts first: YAML may name their functions.  Stops at the first that fails,
 * and gives its name in *failed: "script raeth.lua".
 */
int hl_load_all(struct hl_script *script, const struct hl_sources *sources,
                char **failed);

/* Calls what the script gave hl.on_unload; errors were logged. */
void hl_load_unload(struct hl_script *script);

/* A script that a command line gave as text: errors name it -e. */
int hl_load_eval(struct hl_script *script, const char *file);

/* A file of the models folder: Lua, but not a spec, which is busted's. */
bool hl_load_is_model(const char *name);

/* Paths of the folder's, sorted, to be unreferenced; or NULL. */
GPtrArray *hl_load_list_models(const char *folder, GError **error);

/* Each NAME.lua in the folder, by name: it returns { [path] = model }. */
int hl_load_models(struct hl_script *script, const char *folder);

/* A YAML file in Penguin's schema. */
int hl_load_config(struct hl_script *script, const char *file);

/* As hl_load_config, with the text given. */
int hl_load_config_text(struct hl_script *script, const char *name,
                        const char *text, size_t size);

/* The files that the version before made for its patterns. */
int hl_load_made(struct hl_script *script);

/* Has the guest's failing opens and ioctls recorded: results are there. */
int hl_load_recorder(struct hl_script *script);

#endif
