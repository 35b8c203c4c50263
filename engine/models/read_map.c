/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read: const_map, a file of `size` bytes that has values at given offsets and
 * `pad` elsewhere; const_map_file, the same kept in a host file, which is made
 * when it is not there, and is what the guest reads from then on.
 * Called through hl_model_types; all under engine->lock.
 */
#include <glib/gstdio.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "models.h"

#define SIZE_DEFAULT 0x10000
#define SIZE_MOST (16 << 20)

struct map_file {
    struct hl_read_const image; /* its bytes are gone once they are written */
    char *path;
};

/* --- the values ----------------------------------------------------------- */

static void add_byte(lua_State *L, luaL_Buffer *bytes, lua_Integer offset)
{
    lua_Integer byte = lua_tointeger(L, -1);

    if (!lua_isinteger(L, -1) || byte < 0 || byte > 255) {
        hl_model_raise(L, "vals: the list at offset %I is of integers from 0 "
                       "to 255, and has another value in it", offset);
    }
    lua_pop(L, 1);
    luaL_addchar(bytes, (char)byte);
}

static void add_string(lua_State *L, luaL_Buffer *bytes, lua_Integer offset)
{
    if (lua_type(L, -1) != LUA_TSTRING) {
        hl_model_raise(L, "vals: the list at offset %I is of strings, and has "
                       "another value in it", offset);
    }
    luaL_addvalue(bytes);
}

/* Makes the list on top one string: bytes, or strings with a NUL between. */
static void join(lua_State *L, lua_Integer offset)
{
    int list = lua_gettop(L);
    lua_Integer size = hl_model_check_list(L, "vals");
    bool strings = lua_rawgeti(L, list, 1) == LUA_TSTRING;
    luaL_Buffer bytes;

    lua_pop(L, 1);
    luaL_buffinit(L, &bytes);
    for (lua_Integer i = 1; i <= size; i++) {
        if (strings && i > 1) {
            luaL_addchar(&bytes, '\0');
        }
        lua_rawgeti(L, list, i);
        if (strings) {
            add_string(L, &bytes, offset);
        } else {
            add_byte(L, &bytes, offset);
        }
    }
    luaL_pushresult(&bytes);
    lua_replace(L, list);
}

/* Takes the value from the top; where it ends.  end: of the one before it. */
static lua_Integer place(lua_State *L, struct hl_read_const *map,
                         lua_Integer offset, lua_Integer end)
{
    size_t size;
    const char *bytes;

    if (lua_type(L, -1) == LUA_TTABLE) {
        join(L, offset);
    } else if (lua_type(L, -1) != LUA_TSTRING) {
        hl_model_raise(L, "vals: a string or a list is expected at offset %I, "
                       "not %s", offset, luaL_typename(L, -1));
    }
    bytes = lua_tolstring(L, -1, &size);
    if (offset < 0) {
        hl_model_raise(L, "vals: offset %I is negative", offset);
    } else if (offset < end) {
        hl_model_raise(L, "vals: offset %I is within the value before it, "
                       "which ends at %I", offset, end);
    } else if ((size_t)offset > map->size ||
               size > map->size - (size_t)offset) {
        hl_model_raise(L, "vals: the %I bytes at offset %I reach past size, "
                       "%I", (lua_Integer)size, offset,
                       (lua_Integer)map->size);
    }
    memcpy(map->bytes + offset, bytes, size);
    lua_pop(L, 1);
    return offset + (lua_Integer)size;
}

static int compare(const void *a, const void *b)
{
    lua_Integer left = *(const lua_Integer *)a;
    lua_Integer right = *(const lua_Integer *)b;

    return (left > right) - (left < right);
}

/* Of the table on top; pushed, for Lua to free when something raises. */
static lua_Integer *push_offsets(lua_State *L, size_t *count)
{
    int vals = lua_gettop(L);
    lua_Integer *offsets;

    *count = 0;
    for (lua_pushnil(L); lua_next(L, vals); lua_pop(L, 1)) {
        if (!lua_isinteger(L, -2)) {
            hl_model_raise(L, "vals: offsets are integers, and one is a %s",
                           luaL_typename(L, -2));
        }
        (*count)++;
    }
    offsets = lua_newuserdatauv(L, *count * sizeof(*offsets), 0);
    lua_pushnil(L);
    for (size_t i = 0; lua_next(L, vals); i++) {
        lua_pop(L, 1);
        offsets[i] = lua_tointeger(L, -1);
    }
    qsort(offsets, *count, sizeof(*offsets), compare);
    return offsets;
}

static void place_all(lua_State *L, int args, struct hl_read_const *map)
{
    lua_Integer end = 0;
    lua_Integer *offsets;
    size_t count;

    if (hl_model_arg(L, args, "vals") != LUA_TTABLE) {
        hl_model_arg_error(L, "vals", "a table of values by offset is "
                           "expected");
    }
    offsets = push_offsets(L, &count);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, -2, offsets[i]);
        end = place(L, map, offsets[i], end);
    }
    lua_pop(L, 2);
}

/* --- the image ------------------------------------------------------------ */

static int arg_pad(lua_State *L, int args)
{
    size_t size;
    const char *text;
    lua_Integer pad;

    if (hl_model_arg(L, args, "pad") == LUA_TSTRING) {
        text = lua_tolstring(L, -1, &size);
        pad = size == 1 ? (unsigned char)text[0] : -1;
    } else {
        pad = hl_model_arg_integer(L, args, "pad", 0);
    }
    lua_pop(L, 1);
    if (pad < 0 || pad > 255) {
        hl_model_raise(L, "pad: one byte is expected, a string of that or an "
                       "integer from 0 to 255");
    }
    return (int)pad;
}

static void init_map(lua_State *L, int args, struct hl_model *model)
{
    struct hl_read_const *self = (struct hl_read_const *)model;
    lua_Integer size = hl_model_arg_integer(L, args, "size", SIZE_DEFAULT);
    int pad = arg_pad(L, args);

    if (size < 0 || size > SIZE_MOST) {
        hl_model_raise(L, "size: 0 to %d is expected, not %I", SIZE_MOST,
                       size);
    }
    self->size = (size_t)size;
    self->bytes = g_malloc(self->size + 1);
    memset(self->bytes, pad, self->size);
    place_all(L, args, self);
}

/* --- in a host file ------------------------------------------------------- */

static void write_image(lua_State *L, struct map_file *self)
{
    GError *error = NULL;

    if (g_file_set_contents(self->path, (const char *)self->image.bytes,
                            (gssize)self->image.size, &error)) {
        return;
    }
    lua_pushstring(L, error->message);
    g_error_free(error);
    hl_model_raise(L, "filename: %s", lua_tostring(L, -1));
}

/* The values are checked even when the file is there already. */
static void init_file(lua_State *L, int args, struct hl_model *model)
{
    struct map_file *self = (struct map_file *)model;

    self->path = g_strdup(hl_model_arg_filename(L, args));
    init_map(L, args, model);
    if (!g_file_test(self->path, G_FILE_TEST_EXISTS)) {
        write_image(L, self);
    }
    g_clear_pointer(&self->image.bytes, g_free);
}

static void answer_file(struct hl_model *model,
                        struct hl_file_request *request)
{
    hl_model_answer_host_file(request, ((struct map_file *)model)->path);
}

static void clear_file(struct hl_model *model)
{
    g_free(((struct map_file *)model)->path);
    hl_read_const_clear(model);
}

static int64_t file_size(const struct hl_model *model)
{
    GStatBuf status;

    if (g_stat(((const struct map_file *)model)->path, &status)) {
        return 0;
    }
    return status.st_size;
}

/* --- types ---------------------------------------------------------------- */

static const char *const map_keys[] = { "vals", "size", "pad", NULL };
static const char *const file_keys[] = {
    "filename", "vals", "size", "pad", NULL
};

const struct hl_model_type hl_model_read_const_map = {
    .name = "const_map", .op = HYP_READ, .keys = map_keys, .init = init_map,
    .size = sizeof(struct hl_read_const), .answer = hl_read_const_answer,
    .clear = hl_read_const_clear, .file_size = hl_read_const_file_size,
    .memory = hl_read_const_memory,
};

const struct hl_model_type hl_model_read_const_map_file = {
    .name = "const_map_file", .op = HYP_READ, .keys = file_keys,
    .init = init_file, .size = sizeof(struct map_file),
    .answer = answer_file, .clear = clear_file, .file_size = file_size,
};
