/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes cpio archives; see cpio.h. The form is in cpio(5), "New ASCII". */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "cpio.h"

/* Headers and data begin at multiples of four. */
static void pad(FILE *out)
{
    while (ftell(out) % 4 && !ferror(out)) {
        putc(0, out);
    }
}

static void write_header(FILE *out, const struct hl_cpio_entry *e)
{
    fprintf(out, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
            e->ino, e->mode, e->uid, e->gid, e->nlink, e->mtime, e->size,
            0, 0, e->major, e->minor, (unsigned)strlen(e->name) + 1, 0);
    fwrite(e->name, strlen(e->name) + 1, 1, out);
    pad(out);
}

void hl_cpio_bytes(FILE *out, const struct hl_cpio_entry *entry,
                   const void *data)
{
    write_header(out, entry);
    fwrite(data, 1, entry->size, out);
    pad(out);
}

static gboolean copy(FILE *out, int fd, guint64 at, size_t left)
{
    char block[65536];

    while (left) {
        ssize_t got = pread(fd, block, MIN(left, sizeof(block)), (off_t)at);

        if (got <= 0) {
            return FALSE;
        }
        fwrite(block, 1, (size_t)got, out);
        at += (size_t)got;
        left -= (size_t)got;
    }
    return TRUE;
}

gboolean hl_cpio_part(FILE *out, const struct hl_cpio_entry *entry, int fd,
                      guint64 at, GError **error)
{
    write_header(out, entry);
    if (!copy(out, fd, at, entry->size)) {
        return hl_fail(error, "%s became shorter while it was read",
                       entry->name);
    }
    pad(out);
    return TRUE;
}

gboolean hl_cpio_file(FILE *out, const struct hl_cpio_entry *entry,
                      const char *source, GError **error)
{
    int fd = open(source, O_RDONLY | O_CLOEXEC);
    gboolean good;

    if (fd < 0) {
        return hl_fail(error, "cannot read %s: %s", source, strerror(errno));
    }
    good = hl_cpio_part(out, entry, fd, 0, error);
    close(fd);
    return good;
}

gboolean hl_cpio_end(FILE *out, const char *path, GError **error)
{
    static const struct hl_cpio_entry last = { "TRAILER!!!", .nlink = 1 };

    hl_cpio_bytes(out, &last, "");
    if (fflush(out) || ferror(out)) {
        return hl_fail(error, "cannot write %s: %s", path, strerror(errno));
    }
    return TRUE;
}
