/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The default models by name, and the arguments that they refuse. */
#include "model_fixture.h"

/* --- the list ------------------------------------------------------------- */

/* Every model with its keys: what scripts and YAML may name. */
static const char *const NAMES[] = {
    "read zero", "read one", "read empty",
    "read const_buf val null_terminate nul_terminate", "read cycle val",
    "read const_map vals size pad",
    "read const_map_file filename vals size pad", "read from_file filename",
    "read stateful initial", "read sequence vals cycle", "read default",
    "write discard", "write default", "write to_file filename",
    "write return_const const val", "write unhandled",
    "ioctl return_const val", "ioctl zero", "ioctl write_data data val",
    "ioctl unhandled", "poll always_ready", "poll blocking",
    "lseek default", "lseek unsupported",
};

static const char *const OPS[] = {
#define NAME_OF(number, NAME, name) [number] = #name,
    HYP_FILE_OPS(NAME_OF)
#undef NAME_OF
};

static void the_list_is_whole(struct fixture *f, gconstpointer data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        const struct hl_model_type *type = hl_model_types[i];
        GString *line;

        g_assert_nonnull(type);
        line = g_string_new(OPS[type->op]);
        g_string_append_printf(line, " %s", type->name);
        for (size_t k = 0; type->keys[k]; k++) {
            g_string_append_printf(line, " %s", type->keys[k]);
        }
        g_assert_cmpstr(line->str, ==, NAMES[i]);
        g_assert_true(hl_model_type_find(type->op, type->name) == type);
        g_assert_cmpint(type->keeps_writes, ==,
                        !strcmp(type->name, "stateful"));
        g_string_free(line, TRUE);
    }
    g_assert_null(hl_model_types[G_N_ELEMENTS(NAMES)]);
    g_assert_null(hl_model_type_find(HYP_WRITE, "const_buf"));
    g_assert_null(hl_model_type_find(HYP_READ, "const_bu"));
}

/* --- arguments ------------------------------------------------------------ */

static const struct {
    enum hyperfs_file_ops op;
    const char *name;
    const char *args;
    const char *error;
} refused[] = {
    { HYP_READ, "const_buf", "{}", "val: a string is expected, not nil" },
    { HYP_READ, "const_buf", "{ val = {} }",
      "val: a string is expected, not table" },
    { HYP_READ, "const_buf", "{ val = 1.5 }",
      "val: a string is expected, not number" },
    { HYP_READ, "const_buf", "{ val = '', null_terminate = 1 }",
      "null_terminate: a boolean is expected, not number" },
    { HYP_READ, "const_buf", "{ val = '', nul_terminate = 'yes' }",
      "nul_terminate: a boolean is expected, not string" },
    { HYP_READ, "cycle", "{}", "val: a string is expected, not nil" },
    { HYP_READ, "const_map", "{}",
      "vals: a table of values by offset is expected, not nil" },
    { HYP_READ, "const_map", "{ size = '4', vals = {} }",
      "size: an integer is expected, not string" },
    { HYP_READ, "const_map", "{ size = 4.5, vals = {} }",
      "size: an integer is expected, not 4.5" },
    { HYP_READ, "const_map", "{ size = -1, vals = {} }",
      "size: 0 to 16777216 is expected, not -1" },
    { HYP_READ, "const_map", "{ size = (16 << 20) + 1, vals = {} }",
      "size: 0 to 16777216 is expected, not 16777217" },
    { HYP_READ, "const_map", "{ pad = '', vals = {} }",
      "pad: one byte is expected, a string of that or an integer from 0 to "
      "255" },
    { HYP_READ, "const_map", "{ pad = 'ab', vals = {} }",
      "pad: one byte is expected, a string of that or an integer from 0 to "
      "255" },
    { HYP_READ, "const_map", "{ pad = 256, vals = {} }",
      "pad: one byte is expected, a string of that or an integer from 0 to "
      "255" },
    { HYP_READ, "const_map", "{ pad = -1, vals = {} }",
      "pad: one byte is expected, a string of that or an integer from 0 to "
      "255" },
    { HYP_READ, "const_map", "{ pad = {}, vals = {} }",
      "pad: an integer is expected, not table" },
    { HYP_READ, "const_map", "{ vals = { x = 'a' } }",
      "vals: offsets are integers, and one is a string" },
    { HYP_READ, "const_map", "{ vals = { [-1] = 'a' } }",
      "vals: offset -1 is negative" },
    { HYP_READ, "const_map", "{ vals = { [math.mininteger] = 'a' } }",
      "vals: offset -9223372036854775808 is negative" },
    { HYP_READ, "const_map", "{ vals = { [8] = 'abc', [10] = 'd' } }",
      "vals: offset 10 is within the value before it, which ends at 11" },
    { HYP_READ, "const_map", "{ size = 4, vals = { [2] = 'abc' } }",
      "vals: the 3 bytes at offset 2 reach past size, 4" },
    { HYP_READ, "const_map", "{ size = 4, vals = { [5] = '' } }",
      "vals: the 0 bytes at offset 5 reach past size, 4" },
    { HYP_READ, "const_map", "{ vals = { [math.maxinteger] = 'a' } }",
      "vals: the 1 bytes at offset 9223372036854775807 reach past size, "
      "65536" },
    { HYP_READ, "const_map", "{ vals = { [3] = 5 } }",
      "vals: a string or a list is expected at offset 3, not number" },
    { HYP_READ, "const_map", "{ vals = { [3] = { 1, 256 } } }",
      "vals: the list at offset 3 is of integers from 0 to 255, and has "
      "another value in it" },
    { HYP_READ, "const_map", "{ vals = { [3] = { 1, 'a' } } }",
      "vals: the list at offset 3 is of integers from 0 to 255, and has "
      "another value in it" },
    { HYP_READ, "const_map", "{ vals = { [3] = { 'a', 1 } } }",
      "vals: the list at offset 3 is of strings, and has another value in "
      "it" },
    { HYP_READ, "const_map", "{ vals = { [3] = { a = 1 } } }",
      "vals: a list is expected, not a table with other keys or with holes" },
    { HYP_READ, "const_map_file", "{ vals = {} }",
      "filename: a string is expected, not nil" },
    { HYP_READ, "const_map_file", "{ filename = folder .. '/x' }",
      "vals: a table of values by offset is expected, not nil" },
    { HYP_READ, "from_file", "{ filename = '' }",
      "filename: a path is expected, not an empty string" },
    { HYP_READ, "from_file", "{ filename = 'a\\0b' }",
      "filename: a path is expected, not a string with a NUL" },
    { HYP_READ, "stateful", "{ initial = ('x'):rep((16 << 20) + 1) }",
      "initial: at most 16777216 bytes are expected, not 16777217" },
    { HYP_READ, "stateful", "{ initial = true }",
      "initial: a string is expected, not boolean" },
    { HYP_READ, "sequence", "{}", "vals: a list is expected, not nil" },
    { HYP_READ, "sequence", "{ vals = { 'a', {} } }",
      "vals: strings and numbers are expected, and entry 2 is a table" },
    { HYP_READ, "sequence", "{ vals = { 'a', x = 'b' } }",
      "vals: a list is expected, not a table with other keys or with holes" },
    { HYP_READ, "sequence", "{ vals = {}, cycle = 1 }",
      "cycle: a boolean is expected, not number" },
    { HYP_READ, "sequence", "(function() local v = {} for i = 1, 65537 do "
      "v[i] = i end return { vals = v } end)()",
      "vals: at most 65536 entries are expected, not 65537" },
    { HYP_READ, "sequence", "{ vals = { ('x'):rep(16 << 20), 'y' } }",
      "vals: at most 16777216 bytes in all are expected" },
    { HYP_WRITE, "to_file", "{}", "filename: a string is expected, not nil" },
    { HYP_WRITE, "return_const", "{}",
      "const: an integer is expected, not nil" },
    { HYP_WRITE, "return_const", "{ const = 1, val = 1 }",
      "const: an integer is expected, and val is the same: one of them" },
    { HYP_WRITE, "return_const", "{ val = 'a' }",
      "val: an integer is expected, not string" },
    { HYP_IOCTL, "return_const", "{ val = '7' }",
      "val: an integer is expected, not string" },
    { HYP_IOCTL, "write_data", "{}", "data: a string is expected, not nil" },
    { HYP_IOCTL, "write_data", "{ data = 'a', val = 2^63 }",
      "val: an integer is expected, not 9.2233720368548e+18" },
    { HYP_IOCTL, "write_data", "{ data = ('x'):rep((1 << 20) + 1) }",
      "data: at most 1048576 bytes are expected, not 1048577" },
};

static void what_does_not_fit_is_refused(struct fixture *f,
                                         gconstpointer data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *error = NULL;

        f->model = make(f, refused[i].op, refused[i].name, refused[i].args,
                        &error);
        g_assert_cmpstr(error, ==, refused[i].error);
        g_assert_null(f->model);
    }
}

static void a_map_file_that_cannot_be_made_is_refused(struct fixture *f,
                                                      gconstpointer data)
{
    g_autofree char *error = NULL;

    f->model = make(f, HYP_READ, "const_map_file", "{ filename = folder .. "
                    "'/none/map', vals = {} }", &error);
    g_assert_null(f->model);
    g_assert_true(g_str_has_prefix(error, "filename: "));
    g_assert_nonnull(strstr(error, "/none/map"));
    g_assert_true(g_str_has_suffix(error, g_strerror(ENOENT)));
}

static const struct test tests[] = {
    TEST(the_list_is_whole),
    TEST(what_does_not_fit_is_refused),
    TEST(a_map_file_that_cannot_be_made_is_refused),
};

int main(int argc, char **argv)
{
    return run_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
