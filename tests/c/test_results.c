/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of what the guest did: FILE.yaml and the stream FILE.jsonl. */
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results_files.h"
#include "results/json.h"
#include "results/kept.h"

static struct hl_file_request request(enum hyperfs_file_ops op, int64_t retval)
{
    return (struct hl_file_request){
        .op = op, .pid = 7, .comm = "cat", .retval = retval,
    };
}

static void add_write(struct files *files, const char *path, const void *data,
                      size_t size, int64_t offset)
{
    struct hl_file_request write = request(HYP_WRITE, (int64_t)size);

    write.data = data;
    write.length = size;
    write.offset = offset;
    hl_results_add(files->results, path, &write);
}

static void add_each_operation(struct files *files)
{
    struct hl_file_request one = request(HYP_READ, 1);

    one.reply = (const uint8_t *)"0";
    one.reply_size = 1;
    one.length = 64;
    hl_results_add(files->results, "/dev/led", &one);
    add_write(files, "/dev/led", "on\n", 3, -1);
    one = request(HYP_IOCTL, -25);
    one.cmd = 0x40045700;
    one.arg = UINT64_MAX;
    one.unhandled = true;
    hl_results_add(files->results, "/dev/led", &one);
    one.user = (const uint8_t *)"ab";
    one.user_size = 2;
    one.unhandled = false;
    hl_results_add(files->results, "/dev/led", &one);
    one = request(HYP_GETATTR, 0);
    one.size = 5;
    hl_results_add(files->results, "/dev/led", &one);
    one = request(HYP_OPEN, 0);
    one.open_flags = 2;
    hl_results_add(files->results, "/dev/led", &one);
    one = request(HYP_LSEEK, 3);
    one.offset = -2;
    one.length = 2;
    hl_results_add(files->results, "/dev/led", &one);
    for (int op = HYP_OPEN; op < HYP_FILE_OPS_COUNT; op++) {
        if (op != HYP_OPEN && op != HYP_LSEEK) {
            one = request((enum hyperfs_file_ops)op, op);
            hl_results_add(files->results, "/dev/led", &one);
        }
    }
    one = request(HYP_READ, -22);
    hl_results_add(files->results, "/dev/a", &one);
}

static void yaml_of_each_operation(void)
{
    struct files files = files_new("mipsel");

    files_assert(files.log, "");
    add_each_operation(&files);
    files_write(&files);
    files_assert(files.log,
        "/dev/a:\n"
        "  read:\n"
        "  - readval: -22\n"
        "    bytes_requested: 0\n"
        "    data: \"\"\n"
        "/dev/led:\n"
        "  read:\n"
        "  - readval: 1\n"
        "    bytes_requested: 64\n"
        "    data: \"0\"\n"
        "  write:\n"
        "  - retval: 3\n"
        "    bytes_requested: 3\n"
        "    offset: -1\n"
        "    data: \"on\\n\"\n"
        "  ioctl:\n"
        "  - cmd: 0x40045700\n"
        "    arg: 0xffffffffffffffff\n"
        "    retval: -25\n"
        "  - cmd: 0x40045700\n"
        "    arg: 0xffffffffffffffff\n"
        "    retval: -25\n"
        "  getattr:\n"
        "  - size: 5\n"
        "    retval: 0\n"
        "  open:\n"
        "  - retval: 0\n"
        "  release:\n"
        "  - retval: 5\n"
        "  lseek:\n"
        "  - offset: -2\n"
        "    whence: 2\n"
        "    retval: 3\n"
        "  poll:\n"
        "  - retval: 7\n"
        "  fsync:\n"
        "  - retval: 8\n");
    files_free(&files);
}

#define HEAD(seq, op)                                                         \
    "{\"seq\":" seq ",\"path\":\"/dev/led\",\"op\":\"" op "\",\"pid\":7,"     \
    "\"comm\":\"cat\",\"retval\":"

static void lines_of_each_operation(void)
{
    struct files files = files_new("mipsel");

    files_assert(files.stream, "");
    add_each_operation(&files);
    hl_results_flush(files.results);
    files_assert(files.stream,
        HEAD("1", "read") "1,\"length\":64,\"offset\":0,\"data\":\"0\"}\n"
        HEAD("2", "write") "3,\"length\":3,\"offset\":-1,\"data\":\"on\\n\"}\n"
        HEAD("3", "ioctl") "-25,\"cmd\":1074026240,"
            "\"arg\":18446744073709551615,\"unhandled\":true}\n"
        HEAD("4", "ioctl") "-25,\"cmd\":1074026240,"
            "\"arg\":18446744073709551615,\"data\":\"ab\"}\n"
        HEAD("5", "getattr") "0,\"size\":5}\n"
        HEAD("6", "open") "0,\"flags\":2}\n"
        HEAD("7", "lseek") "3,\"offset\":-2,\"whence\":2}\n"
        HEAD("8", "release") "5}\n"
        HEAD("9", "poll") "7}\n"
        HEAD("10", "fsync") "8}\n"
        "{\"seq\":11,\"path\":\"/dev/a\",\"op\":\"read\",\"pid\":7,"
            "\"comm\":\"cat\",\"retval\":-22,\"length\":0,\"offset\":0,"
            "\"data\":\"\"}\n");
    files_free(&files);
}

static void nothing_done(void)
{
    struct files files = files_new("mipsel");

    files_write(&files);
    files_assert(files.log, "{}\n");
    files_assert(files.stream, "");
    files_free(&files);
}

static void no_results(void)
{
    struct hl_file_request read = request(HYP_READ, 0);
    char *error = NULL;

    hl_results_add(NULL, "/dev/x", &read);
    hl_results_missing_path(NULL, "/dev/x", 1, "cat");
    hl_results_missing_ioctl(NULL, "/dev/x", 1, -25, 1, "cat");
    hl_results_flush(NULL);
    g_assert_true(hl_results_write(NULL, &error));
    hl_results_free(NULL);
}

/* --- bounds -------------------------------------------------------------- */

static void first_and_last_entries_are_kept(void)
{
    struct files files = files_new("mipsel");
    GString *expected = g_string_new("/dev/x:\n  write:\n");
    g_autofree char *text = NULL;

    for (int i = 0; i < 10000; i++) {
        add_write(&files, "/dev/x", "a", 1, i);
        if (i == HL_KEPT_FIRST) {
            g_string_append(expected, "  - omitted: 9872\n");
        }
        if (i < HL_KEPT_FIRST || i >= 10000 - HL_KEPT_LAST) {
            g_string_append_printf(expected, "  - retval: 1\n"
                "    bytes_requested: 1\n    offset: %d\n    data: \"a\"\n", i);
        }
    }
    files_write(&files);
    text = g_string_free(expected, FALSE);
    files_assert(files.log, text);
    files_free(&files);
}

static void all_lines_arrive_in_order(void)
{
    struct files files = files_new("mipsel");
    GString *expected = g_string_new(NULL);
    g_autofree char *text = NULL;

    for (int i = 0; i < 10000; i++) {
        struct hl_file_request poll_one = request(HYP_POLL, i);

        hl_results_add(files.results, "/dev/led", &poll_one);
        g_string_append_printf(expected, HEAD("%d", "poll") "%d}\n", i + 1, i);
    }
    hl_results_free(g_steal_pointer(&files.results));
    text = g_string_free(expected, FALSE);
    files_assert(files.stream, text);
    files_free(&files);
}

static void fill(struct files *files, const char *path, int writes)
{
    g_autofree char *data = g_strnfill(HL_RESULTS_DATA_MAX, 'x');

    for (int i = 0; i < writes; i++) {
        add_write(files, path, data, HL_RESULTS_DATA_MAX, i);
    }
}

/* Every byte is used up; the first of these has 10 of its last entries. */
static struct files files_full(void)
{
    struct files files = files_new("mipsel");

    fill(&files, "/dev/zz", HL_KEPT_FIRST + 10);
    for (int i = 0; i < 100; i++) {
        g_autofree char *path = g_strdup_printf("/dev/%02d", i);

        fill(&files, path, HL_KEPT_FIRST + HL_KEPT_LAST);
    }
    return files;
}

static void bytes_are_bounded(void)
{
    struct files files = files_full();
    g_autofree char *text = NULL;

    files_write(&files);
    text = files_text(files.log);
    g_assert_cmpuint(strlen(text), >, HL_KEPT_BYTES - (1 << 20));
    g_assert_cmpuint(strlen(text), <, HL_KEPT_BYTES + (1 << 20));
    g_assert_nonnull(strstr(text, "\n/dev/99:\n  write:\n"
                                  "  - omitted: 128\n/dev/zz:\n"));
    files_free(&files);
}

/* With no byte left, an older entry of the path gives way to the newest. */
static void the_newest_are_kept_of_a_full_log(void)
{
    struct files files = files_full();
    g_autofree char *data = g_strnfill(HL_RESULTS_DATA_MAX, 'y');
    g_autofree char *text = NULL, *expected = NULL;

    add_write(&files, "/dev/zz", data, HL_RESULTS_DATA_MAX, 1234);
    files_write(&files);
    text = files_text(files.log);
    expected = g_strdup_printf("  - retval: 4096\n    bytes_requested: 4096\n"
                               "    offset: 1234\n    data: \"%s\"\n", data);
    g_assert_true(g_str_has_suffix(text, expected));
    text[strlen(text) - strlen(expected)] = '\0';
    g_assert_true(g_regex_match_simple("\n/dev/zz:\n(.*\n)*  - omitted: 1\n",
                                       text, 0, 0));
    files_free(&files);
}

/* What is kept again, because there is room again, is not put before them. */
static void omitted_entries_keep_their_place(void)
{
    struct files files = files_full();
    g_autofree char *text = NULL;

    add_write(&files, "/dev/zz", "a", 1, 0);
    add_write(&files, "/dev/99", "a", 1, 5);
    files_write(&files);
    text = files_text(files.log);
    g_assert_nonnull(strstr(text,
        "\n/dev/99:\n  write:\n  - omitted: 128\n"
        "  - retval: 1\n    bytes_requested: 1\n    offset: 5\n"
        "    data: \"a\"\n/dev/zz:\n"));
    files_free(&files);
}

static void paths_are_bounded(void)
{
    struct files files = files_new("mipsel");
    struct hl_file_request done = request(HYP_OPEN, 0);
    g_autofree char *text = NULL;

    for (int i = 0; i < HL_KEPT_PATHS + 10; i++) {
        g_autofree char *path = g_strdup_printf("/%05d", i);

        hl_results_add(files.results, path, &done);
    }
    files_write(&files);
    text = files_text(files.log);
    g_assert_true(g_str_has_suffix(text, "/16383:\n  open:\n  - retval: 0\n"
                                         "\"others\":\n  open:\n"
                                         "  - omitted: 10\n"));
    files_free(&files);
}

/* --- the files ----------------------------------------------------------- */

static void a_line_arrives_by_itself(void)
{
    struct files files = files_dir();
    struct hl_file_request done = request(HYP_OPEN, 0);
    gint64 best = G_MAXINT64;
    int pipe;

    g_assert_cmpint(mkfifo(files.stream, 0600), ==, 0);
    pipe = g_open(files.stream, O_RDWR | O_NONBLOCK, 0);
    files_open(&files, "mipsel");
    /* The best of some: a busy machine may be late. */
    for (int i = 0; i < 10; i++) {
        struct pollfd wait = { .fd = pipe, .events = POLLIN };
        gint64 start = g_get_monotonic_time();
        char line[256];

        hl_results_add(files.results, "/dev/x", &done);
        g_assert_cmpint(poll(&wait, 1, 60000), ==, 1);
        best = MIN(best, g_get_monotonic_time() - start);
        g_assert_cmpint(read(pipe, line, sizeof(line)), >, 0);
    }
    g_assert_cmpint(best, <, 100 * 1000);
    files_free(&files);
    close(pipe);
}

static void a_full_disk_ends_the_stream_only(void)
{
    struct files files = files_dir();
    g_autofree char *expected = NULL;
    char *error = NULL;

    g_assert_cmpint(symlink("/dev/full", files.stream), ==, 0);
    files_open(&files, "mipsel");
    for (int i = 0; i < 2000; i++) {
        add_write(&files, "/dev/x", "a", 1, 0);
    }
    g_assert_false(hl_results_write(files.results, &error));
    expected = g_strdup_printf("%s: No space left on device; "
                               "nothing more goes there", files.stream);
    g_assert_cmpstr(error, ==, expected);
    g_free(error);
    add_write(&files, "/dev/y", "a", 1, 0);
    files_write(&files);
    g_free(expected);
    expected = files_text(files.log);
    g_assert_true(g_str_has_suffix(expected,
        "/dev/y:\n  write:\n  - retval: 1\n    bytes_requested: 1\n"
        "    offset: 0\n    data: \"a\"\n"));
    files_free(&files);
}

static void a_full_disk_is_said(void)
{
    struct files files = files_dir();
    g_autofree char *expected = NULL;
    g_autofree char *error = NULL;

    g_assert_cmpint(symlink("/dev/full", files.log), ==, 0);
    files_open(&files, "mipsel");
    g_assert_false(hl_results_write(files.results, &error));
    expected = g_strdup_printf("%s: No space left on device", files.log);
    g_assert_cmpstr(error, ==, expected);
    files_assert(files.missing, "paths: []\nioctls: []\n");
    files_free(&files);
}

static void a_folder_that_is_not_there(void)
{
    g_autofree char *error = NULL;

    g_assert_null(hl_results_new(hl_target_find("mipsel"), "/nowhere/x.yaml",
                                 &error));
    g_assert_cmpstr(error, ==, "/nowhere/x.yaml: No such file or directory");
}

int main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/results/yaml", yaml_of_each_operation);
    g_test_add_func("/results/lines", lines_of_each_operation);
    g_test_add_func("/results/nothing", nothing_done);
    g_test_add_func("/results/null", no_results);
    g_test_add_func("/results/entries", first_and_last_entries_are_kept);
    g_test_add_func("/results/order", all_lines_arrive_in_order);
    g_test_add_func("/results/bytes", bytes_are_bounded);
    g_test_add_func("/results/newest", the_newest_are_kept_of_a_full_log);
    g_test_add_func("/results/place", omitted_entries_keep_their_place);
    g_test_add_func("/results/paths", paths_are_bounded);
    g_test_add_func("/results/by-itself", a_line_arrives_by_itself);
    g_test_add_func("/results/full-stream", a_full_disk_ends_the_stream_only);
    g_test_add_func("/results/full-yaml", a_full_disk_is_said);
    g_test_add_func("/results/no-folder", a_folder_that_is_not_there);
    return g_test_run();
}
