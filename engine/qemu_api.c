/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds QEMU's functions and decides which API version to declare.  Runs as a
 * constructor: QEMU reads qemu_plugin_version after it, and refuses the
 * library if it does not like what it reads.
 */
#define _GNU_SOURCE
#include "qemu_api.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

struct hl_qemu_api qemu;

/* Read by QEMU. */
__attribute__((visibility("default"))) int qemu_plugin_version;

static void *find(const char *name)
{
    void *function = dlsym(RTLD_DEFAULT, name);

    if (!function && !qemu.missing) {
        qemu.missing = name;
    }
    return function;
}

struct release {
    int major;
    int minor;
};

/* The text behind --version, in the read-only data of the main program. */
static int find_release(struct dl_phdr_info *info, size_t size, void *user)
{
    static const char text[] = "QEMU emulator version ";
    struct release *release = user;

    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        const char *start = (const char *)(info->dlpi_addr + segment->p_vaddr);
        const char *found;

        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W ||
            !(segment->p_flags & PF_R)) {
            continue;
        }
        found = memmem(start, segment->p_filesz, text, sizeof(text) - 1);
        if (found) {
            sscanf(found + sizeof(text) - 1, "%d.%d", &release->major,
                   &release->minor);
            return 1;
        }
    }
    return 1;                   /* only the first object: the program */
}

/*
 * 6 and 7 export the same names, and each QEMU takes but its own: so its
 * release decides.  11.0 is 6.
 */
static int six_or_seven(void)
{
    struct release release = { 0, 0 };

    dl_iterate_phdr(find_release, &release);
    return release.major == 11 && release.minor == 0 ? 6
                                                     : HL_QEMU_API_USERDATA;
}

static int version_to_declare(void)
{
    if (dlsym(RTLD_DEFAULT, "qemu_plugin_set_pc")) {
        return six_or_seven();
    }
    if (dlsym(RTLD_DEFAULT, "qemu_plugin_translate_vaddr")) {
        return 5;
    }
    if (dlsym(RTLD_DEFAULT, "qemu_plugin_read_memory_vaddr")) {
        return 4;               /* 10.0; ours adds write_memory_vaddr */
    }
    /* Too old, but it must load us for us to say so. */
    return dlsym(RTLD_DEFAULT, "qemu_plugin_get_registers") ? 2 : 1;
}

__attribute__((constructor)) static void look_up(void)
{
#define HL_QEMU_FIND(result, name, parameters)                                \
    qemu.name = (result(*) parameters)find("qemu_plugin_" #name);
    HL_QEMU_FUNCTIONS(HL_QEMU_FIND)
#undef HL_QEMU_FIND
    qemu.version = version_to_declare();
    qemu_plugin_version = qemu.version;
}
