/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file's handler is called with, and what becomes of its results. */
#include <lauxlib.h>
#include <string.h>

#include "file.h"
#include "log.h"
#include "lua_file.h"
#include "script.h"
#include "task.h"

static int push_arguments(lua_State *co, const struct hl_file_request *request)
{
    switch (request->op) {
    case HYP_READ:
        lua_pushinteger(co, (lua_Integer)request->length);
        lua_pushinteger(co, request->offset);
        return 2;
    case HYP_WRITE:
        lua_pushlstring(co, (const char *)request->data, request->length);
        lua_pushinteger(co, request->offset);
        return 2;
    case HYP_IOCTL:
        lua_pushinteger(co, request->cmd);
        lua_pushinteger(co, (lua_Integer)request->arg);
        return 2;
    case HYP_OPEN:
        lua_pushinteger(co, request->open_flags);
        return 1;
    case HYP_LSEEK:
        lua_pushinteger(co, request->offset);
        lua_pushinteger(co, (lua_Integer)request->length);
        return 2;
    case HYP_FSYNC:
        lua_pushboolean(co, request->length != 0);
        return 1;
    default:
        return 0;
    }
}

int hl_file_push_handler(lua_State *co, struct hl_task *task)
{
    const struct hl_answerer *who = hl_fileop_answerer(&task->file);

    /* First: what makes something may run a finalizer of the script's. */
    if (!who || lua_rawgeti(co, LUA_REGISTRYINDEX, who->ref) != LUA_TFUNCTION) {
        luaL_error(co, "its handler went away at this moment");
    }
    hl_file_push_view(co, task);
    return 1 + push_arguments(co, &task->file.request);
}

static bool take_integer(lua_State *co, int index, int64_t *value)
{
    int is_integer = 0;

    if (lua_type(co, index) == LUA_TNUMBER) {
        *value = lua_tointegerx(co, index, &is_integer);
    }
    return is_integer;
}

/* In file->warned, beside a bit for each operation. */
#define WARNED_LONG (1u << 31)

/* data [, retval], or a negative errno alone */
static void take_read(lua_State *co, struct hl_engine *engine,
                      struct hl_fileop *op)
{
    struct hl_file_request *request = &op->request;
    GByteArray *scratch = engine->scratch;
    const char *data;
    size_t size = 0;

    if (take_integer(co, 1, &request->retval) && request->retval <= 0) {
        return;
    }
    if (lua_type(co, 1) != LUA_TSTRING) {
        op->bad = "no string: read gives data, and a return value if it is "
                  "not its length";
        return;
    }
    data = lua_tolstring(co, 1, &size);
    if (size > request->length && !(op->file->warned & WARNED_LONG)) {
        op->file->warned |= WARNED_LONG;
        hl_log(engine, HL_WARN, "%s (%s): read returned %zu bytes, and the "
               "guest asked for %" G_GUINT64_FORMAT ": the rest is dropped",
               op->file->path, op->how->origin, size, request->length);
    }
    size = MIN(size, request->length);
    g_byte_array_set_size(scratch, 0);
    g_byte_array_append(scratch, (const guint8 *)data, (guint)size);
    request->reply = scratch->data;
    request->reply_size = size;
    if (lua_isnoneornil(co, 2)) {
        request->retval = (int64_t)size;
    } else if (!take_integer(co, 2, &request->retval)) {
        op->bad = "a second value that is no integer";
    }
}

/* retval, size */
static void take_getattr(lua_State *co, struct hl_fileop *op)
{
    if (!take_integer(co, 1, &op->request.retval)) {
        op->bad = "no integer: getattr gives a return value and a size";
    } else if (!lua_isnoneornil(co, 2) &&
               (!take_integer(co, 2, &op->request.size) ||
                op->request.size < 0)) {
        op->bad = "a size that is no integer from 0 on";
    }
}

/* A mask; true or false; or a string of "r" and "w" */
static void take_poll(lua_State *co, struct hl_fileop *op)
{
    const char *text;
    size_t size;

    switch (lua_type(co, 1)) {
    case LUA_TBOOLEAN:
        op->request.retval = lua_toboolean(co, 1) ? HL_POLL_READ | HL_POLL_WRITE
                                                  : 0;
        return;
    case LUA_TSTRING:
        text = lua_tolstring(co, 1, &size);
        op->request.retval = (strchr(text, 'r') ? HL_POLL_READ : 0) |
                             (strchr(text, 'w') ? HL_POLL_WRITE : 0);
        if (strspn(text, "rw") == size) {
            return;
        }
        break;
    default:
        if (take_integer(co, 1, &op->request.retval)) {
            return;
        }
        break;
    }
    op->bad = "no mask: poll gives an integer, true, false, or a string of "
              "\"r\" and \"w\"";
}

void hl_file_take_results(lua_State *co, struct hl_task *task)
{
    struct hl_fileop *op = &task->file;

    op->bad = NULL;
    switch (op->request.op) {
    case HYP_READ:
        take_read(co, hl_script_of(co)->engine, op);
        return;
    case HYP_GETATTR:
        take_getattr(co, op);
        return;
    case HYP_POLL:
        take_poll(co, op);
        return;
    case HYP_OPEN:
    case HYP_RELEASE:
    case HYP_FSYNC:
        if (lua_isnoneornil(co, 1)) {
            return;             /* 0 */
        }
        break;
    default:
        break;
    }
    if (!take_integer(co, 1, &op->request.retval)) {
        op->bad = "no integer: it gives a count, or a negative errno such as "
                  "-hl.errno.EIO";
    }
}
