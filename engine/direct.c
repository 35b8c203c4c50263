/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Direct reads: a handler of a process that is in the middle of a call of ours
 * reads that process's memory through its vCPU, as a debugger would.  Called by
 * bindings on that vCPU's thread, under engine->lock.
 *
 * Why these are the bytes that the guest's own copy_from_user() would give:
 *
 * - The call came from the process itself (task->is_user), and its vCPU stands
 *   still in the middle of it.  So the address space in use is that process's,
 *   and no other vCPU can have taken a page from it that is still mapped here:
 *   whoever unmaps one waits until this vCPU has taken the interrupt that
 *   flushes it.
 * - Only addresses below the guest's user_limit are read.  They are translated
 *   alike for the kernel and for its programs.
 * - QEMU translates for a debugger with the function that also fills its TLB
 *   for a load (MIPS: r4k_map_address).  It finds the entries that the guest's
 *   kernel wrote, and their valid, read-inhibit and ASID fields count.  What is
 *   not in there (not present, PROT_NONE, swapped out, or only not in use)
 *   fails, and the guest is asked: it faults the page in, or says EFAULT.
 * - Device memory that a program has mapped is read as copy_from_user() would
 *   read it: once, by this vCPU.
 *
 * Where the second half of this does not hold, or was not tried, the target's
 * direct_reads is false (target.c).
 */
#include "direct.h"

#include <string.h>

#include "call.h"
#include "script.h"
#include "task.h"

/*
 * Then the guest is asked once: a process that is to be killed, or to make room
 * for another, cannot be while its handler only reads.
 */
#define IN_A_ROW 1000

/* No guest here has smaller pages. */
#define PAGE 4096

/* Bytes from addr to its page's end and to the user's limit, at most size. */
static size_t span(const struct hl_engine *engine, uint64_t addr, size_t size)
{
    if (addr >= engine->user_limit) {
        return 0;
    }
    size = MIN(size, engine->user_limit - addr);
    return MIN(size, PAGE - addr % PAGE);
}

static bool may_read(const struct hl_script *script)
{
    struct hl_task *task = script->running;

    return script->request && task && task->is_user && script->engine->direct &&
           (task->no_wait || task->direct++ < IN_A_ROW);
}

static size_t read_page(const struct hl_script *script, uint64_t addr,
                        void *to, size_t size)
{
    struct hl_guest *guest = script->request->guest;
    size_t part = span(script->engine, addr, size);

    return part > 0 && guest->ops->read(guest, addr, to, part) ? part : 0;
}

static size_t counted(struct hl_script *script, size_t done)
{
    script->engine->stats.reads_direct += done > 0;
    return done;
}

size_t hl_direct_read(struct hl_script *script, uint64_t addr, void *to,
                      size_t size)
{
    size_t done = 0;
    size_t part;

    if (!may_read(script)) {
        return 0;
    }
    while (done < size &&
           (part = read_page(script, addr + done, (char *)to + done,
                             size - done)) > 0) {
        done += part;
    }
    return counted(script, done);
}

size_t hl_direct_read_str(struct hl_script *script, uint64_t addr, void *to,
                          size_t size, bool *ended)
{
    size_t done = 0;
    size_t part;

    *ended = false;
    if (!may_read(script)) {
        return 0;
    }
    while (done < size &&
           (part = read_page(script, addr + done, (char *)to + done,
                             size - done)) > 0) {
        const char *nul = memchr((char *)to + done, '\0', part);

        if (nul) {
            *ended = true;
            script->engine->stats.reads_direct++;
            return (size_t)(nul - (char *)to);
        }
        done += part;
    }
    return counted(script, done);
}
