/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a kernel module's file; see modinfo.h. The section .modinfo of the ELF
 * file is a row of "key=value" with a NUL after each. Files may be damaged, of
 * any word size and byte order.
 */
#include <elf.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "cli.h"
#include "modinfo.h"

/* Several times what the largest driver has. */
enum { MODULE_MAX = 128 << 20 };

struct elf {
    const guint8 *data;
    gsize size;
    gboolean wide, big;         /* 64 bits; the most significant byte first */
};

struct section {
    guint64 name, offset, size;
};

/* ARCHIVE_OK, ARCHIVE_EOF when the file is empty, or an error. */
static int open_packed(struct archive *packed, const char *path)
{
    struct archive_entry *entry;
    int result;

    archive_read_support_filter_gzip(packed);
    archive_read_support_filter_xz(packed);
    archive_read_support_filter_zstd(packed);
    archive_read_support_format_raw(packed);
    archive_read_support_format_empty(packed);
    result = archive_read_open_filename(packed, path, 65536);
    return result == ARCHIVE_OK ? archive_read_next_header(packed, &entry)
                                : result;
}

static gboolean unpack(struct archive *packed, const char *path,
                       GByteArray *into)
{
    guint8 block[65536];
    la_ssize_t got = open_packed(packed, path);

    if (got != ARCHIVE_OK) {
        return got == ARCHIVE_EOF;
    }
    while ((got = archive_read_data(packed, block, sizeof(block))) > 0
           && into->len <= MODULE_MAX) {
        g_byte_array_append(into, block, (guint)got);
    }
    return got >= 0;
}

GBytes *hl_modinfo_load(const char *path, GError **error)
{
    struct archive *packed = archive_read_new();
    GByteArray *bytes = g_byte_array_new();
    gboolean good = unpack(packed, path, bytes);

    if (!good) {
        hl_fail(error, "cannot read %s: %s", path,
                archive_error_string(packed));
    } else if (bytes->len > MODULE_MAX) {
        good = hl_fail(error, "%s is too large for a kernel module (%d MiB)",
                       path, MODULE_MAX >> 20);
    }
    archive_read_free(packed);
    if (!good) {
        g_byte_array_unref(bytes);
        return NULL;
    }
    return g_byte_array_free_to_bytes(bytes);
}

/* A number of the file; the caller has looked that it lies within. */
static guint64 number(const struct elf *elf, guint64 at, guint bytes)
{
    guint64 value = 0;

    for (guint i = 0; i < bytes; i++) {
        guint byte = elf->big ? i : bytes - 1 - i;

        value = value << 8 | elf->data[at + byte];
    }
    return value;
}

static gboolean within(const struct elf *elf, guint64 at, guint64 size)
{
    return at <= elf->size && size <= elf->size - at;
}

/* The fields that differ between the two word sizes are the file's words. */
#define FIELD(elf, at, type, name)                                           \
    ((elf)->wide                                                             \
     ? number(elf, (at) + offsetof(Elf64_##type, name),                      \
              sizeof(((Elf64_##type *)0)->name))                             \
     : number(elf, (at) + offsetof(Elf32_##type, name),                      \
              sizeof(((Elf32_##type *)0)->name)))

static gboolean open_elf(struct elf *elf, GBytes *module)
{
    elf->data = g_bytes_get_data(module, &elf->size);
    if (elf->size < EI_NIDENT || memcmp(elf->data, ELFMAG, SELFMAG) != 0) {
        return FALSE;
    }
    elf->wide = elf->data[EI_CLASS] == ELFCLASS64;
    elf->big = elf->data[EI_DATA] == ELFDATA2MSB;
    return within(elf, 0, elf->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
}

static gboolean read_section(const struct elf *elf, guint64 index,
                             struct section *section)
{
    guint64 size = elf->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    guint64 at = FIELD(elf, 0, Ehdr, e_shoff);

    /* index has 16 bits; an offset beyond the file must not wrap around. */
    if (at > elf->size || !within(elf, at + index * size, size)) {
        return FALSE;
    }
    at += index * size;
    section->name = FIELD(elf, at, Shdr, sh_name);
    section->offset = FIELD(elf, at, Shdr, sh_offset);
    section->size = FIELD(elf, at, Shdr, sh_size);
    return within(elf, section->offset, section->size);
}

static gboolean is_named(const struct elf *elf, const struct section *names,
                         const struct section *section, const char *name)
{
    gsize size = strlen(name) + 1;

    return section->name <= names->size
        && size <= names->size - section->name
        && memcmp(elf->data + names->offset + section->name, name, size) == 0;
}

/* Sections without content, of which .bss is one, may lie anywhere. */
static gboolean find_section(const struct elf *elf, const char *name,
                             struct section *found)
{
    guint64 count = FIELD(elf, 0, Ehdr, e_shnum);
    struct section names;

    if (!read_section(elf, FIELD(elf, 0, Ehdr, e_shstrndx), &names)) {
        return FALSE;
    }
    for (guint64 i = 1; i < count; i++) {
        if (read_section(elf, i, found)
            && is_named(elf, &names, found, name)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The value's text, not ended by the file's own NUL; NULL: no such key. */
static char *find_value(const char *text, gsize size, const char *key)
{
    for (gsize at = 0; at < size;) {
        gsize length = strnlen(text + at, size - at);

        if (length >= strlen(key)
            && memcmp(text + at, key, strlen(key)) == 0) {
            return g_strndup(text + at + strlen(key), length - strlen(key));
        }
        at += length + 1;
    }
    return NULL;
}

char **hl_modinfo_depends(GBytes *module, const char *path, GError **error)
{
    struct elf elf;
    struct section section;
    g_autofree char *depends = NULL;

    if (!open_elf(&elf, module)
        || !find_section(&elf, ".modinfo", &section)) {
        hl_fail(error, "%s is no kernel module, or is cut off: it has no "
                "section .modinfo", path);
        return NULL;
    }
    depends = find_value((const char *)elf.data + section.offset,
                         section.size, "depends=");
    return g_strsplit(depends ? depends : "", ",", -1);
}
