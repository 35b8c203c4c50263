/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folders of the files are watched, not the files: editors and git put new
 * files in their place.  A change is settled when nothing more happens for a
 * moment, no file is just being written, and none of those that must be there
 * is missing.
 */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "load.h"
#include "log.h"

/* Quiet for so long: then it is loaded; a save is to be felt in 50 ms. */
#define SETTLED_MS 5
/* Somebody writes without a pause: then it is loaded all the same. */
#define RESTLESS_MS 25
/* A file is open for writing, or missing: so long that is waited for. */
#define UNFINISHED_MS 1000
/* A folder is missing; versions may be to be closed. */
#define IDLE_MS 250

#define MASK (IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE |            \
              IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF |   \
              IN_ONLYDIR)

struct hl_watch {
    struct hl_reload *reload;
    int inotify;
    int stop[2];                /* a pipe: closed to end the thread */
    GHashTable *folders;        /* watch descriptor -> path */
    GHashTable *files;          /* paths that count, as given and resolved */
    GHashTable *unfinished;     /* of those, what is just being written */
    bool lacks_file;            /* one that must be there */
    bool lacks_folder;
    int64_t first;              /* change that is not loaded: us, or 0 */
    int64_t last;
    GThread *thread;
};

/* --- which folders and files ---------------------------------------------- */

static void watch_folder(struct hl_watch *watch, const char *folder)
{
    int wd = inotify_add_watch(watch->inotify, folder, MASK);

    if (wd < 0) {
        watch->lacks_folder = true;
    } else {
        g_hash_table_insert(watch->folders, GINT_TO_POINTER(wd),
                            g_strdup(folder));
    }
}

static void watch_file(struct hl_watch *watch, const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);

    g_hash_table_add(watch->files, g_strdup(path));
    /* A module may be looked for in folders that never were. */
    if (g_file_test(path, G_FILE_TEST_EXISTS) ||
        g_file_test(folder, G_FILE_TEST_IS_DIR)) {
        watch_folder(watch, folder);
    }
}

/* A script may be a link into another folder. */
static void watch_resolved(struct hl_watch *watch, const char *path)
{
    char resolved[PATH_MAX];

    if (realpath(path, resolved) && strcmp(path, resolved) != 0) {
        watch_file(watch, resolved);
    }
}

/* That must be there: its folder too. */
static void watch_needed(struct hl_watch *watch, const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);

    if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
        watch->lacks_folder = true;
    }
}

static void each_needed(struct hl_watch *watch,
                        void (*each)(struct hl_watch *watch, const char *path))
{
    const struct hl_sources *sources = hl_reload_sources(watch->reload);

    for (guint i = 0; i < sources->count; i++) {
        each(watch, sources->scripts[i].file);
    }
    if (sources->config) {
        each(watch, sources->config);
    }
}

/* After each load, as it says which files count. */
static void watch_all(struct hl_watch *watch)
{
    const GPtrArray *files = hl_reload_files(watch->reload);
    const char *models = hl_reload_sources(watch->reload)->models;

    watch->lacks_folder = false;
    g_hash_table_remove_all(watch->files);
    for (guint i = 0; i < files->len; i++) {
        watch_file(watch, files->pdata[i]);
        watch_resolved(watch, files->pdata[i]);
    }
    each_needed(watch, watch_needed);
    if (models) {
        watch_folder(watch, models);
    }
}

static bool is_model(const struct hl_watch *watch, const char *folder,
                     const char *name)
{
    const char *models = hl_reload_sources(watch->reload)->models;

    return models && strcmp(folder, models) == 0 && hl_load_is_model(name);
}

/* --- what happens to them ------------------------------------------------- */

/* Empty and just made: whoever made it will write; a link is whole at once. */
static bool is_begun(const char *path)
{
    struct stat stat;

    return lstat(path, &stat) == 0 && S_ISREG(stat.st_mode) &&
           stat.st_size == 0;
}

static void note_change(struct hl_watch *watch, const char *path,
                        uint32_t what)
{
    bool begun = what & IN_MODIFY || (what & IN_CREATE && is_begun(path));

    if (begun) {
        g_hash_table_add(watch->unfinished, g_strdup(path));
    } else {
        g_hash_table_remove(watch->unfinished, path);
    }
    watch->last = g_get_monotonic_time();
    if (watch->first == 0) {
        watch->first = watch->last;
    }
}

/* A folder itself has gone: what comes in its place is looked for. */
static void forget_folder(struct hl_watch *watch, int wd)
{
    inotify_rm_watch(watch->inotify, wd);
    g_hash_table_remove(watch->folders, GINT_TO_POINTER(wd));
    watch->lacks_folder = true;
}

static void take_event(struct hl_watch *watch,
                       const struct inotify_event *event)
{
    const char *folder = g_hash_table_lookup(watch->folders,
                                             GINT_TO_POINTER(event->wd));
    g_autofree char *path = NULL;

    if (event->mask & IN_Q_OVERFLOW) {
        note_change(watch, "", IN_CLOSE_WRITE);
    } else if (folder && event->mask & (IN_DELETE_SELF | IN_MOVE_SELF)) {
        forget_folder(watch, event->wd);
    } else if (folder && event->len > 0) {
        path = strcmp(folder, ".") == 0 ? g_strdup(event->name)
               : g_build_filename(folder, event->name, NULL);
        if (g_hash_table_contains(watch->files, path) ||
            is_model(watch, folder, event->name)) {
            note_change(watch, path, event->mask);
        }
    }
}

static void take_events(struct hl_watch *watch)
{
    _Alignas(struct inotify_event) char buffer[8192];
    ssize_t size = read(watch->inotify, buffer, sizeof(buffer));

    for (ssize_t at = 0; at < size;) {
        const struct inotify_event *event = (void *)(buffer + at);

        take_event(watch, event);
        at += (ssize_t)sizeof(*event) + event->len;
    }
}

/* --- when it is time ------------------------------------------------------ */

static void note_missing(struct hl_watch *watch, const char *path)
{
    watch->lacks_file |= !g_file_test(path, G_FILE_TEST_EXISTS);
}

/* Milliseconds until the changes are to be loaded; 0: now. */
static int due_in(struct hl_watch *watch)
{
    int64_t now = g_get_monotonic_time();
    int64_t due = watch->last + SETTLED_MS * 1000;
    int64_t most = watch->first + RESTLESS_MS * 1000;

    watch->lacks_file = false;
    each_needed(watch, note_missing);
    if (watch->lacks_file || g_hash_table_size(watch->unfinished) > 0) {
        due = most = watch->first + UNFINISHED_MS * 1000;
    }
    due = MIN(due, most);
    return due <= now ? 0 : (int)((due - now + 999) / 1000);
}

static void load(struct hl_watch *watch)
{
    g_autofree char *failed = NULL;

    watch->first = 0;
    g_hash_table_remove_all(watch->unfinished);
    hl_reload_run(watch->reload, &failed);
    watch_all(watch);
}

/* A folder that was missing: when all are there, what is in them is loaded. */
static void look_for_folders(struct hl_watch *watch)
{
    watch_all(watch);
    if (!watch->lacks_folder) {
        note_change(watch, "", IN_CLOSE_WRITE);
    }
}

static int timeout_of(struct hl_watch *watch)
{
    return watch->first != 0 ? due_in(watch) : IDLE_MS;
}

static void *run(void *data)
{
    struct hl_watch *watch = data;
    struct pollfd polls[] = {
        { .fd = watch->inotify, .events = POLLIN },
        { .fd = watch->stop[0], .events = POLLIN },
    };

    while (!polls[1].revents) {
        int timeout = timeout_of(watch);

        if (watch->first != 0 && timeout == 0) {
            load(watch);
        } else if (poll(polls, G_N_ELEMENTS(polls), timeout) > 0) {
            take_events(watch);
        } else if (watch->lacks_folder && watch->first == 0) {
            look_for_folders(watch);
        } else {
            hl_scripts_bury(hl_reload_engine(watch->reload));
        }
    }
    return NULL;
}

/* --- beginning and end ---------------------------------------------------- */

/* Signals are for QEMU's own threads. */
static GThread *start_thread(struct hl_watch *watch)
{
    GThread *thread;
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread = g_thread_new("hyperlua-watch", run, watch);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return thread;
}

struct hl_watch *hl_watch_start(struct hl_reload *reload, char **error)
{
    struct hl_watch *watch = g_new0(struct hl_watch, 1);

    watch->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->inotify < 0 ||
        !g_unix_open_pipe(watch->stop, FD_CLOEXEC, NULL)) {
        *error = g_strdup_printf("changes of scripts cannot be watched: %s "
                                 "(reload=off does without)",
                                 g_strerror(errno));
        g_free(watch);
        return NULL;
    }
    watch->reload = reload;
    watch->folders = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    watch->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    watch->unfinished = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                              NULL);
    watch_all(watch);
    watch->thread = start_thread(watch);
    return watch;
}

void hl_watch_stop(struct hl_watch *watch)
{
    close(watch->stop[1]);
    g_thread_join(watch->thread);
    close(watch->stop[0]);
    close(watch->inotify);
    hl_reload_free(watch->reload);
    g_hash_table_unref(watch->folders);
    g_hash_table_unref(watch->files);
    g_hash_table_unref(watch->unfinished);
    g_free(watch);
}
