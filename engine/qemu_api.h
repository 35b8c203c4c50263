/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of QEMU's plugin interface that the engine uses, declared here
 * because distributions ship no header for it, and because one plugin file
 * serves versions whose callbacks differ: up to 6 some get the plugin's id,
 * from 7 on all get user data.
 *
 * Functions are looked up by name when the library is loaded, so that a QEMU
 * that lacks one gets a clear line instead of an unresolved symbol.
 */
#ifndef HL_QEMU_API_H
#define HL_QEMU_API_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef uint64_t qemu_plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

/* What QEMU hands to qemu_plugin_install. */
struct qemu_info {
    const char *target_name;
    struct {
        int min;
        int cur;
    } version;
    bool system_emulation;
    struct {
        int smp_vcpus;
        int max_vcpus;
    } system;
};

#define QEMU_CB_NO_REGS 0
#define QEMU_MEM_WRITE 2

typedef void qemu_vcpu_mem_cb(unsigned vcpu, uint32_t info, uint64_t vaddr,
                              void *user);

/* X(result, name, parameters): looked up as qemu_plugin_NAME. */
#define HL_QEMU_FUNCTIONS(X)                                                  \
    X(void, register_vcpu_tb_trans_cb, (qemu_plugin_id, void *cb, void *user))\
    X(void, register_atexit_cb, (qemu_plugin_id, void *cb, void *user))       \
    X(void, register_vcpu_mem_cb,                                             \
      (struct qemu_plugin_insn *, qemu_vcpu_mem_cb *, int flags, int rw,      \
       void *user))                                                           \
    X(size_t, tb_n_insns, (const struct qemu_plugin_tb *))                    \
    X(struct qemu_plugin_insn *, tb_get_insn,                                 \
      (const struct qemu_plugin_tb *, size_t index))                          \
    X(uint64_t, tb_vaddr, (const struct qemu_plugin_tb *))                    \
    X(size_t, insn_data, (const struct qemu_plugin_insn *, void *, size_t))   \
    X(size_t, insn_size, (const struct qemu_plugin_insn *))                   \
    X(void *, insn_haddr, (const struct qemu_plugin_insn *))                  \
    X(bool, read_memory_vaddr, (uint64_t, GByteArray *, size_t))              \
    X(bool, write_memory_vaddr, (uint64_t, GByteArray *))

struct hl_qemu_api {
    int version;                /* what the library declares to this QEMU */
    const char *missing;        /* NULL, or the function that QEMU lacks */
#define HL_QEMU_FIELD(result, name, parameters) result (*name)parameters;
    HL_QEMU_FUNCTIONS(HL_QEMU_FIELD)
#undef HL_QEMU_FIELD
};

/* Filled before main; read-only afterwards. */
extern struct hl_qemu_api qemu;

/* From this version on, callbacks get user data and no plugin id. */
#define HL_QEMU_API_USERDATA 7

#endif
