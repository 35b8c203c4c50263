/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of what is missing, and the decoding of an ioctl's number. */
#include "ioctl_decode.h"
#include "results/missing.h"
#include "results_files.h"

static void miss_path(struct files *files, const char *path, int times,
                      const char *comm)
{
    for (int i = 0; i < times; i++) {
        hl_results_missing_path(files->results, path, 1, comm);
    }
}

static void miss_ioctl(struct files *files, const char *path, uint32_t cmd,
                       int times, const char *comm)
{
    for (int i = 0; i < times; i++) {
        hl_results_missing_ioctl(files->results, path, cmd, -25, 1, comm);
    }
}

#define PATH_PASTE(path)                                                      \
    "  yaml: |\n"                                                             \
    "    pseudofiles:\n"                                                      \
    "      " path ":\n"                                                       \
    "        read:\n"                                                         \
    "          model: empty\n"                                                \
    "        write:\n"                                                        \
    "          model: discard\n"                                              \
    "  lua: |\n"                                                              \
    "    local hl = require \"hyperlua\"\n"                                   \
    "\n"                                                                      \
    "    hl.file(\"" path "\", {\n"                                           \
    "      read = \"\",\n"                                                    \
    "      write = function(file, data, offset)\n"                            \
    "        return #data\n"                                                  \
    "      end,\n"                                                            \
    "    })\n"

static void paths_are_ranked(void)
{
    struct files files = files_new("mipsel");

    files_assert(files.missing, "");
    miss_path(&files, "/etc/many", 9, "sh");
    miss_path(&files, "/sys/few", 1, "sh");
    miss_path(&files, "/proc/mtd", 2, "httpd");
    miss_path(&files, "/proc/mtd", 3, "flash");
    miss_path(&files, "/dev/b", 5, "sh");
    files_write(&files);
    files_assert(files.missing,
        "paths:\n"
        "- path: /dev/b\n"
        "  count: 5\n"
        "  processes:\n"
        "    \"sh\": 5\n"
        PATH_PASTE("/dev/b")
        "- path: /proc/mtd\n"
        "  count: 5\n"
        "  processes:\n"
        "    \"flash\": 3\n"
        "    \"httpd\": 2\n"
        PATH_PASTE("/proc/mtd")
        "- path: /sys/few\n"
        "  count: 1\n"
        "  processes:\n"
        "    \"sh\": 1\n"
        PATH_PASTE("/sys/few")
        "- path: /etc/many\n"
        "  count: 9\n"
        "  processes:\n"
        "    \"sh\": 9\n"
        PATH_PASTE("/etc/many")
        "ioctls: []\n");
    files_free(&files);
}

static void ioctls_are_ranked(void)
{
    struct files files = files_new("mipsel");

    miss_ioctl(&files, NULL, 0x89f1, 1, "switch");
    miss_ioctl(&files, "/dev/watchdog", 0x40285700, 2, "wdt");
    files_write(&files);
    files_assert(files.missing,
        "paths: []\n"
        "ioctls:\n"
        "- path: /dev/watchdog\n"
        "  cmd: 0x40285700\n"
        "  decoded: \"_IOR('W', 0, 40)\"\n"
        "  count: 2\n"
        "  retval: -25\n"
        "  processes:\n"
        "    \"wdt\": 2\n"
        "  yaml: |\n"
        "    pseudofiles:\n"
        "      /dev/watchdog:  # add to what it has already\n"
        "        ioctl:\n"
        "          0x40285700:  # _IOR('W', 0, 40)\n"
        "            model: return_const\n"
        "            val: 0\n"
        "  lua: |\n"
        "    local hl = require \"hyperlua\"\n"
        "\n"
        "    hl.file(\"/dev/watchdog\", {  -- add to what it has already\n"
        "      ioctl = {\n"
        "        -- _IOR('W', 0, 40)\n"
        "        [0x40285700] = function(file, cmd, arg)\n"
        "          return 0\n"
        "        end,\n"
        "      },\n"
        "    })\n"
        "- cmd: 0x89f1\n"
        "  decoded: \"0x89f1\"\n"
        "  count: 1\n"
        "  retval: -25\n"
        "  processes:\n"
        "    \"switch\": 1\n"
        "  lua: |\n"
        "    local hl = require \"hyperlua\"\n"
        "\n"
        "    -- 0x89f1\n"
        "    hl.syscall(\"on_sys_ioctl_return\","
            " { arg_filter = { nil, 0x89f1 } },\n"
        "      function(syscall, fd, cmd, arg)\n"
        "        syscall.retval = 0\n"
        "      end)\n");
    files_free(&files);
}

/* What the guest names stays within its quotes. */
static void names_are_no_code(void)
{
    struct files files = files_new("mipsel");

    miss_path(&files, "/dev/\"]]\\\n\xff: \xc3\xa9", 1, "a\nb\xff");
    files_write(&files);
    files_assert(files.missing,
        "paths:\n"
        "- path: \"/dev/\\\"]]\\\\\\n\\\\xff: \xc3\xa9\"\n"
        "  count: 1\n"
        "  processes:\n"
        "    ? \"a\\nb\\\\xff\"\n"
        "    : 1\n"
        "  yaml: |\n"
        "    pseudofiles:\n"
        "      \"/dev/\\\"]]\\\\\\x0a\\\\xff: \xc3\xa9\":\n"
        "        read:\n"
        "          model: empty\n"
        "        write:\n"
        "          model: discard\n"
        "  lua: |\n"
        "    local hl = require \"hyperlua\"\n"
        "\n"
        "    hl.file(\"/dev/\\\"]]\\\\\\x0a\\xff: \xc3\xa9\", {\n"
        "      read = \"\",\n"
        "      write = function(file, data, offset)\n"
        "        return #data\n"
        "      end,\n"
        "    })\n"
        "ioctls: []\n");
    files_free(&files);
}

static void processes_are_bounded(void)
{
    struct files files = files_new("mipsel");
    GString *expected = g_string_new("paths:\n- path: /dev/b\n  count: 23\n"
                                     "  processes:\n");
    g_autofree char *text = NULL;

    miss_path(&files, "/dev/b", 2, "others");
    for (int i = 0; i < HL_MISSING_PROCESSES + 5; i++) {
        g_autofree char *comm = g_strdup_printf("%02d", i);

        miss_path(&files, "/dev/b", 1, comm);
        if (i < HL_MISSING_PROCESSES) {
            g_string_append_printf(expected, "    \"%s\": 1\n", comm);
        }
    }
    g_string_append(expected, "    others: 7\n" PATH_PASTE("/dev/b")
                              "ioctls: []\n");
    files_write(&files);
    text = g_string_free(expected, FALSE);
    files_assert(files.missing, text);
    files_free(&files);
}

static unsigned count_of(const char *text, const char *what)
{
    unsigned count = 0;

    while ((text = strstr(text, what))) {
        text += strlen(what);
        count++;
    }
    return count;
}

static void paths_and_ioctls_are_bounded(void)
{
    struct files files = files_new("mipsel");
    g_autofree char *long_path = g_strnfill(HYPERFILE_PATH_MAX + 1, '/');
    g_autofree char *text = NULL;

    miss_path(&files, long_path, 1, "sh");
    for (int i = 0; i < HL_MISSING_PATHS + 3; i++) {
        g_autofree char *path = g_strdup_printf("/dev/%d", i);

        miss_path(&files, path, 2, "sh");
        miss_ioctl(&files, path, (uint32_t)i, 1, "sh");
    }
    files_write(&files);
    text = files_text(files.missing);
    g_assert_nonnull(strstr(text, "\n- others: 7\nioctls:\n"));
    g_assert_true(g_str_has_suffix(text, "\n- others: 3075\n"));
    g_assert_cmpuint(count_of(text, "\n- path: "), ==,
                     HL_MISSING_PATHS + HL_MISSING_IOCTLS);
    files_free(&files);
}

static void on_demand_and_again(void)
{
    struct files files = files_new("mipsel");

    miss_path(&files, "/dev/b", 1, "sh");
    files_write(&files);
    miss_path(&files, "/dev/b", 1, "sh");
    hl_results_free(g_steal_pointer(&files.results));
    files_assert(files.missing,
        "paths:\n"
        "- path: /dev/b\n"
        "  count: 2\n"
        "  processes:\n"
        "    \"sh\": 2\n"
        PATH_PASTE("/dev/b")
        "ioctls: []\n");
    files_free(&files);
}

/* --- an ioctl's number --------------------------------------------------- */

static void assert_decoded(const char *target, uint32_t cmd, const char *text,
                           const char *direction, char type, uint8_t number,
                           uint16_t size)
{
    struct hl_ioctl ioctl;

    hl_ioctl_decode(hl_target_find(target), cmd, &ioctl);
    g_assert_cmpstr(ioctl.text, ==, text);
    g_assert_cmpstr(hl_ioctl_direction(&ioctl), ==, direction);
    g_assert_cmpint(ioctl.type, ==, (uint8_t)type);
    g_assert_cmpint(ioctl.number, ==, number);
    g_assert_cmpint(ioctl.size, ==, size);
}

/* WDIOC_GETSUPPORT, _KEEPALIVE, _SETTIMEOUT, RTC_SET_TIME, and no macro's. */
static void decode_mips(void)
{
    assert_decoded("mipsel", 0x40285700, "_IOR('W', 0, 40)", "read", 'W', 0,
                   40);
    assert_decoded("mips", 0x40045705, "_IOR('W', 5, 4)", "read", 'W', 5, 4);
    assert_decoded("mips64el", 0xc0045706, "_IOWR('W', 6, 4)", "readwrite",
                   'W', 6, 4);
    assert_decoded("mipsel", 0x8024700a, "_IOW('p', 10, 36)", "write", 'p', 10,
                   36);
    assert_decoded("mipsel", 0x20007001, "_IO('p', 1)", "none", 'p', 1, 0);
    assert_decoded("mipsel", 0x540d, "0x540d", "none", 'T', 13, 0);
    assert_decoded("mipsel", 0xffffffff, "0xffffffff", "readwrite",
                   (char)0xff, 255, 8191);
    assert_decoded("mipsel", 0x5fff2700, "_IOR(0x27, 0, 8191)", "read", '\'', 0,
                   8191);
}

static void decode_others(void)
{
    assert_decoded("x86_64", 0x80285700, "_IOR('W', 0, 40)", "read", 'W', 0,
                   40);
    assert_decoded("arm", 0xc0045706, "_IOWR('W', 6, 4)", "readwrite", 'W', 6,
                   4);
    assert_decoded("aarch64", 0x4024700a, "_IOW('p', 10, 36)", "write", 'p', 10,
                   36);
    assert_decoded("x86_64", 0x7001, "_IO('p', 1)", "none", 'p', 1, 0);
    assert_decoded("x86_64", 0x89f1, "0x89f1", "none", (char)0x89, 241,
                   0);
    assert_decoded("x86_64", 0x00047001, "0x47001", "none", 'p', 1,
                   4);
    assert_decoded("x86_64", 0xffffffff, "_IOWR(0xff, 255, 16383)", "readwrite",
                   (char)0xff, 255, 16383);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/missing/paths", paths_are_ranked);
    g_test_add_func("/missing/ioctls", ioctls_are_ranked);
    g_test_add_func("/missing/names", names_are_no_code);
    g_test_add_func("/missing/processes", processes_are_bounded);
    g_test_add_func("/missing/bounds", paths_and_ioctls_are_bounded);
    g_test_add_func("/missing/again", on_demand_and_again);
    g_test_add_func("/ioctl/mips", decode_mips);
    g_test_add_func("/ioctl/others", decode_others);
    return g_test_run();
}
