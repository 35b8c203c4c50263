/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A doorbell is a marker instruction followed by a store.  When QEMU has
 * translated a block, a memory callback goes on the stores behind markers and
 * nowhere else: other code runs as it would without the engine.
 *
 * Called by QEMU on vCPU threads; each uses its own struct vcpu.
 */
#include "doorbell.h"

#include <string.h>

struct vcpu {
    struct hl_guest guest;      /* first: the vtable's functions cast to us */
    GByteArray *bytes;          /* QEMU's reads go through it */
};

static struct {
    struct hl_engine *engine;
    struct vcpu *vcpu;
    unsigned max_vcpus;
} state;

static bool read_guest(struct hl_guest *guest, uint64_t addr, void *to,
                       size_t size)
{
    GByteArray *bytes = ((struct vcpu *)guest)->bytes;

    if (!qemu.read_memory_vaddr(addr, bytes, size)) {
        return false;
    }
    memcpy(to, bytes->data, size);
    return true;
}

static bool write_guest(struct hl_guest *guest, uint64_t addr,
                        const void *from, size_t size)
{
    /* QEMU looks at data and len only, and changes neither. */
    GByteArray bytes = { (guint8 *)from, (guint)size };

    return qemu.write_memory_vaddr(addr, &bytes);
}

static const struct hl_guest_ops qemu_guest_ops = { read_guest, write_guest };

void hl_doorbell_start(struct hl_engine *engine, unsigned max_vcpus)
{
    state.engine = engine;
    state.max_vcpus = max_vcpus;
    state.vcpu = g_new0(struct vcpu, max_vcpus);
    for (unsigned i = 0; i < max_vcpus; i++) {
        state.vcpu[i].guest.ops = &qemu_guest_ops;
        state.vcpu[i].bytes = g_byte_array_sized_new(HL_REGION_SIZE);
    }
}

static void rung(unsigned vcpu, uint32_t info, uint64_t vaddr, void *user)
{
    if (vcpu < state.max_vcpus &&
        vaddr >= state.engine->target->kernel_start) {
        hl_doorbell(state.engine, &state.vcpu[vcpu].guest, vaddr);
    }
}

static bool is_marker(const struct qemu_plugin_insn *insn)
{
    const struct hl_target *target = state.engine->target;
    uint8_t bytes[sizeof(target->marker)];

    return qemu.insn_size(insn) == target->marker_size &&
           qemu.insn_data(insn, bytes, target->marker_size) ==
               target->marker_size &&
           !memcmp(bytes, target->marker, target->marker_size);
}

/*
 * Does a marker lie right before this block?  Single-stepped guests run one
 * instruction a block.  Marker and store share a page, so looking back within
 * the page is enough.
 */
static bool follows_marker(const struct qemu_plugin_tb *tb, uint64_t vaddr)
{
    const struct hl_target *target = state.engine->target;
    const uint8_t *here = qemu.insn_haddr(qemu.tb_get_insn(tb, 0));

    return here && (vaddr & 0xfff) >= target->marker_size &&
           !memcmp(here - target->marker_size, target->marker,
                   target->marker_size);
}

void hl_doorbell_translated(struct qemu_plugin_tb *tb)
{
    uint64_t vaddr = qemu.tb_vaddr(tb);
    size_t count = qemu.tb_n_insns(tb);
    bool armed;

    /* A guest's program must not be able to speak as its kernel. */
    if (vaddr < state.engine->target->kernel_start || count == 0) {
        return;
    }
    armed = follows_marker(tb, vaddr);
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu.tb_get_insn(tb, i);

        if (armed) {
            qemu.register_vcpu_mem_cb(insn, rung, QEMU_CB_NO_REGS,
                                      QEMU_MEM_WRITE, NULL);
        }
        armed = is_marker(insn);
    }
}
