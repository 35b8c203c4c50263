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
#include "markers.h"

enum { MARKER_SIZE = 4 };

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id id, const struct qemu_info *info,
                        int argc, char **argv);

static const struct {
    const char *target;
    uint8_t marker[MARKER_SIZE];        /* as it lies in memory */
} markers[] = {
    { "mipsel", { 'L', 'F', 0x00, 0x3c } },
    { "mips64el", { 'L', 'F', 0x00, 0x3c } },
    { "mips", { 0x3c, 0x00, 'F', 'L' } },
};

_Static_assert(FLOOR_MARKER_MIPS == (0x3c000000 | 'F' << 8 | 'L'), "table");

static const uint8_t *marker;

static void empty(unsigned vcpu, uint32_t info, uint64_t vaddr, void *user)
{
}

static void translated(const struct qemu_plugin_tb *tb)
{
    size_t count = qemu.tb_n_insns(tb);
    bool armed = false;

    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu.tb_get_insn(tb, i);
        uint8_t bytes[MARKER_SIZE];

        if (armed) {
            qemu.register_vcpu_mem_cb(insn, empty, QEMU_CB_NO_REGS,
                                      QEMU_MEM_WRITE, NULL);
        }
        armed = qemu.insn_data(insn, bytes, MARKER_SIZE) == MARKER_SIZE &&
                !memcmp(bytes, marker, MARKER_SIZE);
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
    for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++) {
        if (!strcmp(markers[i].target, info->target_name)) {
            marker = markers[i].marker;
        }
    }
    if (!marker || qemu.missing) {
        fprintf(stderr, "hlfloor: error: %s\n", marker ? qemu.missing
                : "no floor marker is known for this target");
        return -1;
    }
    qemu.register_vcpu_tb_trans_cb(id, qemu.version >= HL_QEMU_API_USERDATA
                                           ? (void *)translated_7
                                           : (void *)translated_6, NULL);
    return 0;
}
