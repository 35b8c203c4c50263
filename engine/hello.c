/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HL_CALL_HELLO and HL_CALL_GOODBYE: a module comes and goes. */
#include <errno.h>
#include <string.h>

#include "call.h"
#include "file.h"
#include "item.h"
#include "log.h"
#include "spawn.h"
#include "swap.h"
#include "task.h"

static bool fits_target(const struct hl_engine *engine,
                        const struct hl_hello *hello)
{
    const struct hl_target *target = engine->target;

    return GUINT32_FROM_LE(hello->word_bits) == target->word_bits &&
           GUINT32_FROM_LE(hello->big_endian) == target->big_endian &&
           GUINT32_FROM_LE(hello->machine) == target->machine;
}

static int check(struct hl_engine *engine, const struct hl_hello *hello)
{
    uint32_t abi = GUINT32_FROM_LE(hello->abi);

    if (abi != HL_ABI_VERSION) {
        hl_log(engine, HL_ERROR, "the guest's hyperlua.ko speaks ABI %u, this "
               "engine ABI %u: build both from the same source", abi,
               HL_ABI_VERSION);
        return EPROTO;
    }
    if (!fits_target(engine, hello)) {
        hl_log(engine, HL_ERROR, "the guest's hyperlua.ko was built for "
               "another machine than %s (%u bits, %s-endian, ELF machine %u)",
               engine->target->name, GUINT32_FROM_LE(hello->word_bits),
               hello->big_endian ? "big" : "little",
               GUINT32_FROM_LE(hello->machine));
        return EPROTO;
    }
    return 0;
}

static void forget(struct hl_engine *engine)
{
    engine->greeted = false;
    engine->added = engine->swap_added = 0;
    hl_tasks_drop_all(engine);
    hl_files_forget_guest(engine);
    hl_items_forget_guest(engine);
    hl_spawns_forget_guest(engine);
    hl_swap_finish(engine);
}

static void greet(struct hl_engine *engine, struct hl_hello *hello)
{
    g_mutex_lock(&engine->lock);
    forget(engine);
    engine->greeted = true;
    engine->user_limit = MIN(GUINT64_FROM_LE(hello->user_limit),
                             engine->target->kernel_start);
    hl_items_say_work(engine);
    g_mutex_unlock(&engine->lock);
    hello->release[sizeof(hello->release) - 1] = '\0';
    hl_log(engine, HL_INFO, "guest: Linux %s on %s, vCPUs: %u",
           hello->release, engine->target->name,
           GUINT32_FROM_LE(hello->cpus));
}

uint64_t hl_call_hello(struct hl_engine *engine, struct hl_request *request)
{
    uint64_t region = request->arg[0];
    struct hl_hello hello;
    int error;

    if (!hl_region_is_sane(engine, region) ||
        !hl_region_read(request->guest, region, 0, &hello, sizeof(hello))) {
        return hl_call_error(EFAULT);
    }
    error = check(engine, &hello);
    if (error == 0) {
        greet(engine, &hello);
    }
    /* So that a module that was refused can say what it met. */
    hello.abi = GUINT32_TO_LE(HL_ABI_VERSION);
    hl_region_write(request->guest, region, &hello.abi, sizeof(hello.abi));
    return hl_call_error(error);
}

uint64_t hl_call_goodbye(struct hl_engine *engine, struct hl_request *request)
{
    g_mutex_lock(&engine->lock);
    forget(engine);
    g_mutex_unlock(&engine->lock);
    return 0;
}
