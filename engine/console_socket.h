/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console's listening socket, and its file.  Any one thread at a time. */
#ifndef HL_CONSOLE_SOCKET_H
#define HL_CONSOLE_SOCKET_H

#include <sys/types.h>

struct hl_console_socket {
    int fd;
    char *path;
    dev_t device;               /* of the file that we made */
    ino_t inode;
};

/*
 * Makes the file with mode 0600 and listens.  A socket that nobody listens on
 * is replaced; whatever else is there stays.  -errno, with one line for the
 * user in *error (to be freed).
 */
int hl_console_socket_open(struct hl_console_socket *socket, const char *path,
                           char **error);

/* Removes the file if it is still ours.  Nobody is cut off. */
void hl_console_socket_remove(const struct hl_console_socket *socket);

void hl_console_socket_close(struct hl_console_socket *socket);

#endif
