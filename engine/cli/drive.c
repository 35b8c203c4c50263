/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --drive FILE[,OPTION...]: an image as a disk of the guest. Its first bytes
 * say what it is, which decides how QEMU reads it and which file systems the
 * guest is given modules for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "devices.h"
#include "qemu.h"

enum { HEAD = 4096, MODULES_MAX = 4 };

/* /dev/vda to /dev/vdp: PCI machines have few more places. */
#define DRIVES_MOST "16"

static const struct {
    const char *magic;
    guint size, offset;
    const char *modules[MODULES_MAX];   /* what does not say its needs first */
} systems[] = {
    { "\x53\xef", 2, 1080, { "crc32c_generic", "ext4" } },  /* ext2 to ext4 */
    { "hsqs", 4, 0, { "squashfs" } },
    { "FAT", 3, 54, { "nls_cp437", "nls_iso8859_1", "nls_ascii", "vfat" } },
    { "FAT32", 5, 82, { "nls_cp437", "nls_iso8859_1", "nls_ascii", "vfat" } },
};

struct image {
    char *path;
    char head[HEAD];
    gsize size;                 /* of head */
    gboolean readonly;          /* nothing is written to the file */
    const char *format;         /* NULL: an option has it */
};

static gboolean refuse(const struct image *image, const char *why,
                       GError **error)
{
    return hl_fail(error, "--drive %s: %s", image->path, why);
}

static gboolean check_kind(const struct image *image, GError **error)
{
    struct stat st;

    if (stat(image->path, &st)) {
        return refuse(image, strerror(errno), error);
    }
    if (S_ISDIR(st.st_mode)) {
        return refuse(image, "a folder, and not an image", error);
    }
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
        return refuse(image, "neither a file nor a block device", error);
    }
    if (S_ISREG(st.st_mode) && st.st_size == 0) {
        return refuse(image, "empty (truncate -s SIZE makes a blank disk of "
                      "it)", error);
    }
    if (!image->readonly && access(image->path, W_OK)) {
        return hl_fail(error, "--drive %s: cannot write: %s (add ,readonly=on "
                       "to read only)", image->path, strerror(errno));
    }
    return TRUE;
}

static gboolean read_head(struct image *image, GError **error)
{
    int fd = open(image->path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, image->head, HEAD);

    if (got < 0) {
        refuse(image, strerror(errno), error);
    }
    if (fd >= 0) {
        close(fd);
    }
    image->size = got < 0 ? 0 : (gsize)got;
    return got >= 0;
}

static gboolean has(const struct image *image, gsize at, const char *magic,
                    gsize size)
{
    return at + size <= image->size
        && memcmp(image->head + at, magic, size) == 0;
}

/*
 * A guest may write a head like this into a raw image. What such a head names
 * would be open to it in the next run.
 */
static gboolean check_qcow2(const struct image *image, GError **error)
{
    static const char nothing[8];
    gboolean backed = !has(image, 8, nothing, 8);
    gboolean elsewhere = image->size > 79 && image->head[7] > 2
        && (image->head[79] & 4);       /* incompatible feature 2 */

    return !(backed || elsewhere)
        || refuse(image, "a qcow2 image that names another file, which the "
                  "guest could then read (add ,format=qcow2 if that is meant)",
                  error);
}

static gboolean guess_format(struct image *image, GError **error)
{
    gboolean is_qcow2 = has(image, 0, "QFI\xfb", 4);

    if (image->format) {
        image->format = is_qcow2 ? "qcow2" : "raw";
    }
    return !image->format || !is_qcow2 || check_qcow2(image, error);
}

static gboolean check_count(const struct hl_devices *devices,
                            const char *text, GError **error)
{
    const char *most = hl_target_get(devices->target, "drives_most",
                                     DRIVES_MOST);

    return (int)devices->drives < atoi(most)
        || hl_fail(error, "--drive %s: target %s has at most %s", text,
                   devices->target->arch, most);
}

static void want_system(struct hl_devices *devices, gsize index)
{
    for (gsize i = 0; i < MODULES_MAX && systems[index].modules[i]; i++) {
        g_ptr_array_add(devices->wanted, (void *)systems[index].modules[i]);
    }
}

/* Partitions, other formats and blank disks may have any. */
static void want_modules(struct hl_devices *devices, const struct image *image)
{
    gboolean known = FALSE;

    for (gsize i = 0; i < G_N_ELEMENTS(systems); i++) {
        if (has(image, systems[i].offset, systems[i].magic,
                systems[i].size)) {
            want_system(devices, i);
            known = TRUE;
        }
    }
    for (gsize i = 0; !known && i < G_N_ELEMENTS(systems); i++) {
        want_system(devices, i);
    }
    g_ptr_array_add(devices->needed, "virtio_pci");
    g_ptr_array_add(devices->needed, "virtio_blk");
}

static void add_words(struct hl_devices *devices, const struct image *image,
                      char **options)
{
    GString *drive = g_string_new(NULL);

    g_string_printf(drive, "if=none,id=drive%u", devices->drives);
    if (image->format) {
        g_string_append_printf(drive, ",format=%s", image->format);
    }
    for (; *options; options++) {
        g_string_append_printf(drive, ",%s", *options);
    }
    hl_qemu_append(drive, ",file", image->path);
    g_ptr_array_add(devices->words, g_strdup("-drive"));
    g_ptr_array_add(devices->words, g_string_free(drive, FALSE));
    g_ptr_array_add(devices->words, g_strdup("-device"));
    g_ptr_array_add(devices->words, g_strdup_printf(
        "virtio-blk-pci,drive=drive%u", devices->drives));
}

static void read_options(struct image *image, char **options)
{
    image->format = "raw";
    for (; *options; options++) {
        if (g_str_has_prefix(*options, "format=")) {
            image->format = NULL;
        } else if (strcmp(*options, "readonly=on") == 0
                   || strcmp(*options, "snapshot=on") == 0) {
            image->readonly = TRUE;
        }
    }
}

/* Doubled commas are single ones of the name. */
static char *undouble(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",,", -1);

    return g_strjoinv(",", parts);
}

gboolean hl_devices_add_drive(struct hl_devices *devices, const char *text,
                              GError **error)
{
    static const char *const taken[] = { "file=", "id=", "if=", NULL };
    g_auto(GStrv) parts = hl_devices_split("drive", text, taken, error);
    struct image image = { 0 };
    gboolean good;

    if (!parts || !check_count(devices, text, error)) {
        return FALSE;
    }
    image.path = undouble(parts[0]);
    read_options(&image, parts + 1);
    good = check_kind(&image, error) && read_head(&image, error)
        && guess_format(&image, error);
    if (good) {
        add_words(devices, &image, parts + 1);
        want_modules(devices, &image);
        devices->drives++;
    }
    g_free(image.path);
    return good;
}
