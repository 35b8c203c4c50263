/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of --net and --drive; see devices.h. */
#include <string.h>

#include "cli.h"
#include "devices.h"

struct hl_devices *hl_devices_new(const struct hl_target *target)
{
    struct hl_devices *devices = g_new0(struct hl_devices, 1);

    devices->target = target;
    devices->words = g_ptr_array_new_with_free_func(g_free);
    devices->needed = g_ptr_array_new();
    devices->wanted = g_ptr_array_new();
    return devices;
}

void hl_devices_free(struct hl_devices *devices)
{
    if (devices) {
        g_ptr_array_unref(devices->words);
        g_ptr_array_unref(devices->needed);
        g_ptr_array_unref(devices->wanted);
        g_free(devices->network);
        g_free(devices);
    }
}

static const char *part_end(const char *text)
{
    while (*text && (*text != ',' || text[1] == ',')) {
        text += *text == ',' ? 2 : 1;
    }
    return text;
}

static gboolean check_part(const char *option, const char *text,
                           const char *part, const char *const *taken,
                           GError **error)
{
    if (!*part) {
        return hl_fail(error, "--%s %s: nothing between two commas, or at an "
                       "end (a comma itself is written twice)", option, text);
    }
    for (; *taken; taken++) {
        if (g_str_has_prefix(part, *taken)) {
            return hl_fail(error, "--%s %s: %s is not for you to give", option,
                           text, *taken);
        }
    }
    return TRUE;
}

char **hl_devices_split(const char *option, const char *text,
                        const char *const *taken, GError **error)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
    gboolean good = TRUE;
    const char *at = text, *end;

    do {
        end = part_end(at);
        g_ptr_array_add(parts, g_strndup(at, (gsize)(end - at)));
        good = check_part(option, text, parts->pdata[parts->len - 1], taken,
                          error);
        at = end + 1;
    } while (good && *end);
    if (!good) {
        g_ptr_array_unref(parts);
        return NULL;
    }
    g_ptr_array_add(parts, NULL);
    return (char **)g_ptr_array_free(parts, FALSE);
}

char *hl_devices_text(const struct hl_devices *devices)
{
    GString *text = g_string_new(NULL);

    if (devices->network) {
        g_string_append_printf(text, "network %s\n", devices->network);
    }
    if (devices->drives) {
        g_string_append_printf(text, "drives %u\n", devices->drives);
    }
    return g_string_free(text, text->len == 0);
}
