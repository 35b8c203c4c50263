/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's bytes as text, and the files of the results, for results*.c and
 * missing*.c.  Any thread, no lock.
 */
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

size_t hl_text_char(const uint8_t *s, size_t left)
{
    gunichar c;

    if (*s < 0x80) {
        return 1;
    }
    c = g_utf8_get_char_validated((const char *)s, (gssize)left);
    /* -1: none, -2: one that is cut. */
    return c >= (gunichar)-2 ? 0 : (size_t)g_utf8_skip[*s];
}

char *hl_text_valid(const uint8_t *bytes, size_t size, size_t *valid_size)
{
    char *text = g_malloc(size + 1);
    size_t done = 0;

    for (size_t i = 0; i < size;) {
        size_t step = hl_text_char(bytes + i, size - i);

        memcpy(text + done, bytes + i, step);
        done += step;
        i += step ? step : 1;
    }
    text[done] = '\0';
    *valid_size = done;
    return text;
}

char *hl_text_name(const char *raw, size_t max)
{
    const uint8_t *bytes = (const uint8_t *)raw;
    size_t size = strnlen(raw, max);
    GString *name = g_string_sized_new(size);

    for (size_t i = 0; i < size;) {
        size_t step = hl_text_char(bytes + i, size - i);

        if (step == 0) {
            g_string_append_printf(name, "\\x%02x", bytes[i]);
            i++;
        } else {
            g_string_append_len(name, raw + i, (gssize)step);
            i += step;
        }
    }
    return g_string_free(name, FALSE);
}

int hl_results_create(const char *path, char **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (fd < 0) {
        *error = g_strdup_printf("%s: %s", path, g_strerror(errno));
    }
    return fd;
}

int hl_results_write_all(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t done = write(fd, at, size);

        if (done < 0 && errno != EINTR) {
            return errno;
        }
        if (done > 0) {
            at += done;
            size -= (size_t)done;
        }
    }
    return 0;
}
