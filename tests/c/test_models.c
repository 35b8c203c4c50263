/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The default models for reads: what each answers. */
#include "model_fixture.h"

/* --- read ----------------------------------------------------------------- */

static void zero_and_one_are_digits(struct fixture *f, gconstpointer data)
{
    use(f, HYP_READ, "zero", "{}");
    ASSERT_READ(f, 1, 0, "0");
    ASSERT_READ(f, UINT64_MAX, 0, "0");
    assert_no_bytes_beyond(f, 1);
    assert_size(f, 1);
    use(f, HYP_READ, "one", "{}");
    ASSERT_READ(f, 4096, 0, "1");
    assert_no_bytes_beyond(f, 1);
    assert_size(f, 1);
}

static void empty_is_empty(struct fixture *f, gconstpointer data)
{
    use(f, HYP_READ, "empty", "{}");
    assert_no_bytes_beyond(f, 0);
    assert_size(f, 0);
}

static void const_buf_is_its_bytes(struct fixture *f, gconstpointer data)
{
    use(f, HYP_READ, "const_buf", "{ val = 'hel\\0lo' }");
    ASSERT_READ(f, 4096, 0, "hel\0lo");
    ASSERT_READ(f, 2, 0, "he");
    ASSERT_READ(f, 2, 4, "lo");
    ASSERT_READ(f, 3, 4, "lo");
    ASSERT_READ(f, 1, 5, "o");
    assert_no_bytes_beyond(f, 6);
    assert_size(f, 6);
    use(f, HYP_READ, "const_buf", "{ val = 17 }");
    ASSERT_READ(f, 4096, 0, "17");
    use(f, HYP_READ, "const_buf", "{ val = '' }");
    assert_no_bytes_beyond(f, 0);
    assert_size(f, 0);
}

static void const_buf_ends_with_a_nul(struct fixture *f, gconstpointer data)
{
    use(f, HYP_READ, "const_buf", "{ val = 'abc', null_terminate = true }");
    ASSERT_READ(f, 4096, 0, "abc\0");
    assert_size(f, 4);
    use(f, HYP_READ, "const_buf", "{ val = '', nul_terminate = true }");
    ASSERT_READ(f, 4096, 0, "\0");
    use(f, HYP_READ, "const_buf",
        "{ val = 'a', null_terminate = true, nul_terminate = false }");
    ASSERT_READ(f, 4096, 0, "a\0");
    use(f, HYP_READ, "const_buf", "{ val = 'a', null_terminate = false }");
    ASSERT_READ(f, 4096, 0, "a");
}

static void cycle_never_ends(struct fixture *f, gconstpointer data)
{
    use(f, HYP_READ, "cycle", "{ val = 'abc' }");
    ASSERT_READ(f, 1, 0, "a");
    ASSERT_READ(f, 11, 0, "abcabcabcab");
    ASSERT_READ(f, 11, 4, "bcabcabcabc");
    ASSERT_READ(f, 2, 2, "ca");
    /* 2^63 - 1 is 1 more than a multiple of 3. */
    ASSERT_READ(f, 4, INT64_MAX, "bcab");
    ASSERT_READ(f, 4, -1, "");
    ASSERT_READ(f, 0, 0, "");
    answer(f, HYP_READ, UINT64_MAX, 1);
    g_assert_cmpint(f->request.retval, ==, HYP_LENGTH_MAX);
    g_assert_cmpuint(f->request.reply_size, ==, HYP_LENGTH_MAX);
    for (size_t i = 0; i < HYP_LENGTH_MAX; i++) {
        g_assert_cmpint(f->request.reply[i], ==, "abc"[(i + 1) % 3]);
    }
    use(f, HYP_READ, "cycle", "{ val = '' }");
    assert_no_bytes_beyond(f, 0);
    g_assert_null(f->model->type->file_size);
}

static void const_map_puts_values_at_offsets(struct fixture *f,
                                             gconstpointer data)
{
    use(f, HYP_READ, "const_map", "{ size = 16, pad = '.', vals = {"
        "[9] = { 0, 255 }, [0] = 'A', [3] = { 'B', 'C' }, [14] = 'xy',"
        "[6] = '', [11] = {} } }");
    ASSERT_READ(f, 4096, 0, "A..B\0C...\0\xff...xy");
    ASSERT_READ(f, 4, 2, ".B\0C");
    assert_no_bytes_beyond(f, 16);
    assert_size(f, 16);
    use(f, HYP_READ, "const_map", "{ size = 3, pad = 0x41, vals = {} }");
    ASSERT_READ(f, 4096, 0, "AAA");
    use(f, HYP_READ, "const_map", "{ size = 0, vals = { [0] = '' } }");
    assert_no_bytes_beyond(f, 0);
    use(f, HYP_READ, "const_map", "{ vals = { [0xfffe] = 'zz' } }");
    assert_size(f, 0x10000);
    ASSERT_READ(f, 4096, 0xfffd, "\0zz");
    use(f, HYP_READ, "const_map", "{ size = 16 << 20, vals = {} }");
    assert_size(f, 16 << 20);
}

static void const_map_file_is_made_once(struct fixture *f, gconstpointer data)
{
    static const char args[] = "{ filename = folder .. '/map', size = 4, "
                               "vals = { [1] = '12' } }";

    use(f, HYP_READ, "const_map_file", args);
    assert_contents(f, "map", "\0" "12\0", 4);
    ASSERT_READ(f, 4096, 0, "\0" "12\0");
    ASSERT_READ(f, 1, 2, "2");
    assert_no_bytes_beyond(f, 4);
    assert_size(f, 4);
    set_contents(f, "map", "changed");
    ASSERT_READ(f, 4096, 0, "changed");
    use(f, HYP_READ, "const_map_file", args);
    assert_contents(f, "map", "changed", 7);
    ASSERT_READ(f, 4096, 4, "ged");
    assert_size(f, 7);
}

static void from_file_is_what_the_file_has(struct fixture *f,
                                           gconstpointer data)
{
    use(f, HYP_READ, "from_file", "{ filename = folder .. '/data' }");
    assert_no_bytes_beyond(f, 0);
    set_contents(f, "data", "hello");
    ASSERT_READ(f, 4096, 0, "hello");
    ASSERT_READ(f, UINT64_MAX, 3, "lo");
    ASSERT_READ(f, 2, 1, "el");
    assert_no_bytes_beyond(f, 5);
    set_contents(f, "data", "bye");
    ASSERT_READ(f, 4096, 0, "bye");
    use(f, HYP_READ, "from_file", "{ filename = folder }");
    assert_no_bytes_beyond(f, 0);
}

static void keep(struct fixture *f, const char *text, int64_t offset)
{
    g_assert_cmpint(hl_file_keep_write(&f->file, (const uint8_t *)text,
                                       strlen(text), offset), ==, 0);
}

static void stateful_reads_what_was_written(struct fixture *f,
                                            gconstpointer data)
{
    use(f, HYP_READ, "stateful", "{}");
    f->how.op[HYP_READ].model = f->model;
    assert_no_bytes_beyond(f, 0);
    keep(f, "abc", 0);
    keep(f, "X", 5);
    ASSERT_READ(f, 4096, 0, "abc\0\0X");
    ASSERT_READ(f, 2, 1, "bc");
    assert_no_bytes_beyond(f, 6);
    /* A reply outlives the next write. */
    answer(f, HYP_READ, 3, 0);
    keep(f, "1234567", 0);
    g_assert_cmpmem(f->request.reply, f->request.reply_size, "abc", 3);
}

static void stateful_begins_with_initial(struct fixture *f,
                                         gconstpointer data)
{
    use(f, HYP_READ, "stateful", "{ initial = 'hello' }");
    f->how.op[HYP_READ].model = f->model;
    ASSERT_READ(f, 4096, 0, "hello");
    ASSERT_READ(f, 4096, 4, "o");
    g_assert_null(f->file.written);
    keep(f, "J", 0);
    ASSERT_READ(f, 4096, 0, "Jello");
    use(f, HYP_READ, "stateful", "{ initial = 0 }");
    f->how.op[HYP_READ].model = f->model;
    ASSERT_READ(f, 4096, 0, "Jello");
}

static void sequence_gives_one_after_the_other(struct fixture *f,
                                               gconstpointer data)
{
    use(f, HYP_READ, "sequence", "{ vals = { 'no\\n', 7, 2.5, 'ready\\n' } }");
    ASSERT_READ(f, 4096, 0, "no\n");
    ASSERT_READ(f, 4096, 3, "");
    ASSERT_READ(f, 4096, 0, "7");
    ASSERT_READ(f, 3, 0, "2.5");
    ASSERT_READ(f, 0, 0, "");
    ASSERT_READ(f, 4096, -1, "");
    for (int i = 0; i < 3; i++) {
        ASSERT_READ(f, 4096, 0, "ready\n");
        ASSERT_READ(f, UINT64_MAX, INT64_MAX, "");
    }
    g_assert_null(f->model->type->file_size);
}

/* A longer entry that follows does not show through at the end of one. */
static void sequence_ends_an_entry_before_the_next(struct fixture *f,
                                                   gconstpointer data)
{
    use(f, HYP_READ, "sequence", "{ vals = { 'ab', 'cdefg', 'h' } }");
    ASSERT_READ(f, 1, 0, "a");
    ASSERT_READ(f, 1, 0, "a");
    ASSERT_READ(f, 1, 1, "b");
    ASSERT_READ(f, 1, 1, "b");
    ASSERT_READ(f, 4096, 2, "");
    ASSERT_READ(f, 2, 0, "cd");
    ASSERT_READ(f, 4096, 2, "efg");
    ASSERT_READ(f, 4096, 5, "");
    ASSERT_READ(f, 4096, 0, "h");
}

static void sequence_cycles(struct fixture *f, gconstpointer data)
{
    use(f, HYP_READ, "sequence", "{ vals = { 'a', '', 'b' }, cycle = true }");
    for (int i = 0; i < 3; i++) {
        ASSERT_READ(f, 4096, 0, "a");
        ASSERT_READ(f, 4096, 0, "");
        ASSERT_READ(f, 4096, 0, "b");
    }
    use(f, HYP_READ, "sequence", "{ vals = {}, cycle = true }");
    assert_no_bytes_beyond(f, 0);
}

static void the_default_read_refuses(struct fixture *f, gconstpointer data)
{
    use(f, HYP_READ, "default", "{}");
    answer(f, HYP_READ, 4096, 0);
    g_assert_cmpint(f->request.retval, ==, -EINVAL);
    g_assert_cmpuint(f->request.reply_size, ==, 0);
}

static const struct test tests[] = {
    TEST(zero_and_one_are_digits),
    TEST(empty_is_empty),
    TEST(const_buf_is_its_bytes),
    TEST(const_buf_ends_with_a_nul),
    TEST(cycle_never_ends),
    TEST(const_map_puts_values_at_offsets),
    TEST(const_map_file_is_made_once),
    TEST(from_file_is_what_the_file_has),
    TEST(stateful_reads_what_was_written),
    TEST(stateful_begins_with_initial),
    TEST(sequence_gives_one_after_the_other),
    TEST(sequence_ends_an_entry_before_the_next),
    TEST(sequence_cycles),
    TEST(the_default_read_refuses),
};

int main(int argc, char **argv)
{
    return run_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
