/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of the default models, and what they are written with: their
 * arguments, which come from scripts and YAML, and what the guest wrote.
 * Called by the Lua binding that makes models, and by models/.
 * All under engine->lock.
 */
#include <errno.h>
#include <lauxlib.h>
#include <stdarg.h>
#include <string.h>

#include "models/models.h"

#define ADDRESS(op, name) &hl_model_##op##_##name,
const struct hl_model_type *const hl_model_types[] = {
    HL_MODELS(ADDRESS)
    NULL
};
#undef ADDRESS

const struct hl_model_type *hl_model_type_find(enum hyperfs_file_ops op,
                                               const char *name)
{
    for (size_t i = 0; hl_model_types[i]; i++) {
        const struct hl_model_type *type = hl_model_types[i];

        if (type->op == op && !strcmp(type->name, name)) {
            return type;
        }
    }
    return NULL;
}

void hl_model_answer_bytes(struct hl_file_request *request,
                           const uint8_t *bytes, size_t size)
{
    uint64_t offset = (uint64_t)request->offset;

    request->reply = NULL;
    request->reply_size = 0;
    /* A negative offset is a huge one here: past the end, too. */
    if (offset < size) {
        request->reply = bytes + offset;
        request->reply_size = (size_t)MIN(request->length, size - offset);
    }
    request->retval = (int64_t)request->reply_size;
}

/* --- arguments ------------------------------------------------------------ */

const char *const hl_model_no_keys[] = { NULL };

void hl_model_init_nothing(lua_State *L, int args, struct hl_model *model)
{
}

/* Not luaL_error, which puts the script's line before the key. */
void hl_model_raise(lua_State *L, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    lua_pushvfstring(L, format, list);
    va_end(list);
    lua_error(L);
}

void hl_model_arg_error(lua_State *L, const char *key, const char *expected)
{
    hl_model_raise(L, "%s: %s, not %s", key, expected, luaL_typename(L, -1));
}

int hl_model_arg(lua_State *L, int args, const char *key)
{
    return lua_getfield(L, args, key);
}

/* It stays on the stack: an integer's text has no other place to live. */
const char *hl_model_arg_text(lua_State *L, int args, const char *key,
                              size_t *size)
{
    int type = hl_model_arg(L, args, key);

    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    if (type != LUA_TSTRING && !lua_isinteger(L, -1)) {
        hl_model_arg_error(L, key, "a string is expected");
    }
    return lua_tolstring(L, -1, size);
}

const char *hl_model_need_text(lua_State *L, int args, const char *key,
                               size_t *size)
{
    const char *text = hl_model_arg_text(L, args, key, size);

    if (!text) {
        lua_pushnil(L);
        hl_model_arg_error(L, key, "a string is expected");
    }
    return text;
}

lua_Integer hl_model_arg_integer(lua_State *L, int args, const char *key,
                                 lua_Integer otherwise)
{
    int type = hl_model_arg(L, args, key);
    lua_Integer value = otherwise;
    int fits = 1;

    if (type == LUA_TNUMBER) {
        value = lua_tointegerx(L, -1, &fits);
    } else if (type != LUA_TNIL) {
        hl_model_arg_error(L, key, "an integer is expected");
    }
    if (!fits) {
        hl_model_raise(L, "%s: an integer is expected, not %f", key,
                       lua_tonumber(L, -1));
    }
    lua_pop(L, 1);
    return value;
}

bool hl_model_arg_boolean(lua_State *L, int args, const char *key)
{
    int type = hl_model_arg(L, args, key);
    bool value = lua_toboolean(L, -1);

    if (type != LUA_TNIL && type != LUA_TBOOLEAN) {
        hl_model_arg_error(L, key, "a boolean is expected");
    }
    lua_pop(L, 1);
    return value;
}

const char *hl_model_arg_filename(lua_State *L, int args)
{
    size_t size;
    const char *path = hl_model_need_text(L, args, "filename", &size);

    if (size == 0 || strlen(path) != size) {
        hl_model_raise(L, "filename: a path is expected, not %s",
                       size == 0 ? "an empty string" : "a string with a NUL");
    }
    return path;
}

/* As raw as a list can be counted: its entries are 1 to n, and nothing else. */
lua_Integer hl_model_check_list(lua_State *L, const char *key)
{
    lua_Unsigned size, found = 0;

    if (lua_type(L, -1) != LUA_TTABLE) {
        hl_model_arg_error(L, key, "a list is expected");
    }
    size = lua_rawlen(L, -1);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        found++;
    }
    if (found != size) {
        hl_model_raise(L, "%s: a list is expected, not a table with other "
                       "keys or with holes", key);
    }
    return (lua_Integer)size;
}

/* --- what the guest wrote ------------------------------------------------- */

static void grow(GByteArray *bytes, guint size)
{
    guint old = bytes->len;

    if (size > old) {
        g_byte_array_set_size(bytes, size);
        memset(bytes->data + old, 0, size - old);
    }
}

/* Of a file that nothing was written to yet: as it is then. */
static GByteArray *initial_bytes(const struct hl_file *file)
{
    GByteArray *bytes = hl_read_stateful_initial(file);

    return bytes ? bytes : g_byte_array_new();
}

int hl_file_keep_write(struct hl_file *file, const uint8_t *data,
                       uint64_t length, int64_t offset)
{
    guint end, before;

    if (offset < 0 || offset > HL_WRITTEN_MAX ||
        length > (uint64_t)(HL_WRITTEN_MAX - offset)) {
        return -EFBIG;
    }
    if (!file->written) {
        file->written = initial_bytes(file);
        *file->kept += file->written->len;
    }
    before = file->written->len;
    end = length > 0 ? (guint)((uint64_t)offset + length) : 0;
    if (end > before && *file->kept + (end - before) > HL_KEPT_MAX) {
        return -ENOSPC;
    }
    grow(file->written, end);
    *file->kept += file->written->len - before;
    if (length > 0) {
        memcpy(file->written->data + offset, data, length);
    }
    return 0;
}

void hl_file_forget_written(struct hl_file *file)
{
    if (file->written) {
        *file->kept -= file->written->len;
        g_clear_pointer(&file->written, g_byte_array_unref);
    }
}
