/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fetches the guest's prototypes with HL_OP_PROTO_NEXT: an item (item.h) that
 * is added before the first hook, and so handed over before any.  The guest
 * wrote them, so all is bounded here.
 */
#include "proto.h"

#include <lauxlib.h>
#include <string.h>

#include "abi/proto_width.h"
#include "log.h"
#include "script.h"
#include "task.h"

/* No kernel has a third of them. */
#define PROTOS_MAX 2048

struct hl_protos {
    struct hl_item item;        /* first */
    bool wanted;
    GHashTable *by_name;        /* of struct hl_sys_proto */
    uint32_t told;              /* records so far: the next one's index */
    lua_Integer round;
};

/* --- the table ------------------------------------------------------------ */

static void free_proto(gpointer data)
{
    struct hl_sys_proto *proto = data;

    g_free(proto->name);
    g_free(proto->texts);
    g_free(proto);
}

struct hl_protos *hl_protos_new(void)
{
    struct hl_protos *protos = g_new0(struct hl_protos, 1);

    protos->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
                                            free_proto);
    return protos;
}

void hl_protos_free(struct hl_protos *protos)
{
    g_hash_table_unref(protos->by_name);
    g_free(protos);
}

bool hl_protos_are_there(const struct hl_engine *engine)
{
    const struct hl_protos *protos = engine->protos;

    return protos->wanted && protos->item.state == HL_ITEM_PRESENT;
}

struct hl_sys_proto *hl_proto_find(const struct hl_engine *engine,
                                   const char *name)
{
    return g_hash_table_lookup(engine->protos->by_name, name);
}

lua_Integer hl_protos_round(const struct hl_engine *engine)
{
    return engine->protos->round;
}

void hl_protos_each(const struct hl_engine *engine,
                    void (*each)(struct hl_sys_proto *proto, void *user),
                    void *user)
{
    GHashTableIter iter;
    gpointer proto;

    g_hash_table_iter_init(&iter, engine->protos->by_name);
    while (g_hash_table_iter_next(&iter, NULL, &proto)) {
        each(proto, user);
    }
}

static void clear(struct hl_engine *engine)
{
    struct hl_protos *protos = engine->protos;

    protos->round++;
    g_hash_table_remove_all(protos->by_name);
    protos->told = 0;
}

/* --- from the wire -------------------------------------------------------- */

/* The text at *at, which moves behind it; NULL: it is none. */
static const char *take_text(const char **at, const char *end, size_t max)
{
    const char *text = *at;
    const char *nul = memchr(text, '\0', (size_t)(end - text));

    if (!nul || (size_t)(nul - text) >= max) {
        return NULL;
    }
    for (const char *c = text; c < nul; c++) {
        if (!g_ascii_isprint(*c)) {
            return NULL;
        }
    }
    *at = nul + 1;
    return text;
}

static bool take_args(struct hl_sys_proto *proto, const char *at,
                      const char *end, unsigned word_bits)
{
    for (int i = 0; i < proto->args; i++) {
        struct hl_arg *arg = &proto->arg[i];
        arg->type = take_text(&at, end, 128);
        arg->name = arg->type ? take_text(&at, end, 64) : NULL;
        if (!arg->name) {
            return false;
        }
        arg->bits = (uint8_t)hl_type_bits(arg->type, word_bits);
        proto->wide |= hl_type_bits(arg->type, 32) > 32;
    }
    return true;
}

/* NULL: it makes no sense. */
static struct hl_sys_proto *take_proto(const struct hl_proto *from, size_t size,
                                       unsigned word_bits)
{
    struct hl_sys_proto *proto = g_new0(struct hl_sys_proto, 1);
    uint16_t args = GUINT16_FROM_LE(from->args);
    const char *at;
    const char *end;
    const char *name;

    size -= sizeof(*from);
    at = proto->texts = g_memdup2(from + 1, size);
    end = at + size;
    proto->number = GUINT32_FROM_LE(from->number);
    proto->known = args != HL_PROTO_UNKNOWN;
    proto->args = (uint8_t)(proto->known ? MIN(args, HL_SYSCALL_ARGS + 1) : 0);
    name = size > 0 ? take_text(&at, end, HL_NAME_SIZE) : NULL;
    if (!name || !*name || proto->args > HL_SYSCALL_ARGS ||
        !take_args(proto, at, end, word_bits)) {
        free_proto(proto);
        return NULL;
    }
    proto->name = g_strdup(name);
    return proto;
}

/* Bytes that the record takes; 0: it makes no sense. */
static size_t take_record(struct hl_engine *engine, const uint8_t *data,
                          size_t left)
{
    struct hl_protos *protos = engine->protos;
    const struct hl_proto *from = (const void *)data;
    struct hl_sys_proto *proto;
    size_t size;

    if (left < sizeof(*from) || protos->told == PROTOS_MAX) {
        return 0;
    }
    size = GUINT16_FROM_LE(from->size);
    if (size < sizeof(*from) || size > left || size % 8 != 0) {
        return 0;
    }
    proto = take_proto(from, size, engine->target->word_bits);
    if (!proto) {
        return 0;
    }
    protos->told++;
    if (g_hash_table_contains(protos->by_name, proto->name)) {
        free_proto(proto);      /* the first is what scripts may have seen */
    } else {
        g_hash_table_insert(protos->by_name, proto->name, proto);
    }
    return size;
}

/* --- the item ------------------------------------------------------------- */

static void ask_next(struct hl_task *task, struct hl_item *item)
{
    task->ask.op = HL_OP_PROTO_NEXT;
    task->ask.addr = ((struct hl_protos *)item)->told;
    task->ask.size = task->ask.want = HL_CHUNK;
}

/* Whether more are to be asked for. */
static bool take_answer(struct hl_engine *engine, struct hl_item *item,
                        const struct hl_answer *answer)
{
    uint32_t at = 0;

    if (answer->resp != HL_RESP_OK) {
        return false;
    }
    while (at < answer->size) {
        size_t size = take_record(engine, answer->data + at,
                                  answer->size - at);

        if (size == 0) {
            hl_log(engine, HL_WARN, "the guest's prototypes of system calls "
                   "make no sense after the first %u", engine->protos->told);
            return false;
        }
        at += (uint32_t)size;
    }
    return answer->size > 0;
}

static void forget_guest(struct hl_engine *engine, struct hl_item *item)
{
    clear(engine);
}

/* Then there are none: handlers get words. */
static void refused(struct hl_engine *engine, struct hl_item *item, int error)
{
}

static const struct hl_item_ops protos_ops = {
    .ask_add = ask_next,
    .take = take_answer,
    .refused = refused,
    .forget_guest = forget_guest,
};

void hl_protos_want(struct hl_engine *engine)
{
    if (!engine->protos->wanted) {
        engine->protos->wanted = true;
        hl_item_add(engine, &engine->protos->item, &protos_ops);
    }
}

/* --- near matches --------------------------------------------------------- */

#define NEAR_MAX 3

struct near {
    const char *wanted;
    struct {
        const char *name;
        unsigned distance;
    } best[NEAR_MAX];
};

/* Letters to change, insert or leave out; both shorter than HL_NAME_SIZE. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[HL_NAME_SIZE];
    size_t length = strlen(b);

    for (size_t j = 0; j <= length; j++) {
        row[j] = (unsigned)j;
    }
    for (; *a; a++) {
        unsigned left_above = row[0]++;

        for (size_t j = 1; j <= length; j++) {
            unsigned changed = left_above + (*a != b[j - 1]);

            left_above = row[j];
            row[j] = MIN(changed, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[length];
}

static void consider(struct hl_sys_proto *proto, void *user)
{
    struct near *near = user;
    unsigned far = distance(near->wanted, proto->name);
    int at = NEAR_MAX;

    if (far > MAX(1, strlen(near->wanted) / 3)) {
        return;
    }
    while (at > 0 && (!near->best[at - 1].name ||
                      far < near->best[at - 1].distance ||
                      (far == near->best[at - 1].distance &&
                       strcmp(proto->name, near->best[at - 1].name) < 0))) {
        if (at < NEAR_MAX) {
            near->best[at] = near->best[at - 1];
        }
        at--;
    }
    if (at < NEAR_MAX) {
        near->best[at].name = proto->name;
        near->best[at].distance = far;
    }
}

char *hl_protos_near(const struct hl_engine *engine, const char *name)
{
    struct near near = { .wanted = name };
    GString *text = g_string_new(NULL);

    hl_protos_each(engine, consider, &near);
    for (int i = 0; i < NEAR_MAX && near.best[i].name; i++) {
        g_string_append_printf(text, "%s%s", i == 0 ? "" : ", ",
                               near.best[i].name);
    }
    return g_string_free(text, text->len == 0);
}
