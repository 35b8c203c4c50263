/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between bind() and listen() a socket looks as one that nobody listens on any
 * more, and two engines that start at once may both want to replace an old
 * one: so all of it happens with the folder locked.
 */
#include "console_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Whatever else locks folders should not keep a guest from booting. */
#define LOCK_TRIES 100
#define LOCK_TRY_US 10000

static int fail(const char *path, int status, char **error)
{
    *error = g_strdup_printf("console socket %s: %s", path,
                             g_strerror(-status));
    return status;
}

static int check_length(const char *path, char **error)
{
    size_t most = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
    size_t length = strlen(path);

    if (length == 0) {
        *error = g_strdup("console=SOCKET: give the path of a socket");
        return -EINVAL;
    }
    if (length > most) {
        *error = g_strdup_printf("console socket %s: a socket's path has at "
                                 "most %zu bytes, and this has %zu: give a "
                                 "shorter one", path, most, length);
        return -ENAMETOOLONG;
    }
    return 0;
}

/* The folder's descriptor, or -errno. */
static int lock_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status = fd;

    for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (i == LOCK_TRIES || errno != EWOULDBLOCK) {
            status = -errno;
            close(fd);
            return status;
        }
        g_usleep(LOCK_TRY_US);
    }
    return fd >= 0 ? fd : -errno;
}

/* connect() refuses what is no socket, too. */
static bool is_abandoned(const struct sockaddr_un *address)
{
    struct stat file;
    bool refused;
    int fd;

    if (lstat(address->sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) {
        return false;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return false;
    }
    refused = connect(fd, (const struct sockaddr *)address,
                      sizeof(*address)) != 0 && errno == ECONNREFUSED;
    close(fd);
    return refused;
}

static int try_bind(int fd, const struct sockaddr_un *address)
{
    return bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0
               ? 0 : -errno;
}

static int bind_and_listen(int fd, const struct sockaddr_un *address)
{
    int status;

    /* Linux makes the file with the mode of the descriptor. */
    if (fchmod(fd, 0600) != 0) {
        return -errno;
    }
    status = try_bind(fd, address);
    if (status == -EADDRINUSE && is_abandoned(address)) {
        unlink(address->sun_path);
        status = try_bind(fd, address);
    }
    if (status == 0 && listen(fd, 16) != 0) {
        status = -errno;
        unlink(address->sun_path);
    }
    return status;
}

static void remember_file(struct hl_console_socket *console)
{
    struct stat file = { 0 };

    lstat(console->path, &file);
    console->device = file.st_dev;
    console->inode = file.st_ino;
}

static int open_locked(struct hl_console_socket *console, const char *path,
                       char **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int status;

    console->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                         0);
    if (console->fd < 0) {
        return fail(path, -errno, error);
    }
    strcpy(address.sun_path, path);
    status = bind_and_listen(console->fd, &address);
    if (status == 0) {
        console->path = g_strdup(path);
        remember_file(console);
        return 0;
    }
    close(console->fd);
    if (status != -EADDRINUSE) {
        return fail(path, status, error);
    }
    *error = g_strdup_printf("console socket %s: something is there already: "
                             "is another run using it? remove it or give "
                             "another path", path);
    return status;
}

int hl_console_socket_open(struct hl_console_socket *console, const char *path,
                           char **error)
{
    int status = check_length(path, error);
    int folder;

    if (status != 0) {
        return status;
    }
    folder = lock_folder(path);
    if (folder < 0) {
        return fail(path, folder, error);
    }
    status = open_locked(console, path, error);
    close(folder);
    return status;
}

void hl_console_socket_remove(const struct hl_console_socket *console)
{
    struct stat file;

    if (lstat(console->path, &file) == 0 && file.st_dev == console->device &&
        file.st_ino == console->inode) {
        unlink(console->path);
    }
}

void hl_console_socket_close(struct hl_console_socket *console)
{
    hl_console_socket_remove(console);
    close(console->fd);
    g_free(console->path);
}
