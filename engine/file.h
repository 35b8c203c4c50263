/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that scripts and YAML model.  All under engine->lock. */
#ifndef HL_FILE_H
#define HL_FILE_H

#include "engine.h"
#include "model.h"

/* Who answers an operation: a default model, a Lua function, or nobody. */
struct hl_answerer {
    struct hl_model *model;     /* kept alive by ref */
    int ref;                    /* in Lua's registry, or LUA_NOREF: nobody */
};

struct hl_file {
    struct hl_item item;        /* first: what the guest has of it */
    uint32_t id;
    uint32_t generation;        /* how often it was modelled */
    unsigned holders;           /* the table, and tasks */
    bool in_table;
    GList *order;               /* its place in the table's order */
    bool placed;                /* false: only the guest named it */
    bool pattern;               /* stands for the paths that it matches */
    char *path;
    char *origin;               /* "watchdog.lua:12", for messages */
    int object_ref;             /* what the script holds of it */
    struct hl_answerer op[HYP_FILE_OPS_COUNT];
    GHashTable *ioctls;         /* command -> struct hl_answerer *, or NULL */
    int64_t size;               /* -1: not known */
    uint32_t mode;              /* permission bits */
    enum hl_node_seek seek;
    uint32_t flags;             /* HL_NODE_* */
    uint32_t major;             /* what stat says of a device; 0: its own */
    uint32_t minor;
    uint32_t map_size;
    GBytes *map_bytes;          /* to go to the guest's buffer, or NULL */
    uint32_t map_sent;
    uint32_t told;              /* bytes of it in the last op, 0: a wake */
    bool wake;                  /* pollers are to be told */
    bool keeps_writes;
    GByteArray *written;        /* what the guest wrote, when it is kept */
    uint64_t *kept;             /* the engine's, of all files together */
    uint32_t warned;            /* a bit per operation that nobody models */
    struct hl_node_spec *spec;  /* as it goes out, or NULL */
    int states_ref;             /* table: handle -> file.state; or LUA_NOREF */
    uint32_t states;            /* how many it has */
};

struct hl_files *hl_files_new(void);
void hl_files_free(struct hl_files *files);

/* NULL: there is none of that id or path.  A path may match a pattern. */
struct hl_file *hl_file_find(struct hl_engine *engine, uint32_t id);
struct hl_file *hl_file_find_path(struct hl_engine *engine, const char *path);
struct hl_file *hl_file_match(struct hl_engine *engine, const char *path);

/*
 * The file of that path, made if need be, without any model: what it had is
 * dropped.  It is to be filled, and then hl_file_place()d.
 */
struct hl_file *hl_file_renew(struct hl_engine *engine, const char *path,
                              const char *origin);
/* Tells the guest, unless it is a pattern. */
void hl_file_place(struct hl_engine *engine, struct hl_file *file);
void hl_file_remove(struct hl_engine *engine, struct hl_file *file);

/* Who polls it is to poll anew. */
void hl_file_wake(struct hl_engine *engine, struct hl_file *file);

/*
 * One that only the guest named, without models.  From some number on all are
 * one, with a path that is not theirs.
 */
struct hl_file *hl_file_unknown(struct hl_engine *engine, const char *path);

/* The guest started anew: no file of it is open. */
void hl_files_forget_guest(struct hl_engine *engine);

void hl_file_hold(struct hl_file *file);
void hl_file_let_go(struct hl_engine *engine, struct hl_file *file);

/* In the order in which they were made, those that are no patterns. */
uint32_t hl_files_count(const struct hl_engine *engine);
void hl_files_each(struct hl_engine *engine,
                   bool (*each)(struct hl_file *file, void *user), void *user);

/* The answerer of a command: its own, that of "*", or NULL. */
struct hl_answerer *hl_file_ioctl(struct hl_file *file, uint32_t cmd);

#endif
