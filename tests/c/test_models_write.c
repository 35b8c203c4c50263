/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The default models for writes, ioctl, poll and lseek: what each answers. */
#include "model_fixture.h"

/* --- write ---------------------------------------------------------------- */

static void discard_takes_everything(struct fixture *f, gconstpointer data)
{
    use(f, HYP_WRITE, "discard", "{}");
    assert_write(f, "abc", 0, 3);
    assert_write(f, "abc", -1, 3);
    assert_write(f, "abc", INT64_MAX, 3);
    assert_write(f, "", 0, 0);
    g_assert_null(f->file.written);
}

static void discard_is_seen_by_a_stateful_read(struct fixture *f,
                                               gconstpointer data)
{
    use(f, HYP_WRITE, "discard", "{}");
    f->how.keeps_writes = true;
    assert_write(f, "abc", 0, 3);
    assert_write(f, "X", 1, 1);
    assert_write(f, "far", HL_WRITTEN_MAX, 3);
    assert_write(f, "before", -1, 6);
    assert_written(f, "aXc", 3);
}

static void the_default_write_records(struct fixture *f, gconstpointer data)
{
    use(f, HYP_WRITE, "default", "{}");
    f->how.keeps_writes = true;
    assert_write(f, "", 0, 0);
    assert_written(f, "", 0);
    assert_write(f, "hello", 0, 5);
    assert_write(f, "J", 0, 1);
    assert_write(f, "!", 7, 1);
    assert_written(f, "Jello\0\0!", 8);
    assert_write(f, "x", -1, -EINVAL);
    assert_write(f, "x", INT64_MIN, -EINVAL);
    assert_write(f, "x", HL_WRITTEN_MAX, -EFBIG);
    assert_write(f, "xy", HL_WRITTEN_MAX - 1, -EFBIG);
    assert_write(f, "x", INT64_MAX, -EFBIG);
    f->request.data = NULL;
    answer(f, HYP_WRITE, UINT64_MAX, 1);
    g_assert_cmpint(f->request.retval, ==, -EFBIG);
    assert_written(f, "Jello\0\0!", 8);
    assert_write(f, "x", HL_WRITTEN_MAX - 1, 1);
    g_assert_cmpuint(f->file.written->len, ==, HL_WRITTEN_MAX);
    g_assert_cmpint(f->file.written->data[HL_WRITTEN_MAX - 1], ==, 'x');
}

static void what_nobody_reads_is_not_kept(struct fixture *f,
                                          gconstpointer data)
{
    use(f, HYP_WRITE, "default", "{}");
    assert_write(f, "abc", 0, 3);
    assert_write(f, "x", HL_WRITTEN_MAX - 1, 1);
    assert_write(f, "far", INT64_MAX, 3);
    assert_write(f, "x", -1, -EINVAL);
    g_assert_null(f->file.written);
    g_assert_cmpuint(f->kept, ==, 0);
}

static void all_files_together_have_a_bound(struct fixture *f,
                                            gconstpointer data)
{
    f->kept = HL_KEPT_MAX - 10;
    use(f, HYP_WRITE, "default", "{}");
    f->how.keeps_writes = true;
    assert_write(f, "12345", 0, 5);
    assert_write(f, "123456", 5, -ENOSPC);
    assert_write(f, "1", 10, -ENOSPC);
    assert_written(f, "12345", 5);
    assert_write(f, "67890", 5, 5);
    assert_write(f, "ABCDE", 5, 5);
    assert_written(f, "12345ABCDE", 10);
    g_assert_cmpuint(f->kept, ==, HL_KEPT_MAX);
    use(f, HYP_WRITE, "discard", "{}");
    assert_write(f, "more", 10, 4);
    assert_written(f, "12345ABCDE", 10);
    hl_file_forget_written(&f->file);
    g_assert_cmpuint(f->kept, ==, HL_KEPT_MAX - 10);
}

static void the_first_write_goes_over_initial(struct fixture *f,
                                              gconstpointer data)
{
    char *error;

    f->how.op[HYP_READ].model = make(f, HYP_READ, "stateful",
                                      "{ initial = 'hello' }", &error);
    use(f, HYP_WRITE, "default", "{}");
    f->how.keeps_writes = true;
    assert_write(f, "ipp", 1, 3);
    assert_written(f, "hippo", 5);
    assert_write(f, "ush", 1, 3);
    assert_written(f, "husho", 5);
}

static void to_file_writes_at_the_offset(struct fixture *f,
                                         gconstpointer data)
{
    use(f, HYP_WRITE, "to_file", "{ filename = folder .. '/out' }");
    assert_write(f, "abcd", 0, 4);
    assert_contents(f, "out", "abcd", 4);
    assert_write(f, "X", 1, 1);
    assert_write(f, "!", 5, 1);
    assert_write(f, "", 9, 0);
    assert_write(f, "x", -1, -EINVAL);
    assert_write(f, "xy", INT64_MAX, -EFBIG);
    assert_write(f, "xy", (1 << 30) - 1, -EFBIG);
    assert_contents(f, "out", "aXcd\0!", 6);
    use(f, HYP_WRITE, "to_file", "{ filename = folder .. '/none/out' }");
    assert_write(f, "abcd", 0, -EIO);
    use(f, HYP_WRITE, "to_file", "{ filename = folder }");
    assert_write(f, "abcd", 0, -EIO);
}

static void return_const_returns_it(struct fixture *f, gconstpointer data)
{
    use(f, HYP_WRITE, "return_const", "{ const = -28 }");
    assert_write(f, "abc", 0, -28);
    use(f, HYP_WRITE, "return_const", "{ val = 1.0 }");
    assert_write(f, "abc", 0, 1);
    use(f, HYP_IOCTL, "return_const", "{ val = -5 }");
    answer(f, HYP_IOCTL, 0, 0);
    g_assert_cmpint(f->request.retval, ==, -5);
    use(f, HYP_IOCTL, "return_const", "{}");
    f->request.retval = 1;
    answer(f, HYP_IOCTL, 0, 0);
    g_assert_cmpint(f->request.retval, ==, 0);
    use(f, HYP_IOCTL, "zero", "{}");
    answer(f, HYP_IOCTL, 0, 0);
    g_assert_cmpint(f->request.retval, ==, 0);
}

/* --- ioctl, poll, lseek --------------------------------------------------- */

static void unhandled_refuses_and_says_so(struct fixture *f,
                                          gconstpointer data)
{
    use(f, HYP_WRITE, "unhandled", "{}");
    assert_write(f, "abc", 0, -EINVAL);
    g_assert_true(f->request.unhandled);
    use(f, HYP_IOCTL, "unhandled", "{}");
    answer(f, HYP_IOCTL, 0, 0);
    g_assert_cmpint(f->request.retval, ==, -ENOTTY);
    g_assert_true(f->request.unhandled);
}

static void write_data_fills_arg(struct fixture *f, gconstpointer data)
{
    use(f, HYP_IOCTL, "write_data", "{ data = 'a\\0b', val = 7 }");
    f->request.arg = 0x1000;
    answer(f, HYP_IOCTL, 0, 0);
    g_assert_cmpint(f->request.retval, ==, 7);
    g_assert_cmpmem(f->request.user, f->request.user_size, "a\0b", 3);
    f->request.arg = 0;
    answer(f, HYP_IOCTL, 0, 0);
    g_assert_cmpint(f->request.retval, ==, 7);
    g_assert_cmpuint(f->request.user_size, ==, 0);
    use(f, HYP_IOCTL, "write_data", "{ data = '' }");
    f->request.arg = 0x1000;
    answer(f, HYP_IOCTL, 0, 0);
    g_assert_cmpint(f->request.retval, ==, 0);
    g_assert_cmpuint(f->request.user_size, ==, 0);
}

static void poll_is_ready_or_never(struct fixture *f, gconstpointer data)
{
    use(f, HYP_POLL, "always_ready", "{}");
    answer(f, HYP_POLL, 0, 0);
    g_assert_cmphex((uint64_t)f->request.retval, ==, 0x145);
    use(f, HYP_POLL, "blocking", "{}");
    answer(f, HYP_POLL, 0, 0);
    g_assert_cmphex((uint64_t)f->request.retval, ==, 0);
}

static void lseek_is_left_or_refused(struct fixture *f, gconstpointer data)
{
    use(f, HYP_LSEEK, "default", "{}");
    answer(f, HYP_LSEEK, 0, 5);
    g_assert_cmpint(f->request.retval, ==, 0);
    use(f, HYP_LSEEK, "unsupported", "{}");
    answer(f, HYP_LSEEK, 0, 5);
    g_assert_cmpint(f->request.retval, ==, -ESPIPE);
}

static const struct test tests[] = {
    TEST(discard_takes_everything),
    TEST(discard_is_seen_by_a_stateful_read),
    TEST(the_default_write_records),
    TEST(what_nobody_reads_is_not_kept),
    TEST(all_files_together_have_a_bound),
    TEST(the_first_write_goes_over_initial),
    TEST(to_file_writes_at_the_offset),
    TEST(return_const_returns_it),
    TEST(unhandled_refuses_and_says_so),
    TEST(write_data_fills_arg),
    TEST(poll_is_ready_or_never),
    TEST(lseek_is_left_or_refused),
};

int main(int argc, char **argv)
{
    return run_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
