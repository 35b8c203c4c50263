/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plugin that does nothing, the floor under the cost of a doorbell: a memory
 * callback without a body, on the stores behind a marker of its own.  Loaded
 * into the same QEMU as the engine, so that both are measured in one run.
 *
 * Called by QEMU on vCPU threads; the only state is fixed at the start.
 */
#include <stdio.h>
#include <string.h>

#include "../../engine/qemu_api.h"
#include "../../engine/target.h"
#include "markers.h"

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id id, const struct qemu_info *info,
                        int argc, char **argv);

static const struct target {
    const char *name;           /* as QEMU calls it */
    uint8_t marker[8];          /* as it lies in memory */
    uint8_t size;
} targets[] = {
    { "mipsel", HL_LE32(FLOOR_MARKER_MIPS), 4 },
    { "mips64el", HL_LE32(FLOOR_MARKER_MIPS), 4 },
    { "mips", HL_BE32(FLOOR_MARKER_MIPS), 4 },
    { "arm", HL_LE32(FLOOR_MARKER_ARM), 4 },
    { "aarch64", HL_LE32(FLOOR_MARKER_ARM64), 4 },
    { "x86_64", { FLOOR_MARKER_X86 }, 7 },
};

static const struct target *target;

static void empty(unsigned vcpu, uint32_t info, uint64_t vaddr, void *user)
{
}

static bool is_marker(const struct qemu_plugin_insn *insn)
{
    uint8_t bytes[sizeof(target->marker)];

    return qemu.insn_size(insn) == target->size &&
           qemu.insn_data(insn, bytes, target->size) == target->size &&
           !memcmp(bytes, target->marker, target->size);
}

/* The callback leaves no trace, so `run` looks for this line. */
static void say_once(void)
{
    static gint said;

    if (!g_atomic_int_exchange(&said, 1)) {
        fputs("hlfloor: in place\n", stderr);
    }
}

static void translated(const struct qemu_plugin_tb *tb)
{
    size_t count = qemu.tb_n_insns(tb);
    bool armed = false;

    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu.tb_get_insn(tb, i);

        if (armed) {
            qemu.register_vcpu_mem_cb(insn, empty, QEMU_CB_NO_REGS,
                                      QEMU_MEM_WRITE, NULL);
            say_once();
        }
        armed = is_marker(insn);
    }
}

/* API 7 gives user data, before it the plugin's id came first. */
static void translated_7(struct qemu_plugin_tb *tb, void *user)
{
    translated(tb);
}

static void translated_6(qemu_plugin_id id, struct qemu_plugin_tb *tb)
{
    translated(tb);
}

int qemu_plugin_install(qemu_plugin_id id, const struct qemu_info *info,
                        int argc, char **argv)
{
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        if (!strcmp(targets[i].name, info->target_name)) {
            target = &targets[i];
        }
    }
    if (!target || qemu.missing) {
        fprintf(stderr, "hlfloor: error: %s\n", target ? qemu.missing
                : "no floor marker is known for this target");
        return -1;
    }
    qemu.register_vcpu_tb_trans_cb(id, qemu.version >= HL_QEMU_API_USERDATA
                                           ? (void *)translated_7
                                           : (void *)translated_6, NULL);
    return 0;
}
