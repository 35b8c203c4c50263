/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For specs: the engine's console, and a client of it that says what it is told
 * to, over a real socket.
 */
#include "lua_console.h"

#include <errno.h>
#include <lauxlib.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "console.h"
#include "console_frame.h"
#include "lua_world.h"
#include "played.h"

#define TYPE "hyperlua.played.connection"

/* Nothing here takes as long: a spec that waits longer has failed. */
#define RECEIVE_MS 20000

struct connection {
    int fd;                     /* -1: closed */
    GString *in;
};

/* guest:console(path) -> true, or nil and the error */
static int guest_console(lua_State *L)
{
    struct hl_engine *engine = hl_played_engine(hl_lua_played(L));
    const char *path = luaL_checkstring(L, 2);
    char *error = NULL;

    if (!engine->console) {
        engine->console = hl_console_new(engine);
    }
    if (hl_console_open(engine->console, path, &error) != 0) {
        lua_pushnil(L);
        lua_pushstring(L, error);
        g_free(error);
        return 2;
    }
    lua_pushboolean(L, true);
    return 1;
}

/* guest:leave(): as QEMU ends */
static int guest_leave(lua_State *L)
{
    hl_console_leave(hl_played_engine(hl_lua_played(L))->console);
    return 0;
}

/* --- a client ------------------------------------------------------------- */

static struct connection *check(lua_State *L)
{
    struct connection *connection = luaL_checkudata(L, 1, TYPE);

    luaL_argcheck(L, connection->fd >= 0, 1, "this connection was closed");
    return connection;
}

/* connection:write(bytes) -> whether the socket took them all */
static int connection_write(lua_State *L)
{
    struct connection *connection = check(L);
    size_t size;
    const char *bytes = luaL_checklstring(L, 2, &size);
    size_t done = 0;
    ssize_t sent = 1;

    while (done < size && sent > 0) {
        sent = send(connection->fd, bytes + done, size - done, MSG_NOSIGNAL);
        done += (size_t)MAX(sent, 0);
    }
    lua_pushboolean(L, done == size);
    return 1;
}

/* false: there is nothing more, or not in time. */
static bool read_more(struct connection *connection)
{
    struct pollfd ready = { .fd = connection->fd, .events = POLLIN };
    char piece[4096];
    ssize_t got;

    if (poll(&ready, 1, RECEIVE_MS) != 1) {
        return false;
    }
    got = read(connection->fd, piece, sizeof(piece));
    if (got > 0) {
        g_string_append_len(connection->in, piece, got);
    }
    return got > 0;
}

/* connection:receive() -> kind, text; nil when the engine has closed it */
static int connection_receive(lua_State *L)
{
    struct connection *connection = check(L);
    struct hl_frame frame;
    gssize taken;

    while ((taken = hl_frame_take(connection->in->str, connection->in->len,
                                  HL_CONSOLE_REPLY_MAX, &frame)) == 0) {
        if (!read_more(connection)) {
            return 0;
        }
    }
    luaL_argcheck(L, taken > 0, 1, "the engine sent what is no frame");
    lua_pushstring(L, frame.kind);
    lua_pushlstring(L, frame.text, frame.size);
    g_string_erase(connection->in, 0, taken);
    return 2;
}

/* connection:close() */
static int connection_close(lua_State *L)
{
    struct connection *connection = luaL_checkudata(L, 1, TYPE);

    if (connection->fd >= 0) {
        close(connection->fd);
        g_string_free(connection->in, TRUE);
        connection->fd = -1;
    }
    return 0;
}

/* played.connect(path) -> connection, or nil and the error */
static int connect_to(lua_State *L)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *path = luaL_checkstring(L, 1);
    struct connection *connection;

    luaL_argcheck(L, strlen(path) < sizeof(address.sun_path), 1, "too long");
    strcpy(address.sun_path, path);
    connection = lua_newuserdatauv(L, sizeof(*connection), 0);
    connection->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    connection->in = g_string_new(NULL);
    luaL_setmetatable(L, TYPE);
    if (connect(connection->fd, (struct sockaddr *)&address,
                sizeof(address)) != 0) {
        lua_pushnil(L);
        lua_pushstring(L, strerror(errno));
        return 2;
    }
    return 1;
}

/* played.mode(path) -> its type and permissions, or nil */
static int mode(lua_State *L)
{
    struct stat file;

    if (lstat(luaL_checkstring(L, 1), &file) != 0) {
        return 0;
    }
    lua_pushinteger(L, file.st_mode);
    return 1;
}

/* played.datagrams(path) -> whether there is a socket of that kind now */
static int datagrams(lua_State *L)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, luaL_checkstring(L, 1),
              sizeof(address.sun_path));
    lua_pushboolean(L, bind(fd, (struct sockaddr *)&address,
                            sizeof(address)) == 0);
    return 1;                   /* it is open to the end */
}

/* --- entry points --------------------------------------------------------- */

void hl_lua_consoles(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "console", guest_console },
        { "leave", guest_leave },
        { NULL, NULL },
    };

    luaL_setfuncs(L, methods, 0);
}

void hl_lua_connect(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "write", connection_write },
        { "receive", connection_receive },
        { "close", connection_close },
        { "__gc", connection_close },
        { NULL, NULL },
    };

    luaL_newmetatable(L, TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    lua_pushcfunction(L, connect_to);
    lua_setfield(L, -2, "connect");
    lua_pushcfunction(L, mode);
    lua_setfield(L, -2, "mode");
    lua_pushcfunction(L, datagrams);
    lua_setfield(L, -2, "datagrams");
}
