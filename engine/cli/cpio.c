/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes cpio archives; see cpio.h. The form is in cpio(5), "New ASCII". */
#include <errno.h>
#include <string.h>

#include "cli.h"
#include "cpio.h"

/* Headers and data begin at multiples of four. */
void hl_cpio_pad(FILE *out)
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
    hl_cpio_pad(out);
}

void hl_cpio_bytes(FILE *out, const struct hl_cpio_entry *entry,
                   const void *data)
{
    write_header(out, entry);
    fwrite(data, 1, entry->size, out);
    hl_cpio_pad(out);
}

gboolean hl_cpio_file(FILE *out, const struct hl_cpio_entry *entry,
                      const char *source, GError **error)
{
    char block[65536];
    FILE *in = fopen(source, "rbe");
    size_t left = entry->size;

    if (!in) {
        return hl_fail(error, "cannot read %s: %s", source, strerror(errno));
    }
    write_header(out, entry);
    while (left) {
        size_t got = fread(block, 1, MIN(left, sizeof(block)), in);

        if (!got) {
            break;
        }
        fwrite(block, 1, got, out);
        left -= got;
    }
    fclose(in);
    hl_cpio_pad(out);
    return left ? hl_fail(error, "%s became shorter while it was read",
                          source) : TRUE;
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
