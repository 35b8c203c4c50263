/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The played kernel's prototypes of system calls: a few of its own, or those
 * that a test gives it.
 */
#include <errno.h>
#include <string.h>

#include "abi/proto_width.h"
#include "state.h"

/* The name, then each argument's type and name, with a NUL behind each. */
static const struct {
    uint16_t args;
    uint32_t number;
    const char *texts;
    size_t size;
} own[] = {
#define OWN(args, number, texts) { args, number, texts, sizeof(texts) }
    OWN(3, 4003, "read\0unsigned int\0fd\0char *\0buf\0size_t\0count"),
    OWN(3, 4004, "write\0unsigned int\0fd\0const char *\0buf\0size_t\0count"),
    OWN(1, 4006, "close\0unsigned int\0fd"),
    OWN(3, 4011, "execve\0const char *\0filename\0const char *const *\0argv\0"
        "const char *const *\0envp"),
    OWN(0, 4020, "getpid"),
    OWN(3, 4054, "ioctl\0unsigned int\0fd\0unsigned int\0cmd\0"
        "unsigned long\0arg"),
    OWN(2, 4166, "nanosleep\0struct __kernel_timespec *\0rqtp\0"
        "struct __kernel_timespec *\0rmtp"),
    OWN(4, 4200, "pread64\0unsigned int\0fd\0char *\0buf\0size_t\0count\0"
        "loff_t\0pos"),
    OWN(4, 4288, "openat\0int\0dfd\0const char *\0filename\0int\0flags\0"
        "umode_t\0mode"),
    OWN(HL_PROTO_UNKNOWN, UINT32_MAX, "cachectl"),
#undef OWN
};

void hl_played_add_proto(struct hl_played *played, uint16_t args,
                         uint32_t number, const char *texts, size_t size)
{
    size_t whole = sizeof(struct hl_proto) + (size + 7) / 8 * 8;
    struct hl_proto *proto = g_malloc0(whole);

    proto->size = GUINT16_TO_LE((uint16_t)whole);
    proto->args = GUINT16_TO_LE(args);
    proto->number = GUINT32_TO_LE(number);
    memcpy(proto + 1, texts, size);
    g_ptr_array_add(played->protos, proto);
}

void hl_played_add_own_protos(struct hl_played *played)
{
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
        hl_played_add_proto(played, own[i].args, own[i].number, own[i].texts,
                            own[i].size);
    }
}

void op_proto_next(struct hl_played *played, struct mem_region *region,
                   uint64_t addr, size_t size)
{
    size_t done = 0;

    if (played->raw_protos) {
        done = MIN(size, played->raw_protos->len);
        memcpy(region->data, played->raw_protos->str, done);
    }
    for (uint64_t i = addr; !played->raw_protos && i < played->protos->len;
         i++) {
        const struct hl_proto *proto = played->protos->pdata[i];

        if (done + GUINT16_FROM_LE(proto->size) > size) {
            break;
        }
        memcpy(region->data + done, proto, GUINT16_FROM_LE(proto->size));
        done += GUINT16_FROM_LE(proto->size);
    }
    hl_played_answer(region, HL_RESP_OK, done);
}

static const struct hl_proto *find(struct hl_played *played, const char *name)
{
    for (guint i = 0; i < played->protos->len; i++) {
        const struct hl_proto *proto = played->protos->pdata[i];

        if (!strcmp((const char *)(proto + 1), name)) {
            return proto;
        }
    }
    return NULL;
}

unsigned hl_played_arg_bits(struct hl_played *played, const char *name,
                            unsigned arg)
{
    unsigned word_bits = played->engine->target->word_bits;
    const struct hl_proto *proto = find(played, name);
    const char *text;

    if (!proto || proto->args == GUINT16_TO_LE(HL_PROTO_UNKNOWN) ||
        arg >= GUINT16_FROM_LE(proto->args)) {
        return word_bits;
    }
    text = (const char *)(proto + 1);
    for (unsigned i = 0; i <= 2 * arg; i++) {
        text += strlen(text) + 1;
    }
    return MIN(hl_type_bits(text, word_bits), word_bits);
}
