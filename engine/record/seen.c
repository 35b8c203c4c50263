/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See seen.h.  Called by the tasks' kinds and by the portal's bindings. */
#include "seen.h"

#include <string.h>
#include <time.h>

#include "bytes.h"
#include "results/put.h"
#include "script.h"
#include "task.h"

int64_t hl_seen_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * G_GINT64_CONSTANT(1000000000) + time.tv_nsec;
}

struct hl_seen *hl_seen_new(void)
{
    struct hl_seen *seen = g_new0(struct hl_seen, 1);

    seen->began = hl_seen_now();
    return seen;
}

void hl_seen_free(struct hl_seen *seen)
{
    if (!seen) {
        return;
    }
    if (seen->hooks) {
        g_string_free(seen->hooks, TRUE);
    }
    if (seen->memory) {
        g_string_free(seen->memory, TRUE);
    }
    g_free(seen);
}

/* Where one more item of at most size characters goes; NULL: no room. */
static char *item(struct hl_seen *seen, GString **list, size_t size,
                  size_t most)
{
    if (!*list) {
        *list = g_string_new(NULL);
    } else if ((*list)->len > 0) {
        size++;
    }
    if ((*list)->len + size > most) {
        seen->cut = true;
        return NULL;
    }
    if ((*list)->len > 0) {
        g_string_append_c(*list, ',');
        size--;
    }
    g_string_set_size(*list, (*list)->len + size);
    return (*list)->str + (*list)->len - size;
}

static void end_item(GString *list, const char *end)
{
    g_string_truncate(list, (gsize)(end - list->str));
}

void hl_seen_hook(struct hl_seen *seen, const char *title, bool failed)
{
    size_t size = strlen(title);
    char *to = item(seen, &seen->hooks,
                    HL_RECORD_BYTES_MAX(size) + sizeof("{\"failed\":}"),
                    HL_SEEN_HOOKS_MAX);

    if (!to) {
        return;
    }
    if (failed) {
        to = hl_put(hl_put_bytes(hl_put(to, "{\"failed\":"), title, size), "}");
    } else {
        to = hl_put_bytes(to, title, size);
    }
    end_item(seen->hooks, to);
}

/* ["r",4294967295,...,pid] without the bytes */
#define FRAME_MAX 64

void hl_seen_memory(struct hl_seen *seen, char kind, uint32_t pid,
                    uint64_t addr, const void *bytes, size_t size)
{
    const char text[] = { '[', '"', kind, '"', ',', '\0' };
    char *to = item(seen, &seen->memory,
                    FRAME_MAX + HL_RECORD_BYTES_MAX(size), HL_SEEN_MEMORY_MAX);

    if (!to) {
        return;
    }
    to = hl_put(hl_put_uint(hl_put(to, text), addr), ",");
    to = hl_put_bytes(to, bytes, size);
    if (pid != 0) {
        to = hl_put_uint(hl_put(to, ","), pid);
    }
    end_item(seen->memory, hl_put(to, "]"));
}

void hl_seen_access(lua_State *L, char kind, uint32_t pid, uint64_t addr,
                    const void *bytes, size_t size)
{
    const struct hl_task *task = hl_script_of(L)->running;

    if (task && task->seen) {
        hl_seen_memory(task->seen, kind, pid, addr, bytes, size);
    }
}
