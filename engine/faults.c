/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See faults.h. */
#include "faults.h"

#include "log.h"

/* A fault's text may have a guest's number in it: then each is another. */
#define FAULTS_MAX 1000
#define SAY_EVERY_US (10 * G_USEC_PER_SEC)

struct fault {
    uint64_t more;              /* since it was last shown */
    int64_t shown;              /* when that was: monotonic, us */
};

struct hl_faults {
    struct hl_engine *engine;
    GHashTable *faults;         /* what -> struct fault */
};

struct hl_faults *hl_faults_new(struct hl_engine *engine)
{
    struct hl_faults *faults = g_new0(struct hl_faults, 1);

    faults->engine = engine;
    faults->faults = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                           g_free);
    return faults;
}

void hl_faults_free(struct hl_faults *faults)
{
    g_hash_table_unref(faults->faults);
    g_free(faults);
}

static void say(struct hl_faults *faults, const char *what,
                struct fault *fault, int64_t now)
{
    hl_log(faults->engine, HL_ERROR, "%s: %" G_GUINT64_FORMAT " times more",
           what, fault->more);
    fault->more = 0;
    fault->shown = now;
}

void hl_faults_say(struct hl_faults *faults)
{
    GHashTableIter iter;
    gpointer what, fault;

    g_hash_table_iter_init(&iter, faults->faults);
    while (g_hash_table_iter_next(&iter, &what, &fault)) {
        if (((struct fault *)fault)->more > 0) {
            say(faults, what, fault, 0);
        }
    }
}

static void show(struct hl_faults *faults, const char *what, const char *text,
                 int64_t now)
{
    struct fault *fault = g_new0(struct fault, 1);

    if (g_hash_table_size(faults->faults) == FAULTS_MAX) {
        hl_faults_say(faults);
        g_hash_table_remove_all(faults->faults);
    }
    fault->shown = now;
    g_hash_table_insert(faults->faults, g_strdup(what), fault);
    hl_log(faults->engine, HL_ERROR, "%s", text);
}

void hl_fault(struct hl_faults *faults, const char *what, const char *text)
{
    struct fault *fault = g_hash_table_lookup(faults->faults, what);
    int64_t now = g_get_monotonic_time();

    if (!fault) {
        show(faults, what, text, now);
        return;
    }
    fault->more++;
    if (now - fault->shown >= SAY_EVERY_US) {
        say(faults, what, fault, now);
    }
}
