/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the default models share: a model is made as a script
 * makes it, and asked by hand.  Included by one test program each.
 */
#ifndef HL_MODEL_FIXTURE_H
#define HL_MODEL_FIXTURE_H

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "file.h"

struct fixture {
    lua_State *L;
    struct hl_file file;
    struct hl_behaviour how;    /* the file's */
    uint64_t kept;              /* by this file, and by others */
    struct hl_model *model;     /* what is asked */
    struct hl_file_request request;
    char *folder;
};

static inline void set_up(struct fixture *f, gconstpointer data)
{
    f->L = luaL_newstate();
    luaL_openlibs(f->L);
    f->request.scratch = g_byte_array_new();
    f->file.kept = &f->kept;
    f->file.now = &f->how;
    f->folder = g_dir_make_tmp("hl-models-XXXXXX", NULL);
    g_assert_nonnull(f->folder);
    lua_pushstring(f->L, f->folder);
    lua_setglobal(f->L, "folder");
}

static inline void free_model(struct hl_model *model)
{
    if (model && model->type->clear) {
        model->type->clear(model);
    }
    g_free(model);
}

static inline void remove_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_remove(path);
    }
    g_dir_close(dir);
    g_rmdir(folder);
}

static inline void tear_down(struct fixture *f, gconstpointer data)
{
    free_model(f->model);
    if (f->how.op[HYP_READ].model != f->model) {
        free_model(f->how.op[HYP_READ].model);
    }
    hl_file_forget_written(&f->file);
    g_byte_array_unref(f->request.scratch);
    lua_close(f->L);
    remove_folder(f->folder);
    g_free(f->folder);
}

static inline int init(lua_State *L)
{
    struct hl_model *model = lua_touserdata(L, 2);

    model->type->init(L, 1, model);
    return 0;
}

/* NULL, with *error to be freed, when the arguments are refused. */
static inline struct hl_model *make(struct fixture *f,
                                    enum hyperfs_file_ops op,
                                    const char *name, const char *args,
                                    char **error)
{
    const struct hl_model_type *type = hl_model_type_find(op, name);
    g_autofree char *chunk = g_strdup_printf("return %s", args);
    struct hl_model *model;

    g_assert_nonnull(type);
    model = g_malloc0(type->size);
    model->type = type;
    *error = NULL;
    lua_settop(f->L, 0);
    lua_pushcfunction(f->L, init);
    g_assert_cmpint(luaL_dostring(f->L, chunk), ==, LUA_OK);
    lua_pushlightuserdata(f->L, model);
    if (lua_pcall(f->L, 2, 0, 0) != LUA_OK) {
        *error = g_strdup(lua_tostring(f->L, -1));
        g_clear_pointer(&model, free_model);
    }
    /* What a model took must not live in Lua's strings. */
    lua_settop(f->L, 0);
    lua_gc(f->L, LUA_GCCOLLECT);
    return model;
}

static inline void use(struct fixture *f, enum hyperfs_file_ops op,
                       const char *name, const char *args)
{
    char *error;

    free_model(f->model);
    f->model = make(f, op, name, args, &error);
    g_assert_cmpstr(error, ==, NULL);
}

static inline void answer(struct fixture *f, enum hyperfs_file_ops op,
                          uint64_t length, int64_t offset)
{
    struct hl_file_request request = {
        .op = op, .file = &f->file, .length = length, .offset = offset,
        .scratch = f->request.scratch, .data = f->request.data,
        .arg = f->request.arg,
    };

    f->request = request;
    f->model->type->answer(f->model, &f->request);
}

static inline void assert_read(struct fixture *f, uint64_t length,
                               int64_t offset, const char *bytes, size_t size)
{
    answer(f, HYP_READ, length, offset);
    g_assert_cmpint(f->request.retval, ==, (int64_t)size);
    g_assert_cmpmem(f->request.reply, f->request.reply_size, bytes, size);
    g_assert_false(f->request.unhandled);
}

#define ASSERT_READ(f, length, offset, text)                                  \
    assert_read(f, length, offset, text, sizeof(text) - 1)

static inline void assert_write(struct fixture *f, const char *text,
                                int64_t offset, int64_t retval)
{
    f->request.data = (const uint8_t *)text;
    answer(f, HYP_WRITE, strlen(text), offset);
    g_assert_cmpint(f->request.retval, ==, retval);
}

static inline void assert_written(struct fixture *f, const char *bytes,
                                  size_t size)
{
    g_assert_nonnull(f->file.written);
    g_assert_cmpmem(f->file.written->data, f->file.written->len, bytes, size);
}

static inline void assert_size(struct fixture *f, int64_t size)
{
    g_assert_nonnull(f->model->type->file_size);
    g_assert_cmpint(f->model->type->file_size(f->model), ==, size);
}

static inline void assert_contents(struct fixture *f, const char *name,
                                   const char *bytes, size_t size)
{
    g_autofree char *path = g_build_filename(f->folder, name, NULL);
    g_autofree char *found = NULL;
    gsize length;

    g_assert_true(g_file_get_contents(path, &found, &length, NULL));
    g_assert_cmpmem(found, length, bytes, size);
}

static inline void set_contents(struct fixture *f, const char *name,
                                const char *text)
{
    g_autofree char *path = g_build_filename(f->folder, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* What no read may answer with bytes. */
static inline void assert_no_bytes_beyond(struct fixture *f, int64_t size)
{
    ASSERT_READ(f, 8, size, "");
    ASSERT_READ(f, HYP_LENGTH_MAX, size + 1, "");
    ASSERT_READ(f, 8, INT64_MAX, "");
    ASSERT_READ(f, UINT64_MAX, INT64_MAX, "");
    ASSERT_READ(f, 8, -1, "");
    ASSERT_READ(f, UINT64_MAX, INT64_MIN, "");
    ASSERT_READ(f, 0, 0, "");
}

struct test {
    const char *name;
    void (*run)(struct fixture *f, gconstpointer data);
};

#define TEST(name) { #name, name }

static inline int run_tests(int argc, char **argv, const struct test *tests,
                            size_t count)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < count; i++) {
        g_autofree char *path = g_strdup_printf("/models/%s", tests[i].name);

        g_strdelimit(path, "_", '-');
        g_test_add(path, struct fixture, NULL, set_up, tests[i].run,
                   tear_down);
    }
    return g_test_run();
}

#endif
