/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that scripts and YAML model.
 *
 * A behaviour is a script's: how one path answers.  A file is what the guest
 * has of it; it stays when another behaviour takes its place, be it a later one
 * of the same script or that of another version.  All under engine->lock.
 */
#ifndef HL_FILE_H
#define HL_FILE_H

#include "engine.h"
#include "model.h"

struct hl_script;

/* Who answers an operation: a default model, a Lua function, or nobody. */
struct hl_answerer {
    struct hl_model *model;     /* kept alive by ref */
    int ref;                    /* in Lua's registry, or LUA_NOREF: nobody */
};

struct hl_behaviour {
    struct hl_script *script;   /* or NULL: that of files nobody models */
    uint32_t id;                /* in the script */
    unsigned holders;           /* the script's table, files and tasks */
    struct hl_file *file;       /* whose it is now, or NULL */
    bool pattern;               /* stands for the paths that it matches */
    bool of_pattern;            /* was made for one, when a program looked */
    bool quiet;                 /* no word of what nobody models */
    bool recorded;              /* the recording has its node */
    char *path;
    char *origin;               /* "watchdog.lua:12", for messages */
    int object_ref;             /* what the script holds of it */
    struct hl_answerer op[HYP_FILE_OPS_COUNT];
    GHashTable *ioctls;         /* command -> struct hl_answerer *, or NULL */
    bool keeps_writes;
    int64_t size;               /* -1: not known */
    uint32_t mode;              /* permission bits */
    enum hl_node_seek seek;
    uint32_t flags;             /* HL_NODE_* */
    uint32_t major;             /* what stat says of a device; 0: its own */
    uint32_t minor;
    uint32_t map_size;
    GBytes *map_bytes;          /* to go to the guest's buffer, or NULL */
    int states_ref;             /* table: handle -> file.state; or LUA_NOREF */
    uint32_t states;            /* how many it has */
    uint64_t requests;          /* that it had to answer; */
    uint64_t errors;            /* of those, handlers that failed */
};

struct hl_file {
    struct hl_item item;        /* first: what the guest has of it */
    uint32_t id;
    unsigned holders;           /* the table, and tasks */
    bool in_table;
    GList *order;               /* its place in the table's order */
    bool placed;                /* false: only the guest named it */
    char *path;
    struct hl_behaviour *now;   /* held, and its script used */
    uint32_t map_sent;          /* of now's map_bytes */
    uint32_t told;              /* bytes of it in the last op, 0: a wake */
    bool wake;                  /* pollers are to be told */
    GByteArray *written;        /* what the guest wrote, when it is kept */
    uint64_t *kept;             /* the engine's, of all files together */
    uint32_t warned;            /* a bit per operation that nobody models */
    struct hl_node_spec *spec;  /* as it went out, or NULL */
};

struct hl_files *hl_files_new(void);
void hl_files_free(struct hl_files *files);

/* NULL: there is none of that id or path.  A path may match a pattern. */
struct hl_file *hl_file_find(struct hl_engine *engine, uint32_t id);
struct hl_file *hl_file_find_path(struct hl_engine *engine, const char *path);
struct hl_file *hl_file_match(struct hl_engine *engine, const char *path);

/*
 * The file of its path, made if need be, answers that way from now on, and the
 * guest is told.  When it takes the place of another version's behaviour, what
 * the guest wrote and the states of open files go on.
 */
void hl_file_adopt(struct hl_engine *engine, struct hl_behaviour *behaviour);
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

/* In the order in which they were made; the count is without patterns. */
uint32_t hl_files_count(const struct hl_engine *engine);
void hl_files_each(struct hl_engine *engine,
                   bool (*each)(struct hl_file *file, void *user), void *user);

/* --- behaviours ----------------------------------------------------------- */

/* Without anything that answers, and in no table. */
struct hl_behaviour *hl_behaviour_new(struct hl_script *script,
                                      const char *path, const char *origin);

/*
 * It is the script's for its path from now on; a live script's file adopts it.
 */
void hl_behaviour_add(struct hl_behaviour *behaviour);

/* NULL: the script has none of that id or path (any more). */
struct hl_behaviour *hl_behaviour_find(const struct hl_script *script,
                                       uint32_t id);
struct hl_behaviour *hl_behaviour_find_path(const struct hl_script *script,
                                            const char *path);

/* The script has it no more, nor the guest. */
void hl_behaviour_remove(struct hl_behaviour *behaviour);

/* It has left its file: the script's table lets it go. */
void hl_behaviour_forget(struct hl_behaviour *behaviour);

/* A task holds it beyond that. */
void hl_behaviour_hold(struct hl_behaviour *behaviour);
void hl_behaviour_let_go(struct hl_behaviour *behaviour);

/* Of a script that closes: its behaviours' memory, not what Lua had of them. */
void hl_behaviours_drop(struct hl_script *script);

/* The answerer of a command: its own, or that of "*". */
const struct hl_answerer *
hl_behaviour_ioctl(const struct hl_behaviour *behaviour, uint32_t cmd);

#endif
