/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes cpio archives in the "newc" form that Linux takes as initramfs. */
#ifndef HL_CLI_CPIO_H
#define HL_CLI_CPIO_H

#include <stdio.h>

#include <glib.h>

struct hl_cpio_entry {
    const char *name;       /* without a leading slash */
    guint32 ino, mode, uid, gid, nlink, mtime, size;
    guint32 major, minor;   /* of a device node */
};

/* The caller looks at ferror() at the end, which hl_cpio_end() does too. */
void hl_cpio_bytes(FILE *out, const struct hl_cpio_entry *entry,
                   const void *data);
gboolean hl_cpio_file(FILE *out, const struct hl_cpio_entry *entry,
                      const char *source, GError **error);
/* The content is a part of an open file. */
gboolean hl_cpio_part(FILE *out, const struct hl_cpio_entry *entry, int fd,
                      guint64 at, GError **error);
gboolean hl_cpio_end(FILE *out, const char *path, GError **error);

#endif
