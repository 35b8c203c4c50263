/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be true of a --rootfs before it is booted; see root.h. */
#include <elf.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "root.h"

/* In the order in which they are tried. */
static const char *const inits[] = {
    "/sbin/init", "/etc/init", "/bin/init", "/init", "/init.real",
    "/sbin/preinit", "/etc/preinit",
};

/* Programs that a root filesystem has; some of them may be scripts. */
static const char *const programs[] = {
    "/bin/sh", "/bin/busybox", "/sbin/init", "/etc/init", "/bin/init", "/init",
    "/init.real", "/sbin/preinit", "/bin/bash", "/bin/ls", "/usr/bin/env",
};

static const struct {
    unsigned machine;
    const char *name;   /* as guest/targets and the errors say it */
} machines[] = {
    { EM_386, "i386" },         { EM_X86_64, "x86-64" },
    { EM_ARM, "ARM" },          { EM_AARCH64, "AArch64" },
    { EM_MIPS, "MIPS" },        { EM_PPC, "PowerPC" },
    { EM_PPC64, "PowerPC64" },  { EM_SPARC, "SPARC" },
    { EM_SPARCV9, "SPARC64" },  { EM_68K, "m68k" },
    { EM_SH, "SuperH" },        { EM_S390, "s390" },
    { EM_RISCV, "RISC-V" },     { EM_XTENSA, "Xtensa" },
    { EM_ARCV2, "ARC" },        { EM_ARC_COMPACT, "ARC" },
    { EM_MICROBLAZE, "MicroBlaze" },
};

/* "MIPS (32 bit, little endian)", or NULL when the file is no program. */
static char *machine_of(const unsigned char *head)
{
    gboolean big = head[EI_DATA] == ELFDATA2MSB;
    unsigned machine = big ? head[18] << 8 | head[19]
                           : head[19] << 8 | head[18];
    g_autofree char *number = g_strdup_printf("machine %u", machine);
    const char *name = number;

    if (memcmp(head, ELFMAG, SELFMAG)) {
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
        if (machines[i].machine == machine) {
            name = machines[i].name;
        }
    }
    return g_strdup_printf("%s (%d bit, %s endian)", name,
                           head[EI_CLASS] == ELFCLASS64 ? 64 : 32,
                           big ? "big" : "little");
}

static char *machine_at(struct hl_tree *tree, const char *path)
{
    struct hl_node *node = hl_tree_find(tree, path);
    unsigned char head[20];

    return node && S_ISREG(node->mode)
        && hl_tree_read(tree, node, head, sizeof(head)) == sizeof(head)
        ? machine_of(head) : NULL;
}

/* A target's "programs" lists what its kernel runs, the first of them best. */
gboolean hl_root_check(struct hl_tree *tree, const struct hl_target *target,
                       GError **error)
{
    const char *text = hl_target_get(target, "programs", "");
    g_auto(GStrv) good = g_strsplit(text, "; ", -1);

    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        g_autofree char *machine = machine_at(tree, programs[i]);

        if (machine && !g_strv_contains((const char *const *)good, machine)) {
            return hl_fail(error, "its %s is for %s, and target %s runs %s",
                           programs[i], machine, target->arch, text);
        }
        if (machine) {
            return TRUE;
        }
    }
    return TRUE;
}

const char *hl_root_init(struct hl_tree *tree)
{
    for (size_t i = 0; i < G_N_ELEMENTS(inits); i++) {
        struct hl_node *node = hl_tree_find(tree, inits[i]);

        if (node && S_ISREG(node->mode) && node->mode & 0111) {
            return inits[i];
        }
    }
    return NULL;
}

char *hl_root_inits(void)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(inits); i++) {
        g_string_append_printf(text, "%s%s", i ? ", " : "", inits[i]);
    }
    return g_string_free(text, FALSE);
}
