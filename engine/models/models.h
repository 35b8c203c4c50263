/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The default models, and what several of them share.  Their meanings are
 * those of the seed and of Penguin, where they are one to one.
 * All under engine->lock.
 */
#ifndef HL_MODELS_H
#define HL_MODELS_H

#include "file.h"
#include "model.h"

/*
 * X(operation, name): defined as hl_model_OPERATION_NAME in the file that is
 * named so, or after what a few of them have in common.  The first of a
 * type's keys is its main argument.
 */
#define HL_MODELS(X)                                                          \
    X(read, zero)                                                             \
    X(read, one)                                                              \
    X(read, empty)                                                            \
    X(read, const_buf)                                                        \
    X(read, cycle)                                                            \
    X(read, const_map)                                                        \
    X(read, const_map_file)                                                   \
    X(read, from_file)                                                        \
    X(read, stateful)                                                         \
    X(read, sequence)                                                         \
    X(read, default)                                                          \
    X(write, discard)                                                         \
    X(write, default)                                                         \
    X(write, to_file)                                                         \
    X(write, return_const)                                                    \
    X(write, unhandled)                                                       \
    X(ioctl, return_const)                                                    \
    X(ioctl, zero)                                                            \
    X(ioctl, write_data)                                                      \
    X(ioctl, unhandled)                                                       \
    X(poll, always_ready)                                                     \
    X(poll, blocking)                                                         \
    X(lseek, default)                                                         \
    X(lseek, unsupported)

#define HL_MODEL_DECLARE(op, name)                                            \
    extern const struct hl_model_type hl_model_##op##_##name;
HL_MODELS(HL_MODEL_DECLARE)
#undef HL_MODEL_DECLARE

/* --- arguments (model.c) -------------------------------------------------- */

/* For a model without arguments. */
extern const char *const hl_model_no_keys[];
void hl_model_init_nothing(lua_State *L, int args, struct hl_model *model);

/* Raises the text as it is; %I takes a lua_Integer. */
void hl_model_raise(lua_State *L, const char *format, ...);

/* As hl_model_arg_text, and raises when it is not there. */
const char *hl_model_need_text(lua_State *L, int args, const char *key,
                               size_t *size);

/* How many entries the list on top has; raises when it is none. */
lua_Integer hl_model_check_list(lua_State *L, const char *key);

/* --- a file of fixed bytes (read_const.c) --------------------------------- */

struct hl_read_const {
    struct hl_model model;
    uint8_t *bytes;             /* of g_malloc */
    size_t size;
};

void hl_read_const_answer(struct hl_model *model,
                          struct hl_file_request *request);
void hl_read_const_clear(struct hl_model *model);
int64_t hl_read_const_file_size(const struct hl_model *model);
size_t hl_read_const_memory(const struct hl_model *model);

/* --- others --------------------------------------------------------------- */

/* The guest reads from a host file; one that cannot be read is empty. */
void hl_model_answer_host_file(struct hl_file_request *request,
                               const char *path);

/* What the file has before anything was written to it; may be NULL. */
GByteArray *hl_read_stateful_initial(const struct hl_file *file);

#endif
