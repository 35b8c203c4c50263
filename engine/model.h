/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A default model answers one operation of a file, in C.  Scripts make them
 * with hl.models.NAME(...), YAML with `model: NAME`; either way the arguments
 * arrive as a Lua table.  engine/models/ holds one kind a file.
 * All under engine->lock.
 */
#ifndef HL_MODEL_H
#define HL_MODEL_H

#include <lua.h>

#include "abi/hyperfile.h"
#include "engine.h"

struct hl_file;

/* One operation of the guest on a file, and its answer. */
struct hl_file_request {
    enum hyperfs_file_ops op;
    struct hl_file *file;
    uint32_t pid;               /* 0 when the guest did not say */
    uint32_t tid;
    char comm[HL_COMM_SIZE + 1];
    uint64_t handle;
    uint32_t open_flags;
    bool compat;
    uint64_t length;            /* READ, WRITE: at most HYP_LENGTH_MAX */
    int64_t offset;             /* may be negative */
    const uint8_t *data;        /* WRITE: length bytes */
    uint32_t cmd;               /* IOCTL */
    uint64_t arg;

    int64_t retval;             /* for the guest: a count or -errno */
    /* READ: bytes for the guest, at most length of them. */
    const uint8_t *reply;
    size_t reply_size;
    int64_t size;               /* GETATTR */
    /* IOCTL: to be written at arg before it returns. */
    const uint8_t *user;
    size_t user_size;
    bool unhandled;             /* nobody modelled this: to be listed */
    /* For a reply that has no memory of its own; lives as long as needed. */
    GByteArray *scratch;
};

struct hl_model {
    const struct hl_model_type *type;
};

struct hl_model_type {
    const char *name;           /* as in hl.models.NAME and in YAML */
    enum hyperfs_file_ops op;
    /* The keys of its arguments, NULL-terminated; others are refused. */
    const char *const *keys;
    /*
     * args is the stack index of a table.  Raises a text that begins with the
     * key when a value does not fit: "val: a string is expected, not nil".
     * model is zeroed, and cleared even when this raised.
     */
    void (*init)(lua_State *L, int args, struct hl_model *model);
    size_t size;                /* of the struct that begins with hl_model */
    void (*answer)(struct hl_model *model, struct hl_file_request *request);
    void (*clear)(struct hl_model *model);      /* may be NULL */
    /* READ: how many bytes the file has; NULL: that is not known. */
    int64_t (*file_size)(const struct hl_model *model);
    /* READ: what the guest writes is to be kept in file->written. */
    bool keeps_writes;
    /* Bytes that Lua's collector does not see; NULL: hardly any. */
    size_t (*memory)(const struct hl_model *model);
    /*
     * What is wrong already, though it may mend itself; NULL: nothing.  The
     * text is pushed.  May be NULL.
     */
    const char *(*problem)(lua_State *L, const struct hl_model *model);
};

/* NULL-terminated. */
extern const struct hl_model_type *const hl_model_types[];

const struct hl_model_type *hl_model_type_find(enum hyperfs_file_ops op,
                                               const char *name);

/* --- for models ----------------------------------------------------------- */

/* The guest reads from these bytes, which are the whole file. */
void hl_model_answer_bytes(struct hl_file_request *request,
                           const uint8_t *bytes, size_t size);

/* A value of args, of any type; pushed, and its Lua type given. */
int hl_model_arg(lua_State *L, int args, const char *key);

/* A string (an integer is made one), or NULL when it is not there. */
const char *hl_model_arg_text(lua_State *L, int args, const char *key,
                              size_t *size);
lua_Integer hl_model_arg_integer(lua_State *L, int args, const char *key,
                                 lua_Integer otherwise);
bool hl_model_arg_boolean(lua_State *L, int args, const char *key);

/* The path of a host file; raises when it is missing. */
const char *hl_model_arg_filename(lua_State *L, int args);

/* Raises "key: expected, not <type of the value on top>". */
void hl_model_arg_error(lua_State *L, const char *key, const char *expected);

/* What the guest wrote: bytes of one file, and of all files together. */
#define HL_WRITTEN_MAX (16 << 20)
#define HL_KEPT_MAX (64 << 20)
/* 0; or -EFBIG or -ENOSPC: it would go beyond, and nothing is kept of it. */
int hl_file_keep_write(struct hl_file *file, const uint8_t *data,
                       uint64_t length, int64_t offset);
void hl_file_forget_written(struct hl_file *file);

#endif
