/* SPDX-License-Identifier: GPL-2.0-or-later */
/* abi/filter.h, which the guest's module and the played guest both ask. */
#include <glib.h>
#include <string.h>

#include "abi/filter.h"
#include "abi/proto_width.h"

#define BITS_16 0xffffULL
#define BITS_32 0xffffffffULL
#define BITS_64 0xffffffffffffffffULL

static uint64_t arg[HL_SYSCALL_ARGS];
static const char *texts[HL_SYSCALL_ARGS];
static int texts_read;

static const char *read_text(const struct hl_filter_subject *s, uint32_t i,
                             size_t *length)
{
    texts_read++;
    if (!texts[i]) {
        return NULL;
    }
    *length = strlen(texts[i]);
    return texts[i];
}

static struct hl_filter_subject subject(void)
{
    return (struct hl_filter_subject){
        .arg = arg, .comm = "switch", .pid = 42, .retval = -25,
        .text = read_text,
    };
}

/* One test of argument 1. */
static bool holds_as(uint64_t width, uint16_t flags, uint16_t test,
                     uint64_t first, uint64_t second, uint64_t value)
{
    struct hl_filter filter = { .tests = 1 };
    struct hl_filter_subject s = subject();

    filter.item[0] = (struct hl_filter_item){
        .subject = 1, .test = test, .flags = flags, .width = width,
        .mask = BITS_64, .value = { first, second },
    };
    arg[1] = value;
    return hl_filter_holds(&filter, &s, 0);
}

static bool holds(uint16_t test, uint64_t first, uint64_t second,
                  uint64_t value)
{
    return holds_as(BITS_32, 0, test, first, second, value);
}

static void integers_compare_unsigned_in_their_own_width(void)
{
    g_assert_true(holds(HL_TEST_EQ, 5, 0, 5));
    g_assert_true(holds(HL_TEST_EQ, 5, 0, 0x100000005));
    g_assert_false(holds_as(BITS_64, 0, HL_TEST_EQ, 5, 0, 0x100000005));
    g_assert_true(holds(HL_TEST_EQ, (uint64_t)-1, 0, 0xffffffff));
    g_assert_true(holds_as(BITS_16, 0, HL_TEST_EQ, 0644, 0, 0xabc0000 + 0644));
    g_assert_false(holds(HL_TEST_NE, 5, 0, 0x700000005));
    g_assert_true(holds(HL_TEST_LT, 5, 0, 4));
    g_assert_false(holds(HL_TEST_LT, 5, 0, 5));
    g_assert_false(holds(HL_TEST_LT, 5, 0, 0xffffffff));
    g_assert_true(holds(HL_TEST_GT, 5, 0, 0xffffffff));
    g_assert_false(holds(HL_TEST_GT, 5, 0, 5));
}

static void ranges_include_both_ends(void)
{
    g_assert_false(holds(HL_TEST_RANGE, 3, 5, 2));
    g_assert_true(holds(HL_TEST_RANGE, 3, 5, 3));
    g_assert_true(holds(HL_TEST_RANGE, 3, 5, 5));
    g_assert_false(holds(HL_TEST_RANGE, 3, 5, 6));
    g_assert_true(holds(HL_TEST_OUTSIDE, 3, 5, 2));
    g_assert_false(holds(HL_TEST_OUTSIDE, 3, 5, 3));
    g_assert_true(holds(HL_TEST_OUTSIDE, 3, 5, 6));
}

static void signed_tests_extend_from_the_own_width(void)
{
    const uint16_t how = HL_FILTER_SIGNED;
    const uint64_t minus_5 = (uint64_t)-5;

    g_assert_true(holds_as(BITS_32, how, HL_TEST_LT, 0, 0, 0xfffffffe));
    g_assert_false(holds_as(BITS_64, how, HL_TEST_LT, 0, 0, 0xfffffffe));
    g_assert_true(holds_as(BITS_16, how, HL_TEST_LT, 0, 0, 0x8000));
    g_assert_true(holds_as(BITS_32, how, HL_TEST_RANGE, minus_5, 5,
                           0xfffffffb));
    g_assert_false(holds_as(BITS_32, how, HL_TEST_RANGE, minus_5, 5,
                            0xfffffffa));
    g_assert_true(holds_as(BITS_32, how, HL_TEST_OUTSIDE, minus_5, 5,
                           0x7fffffff));
    g_assert_true(holds_as(BITS_64, how, HL_TEST_GT, minus_5, 0,
                           (uint64_t)-4));
}

static void bits_are_tested_set_and_clear(void)
{
    g_assert_true(holds(HL_TEST_SET, 6, 0, 7));
    g_assert_false(holds(HL_TEST_SET, 6, 0, 5));
    g_assert_true(holds(HL_TEST_CLEAR, 6, 0, 9));
    g_assert_false(holds(HL_TEST_CLEAR, 6, 0, 4));
}

static void a_mask_narrows_equality(void)
{
    struct hl_filter filter = { .tests = 1 };
    struct hl_filter_subject s = subject();

    filter.item[0] = (struct hl_filter_item){
        .subject = 0, .test = HL_TEST_EQ, .width = BITS_32, .mask = 0xff00,
        .value = { 0x8900 },
    };
    arg[0] = 0x12348912;
    g_assert_true(hl_filter_holds(&filter, &s, 0));
    arg[0] = 0x8a00;
    g_assert_false(hl_filter_holds(&filter, &s, 0));
    filter.item[0].test = HL_TEST_NE;
    g_assert_true(hl_filter_holds(&filter, &s, 0));
}

static void compat_arguments_have_32_bits(void)
{
    struct hl_filter filter = { .tests = 1 };
    struct hl_filter_subject s = subject();

    filter.item[0] = (struct hl_filter_item){
        .subject = 0, .test = HL_TEST_EQ, .width = BITS_64, .mask = BITS_64,
        .value = { (uint64_t)-1 },
    };
    arg[0] = 0xffffffff;
    g_assert_false(hl_filter_holds(&filter, &s, 0));
    s.compat = true;
    g_assert_true(hl_filter_holds(&filter, &s, 0));
}

static void return_values_are_signed_and_asked_when_there_are(void)
{
    struct hl_filter filter = { .tests = 1 };
    struct hl_filter_subject s = subject();

    filter.item[0] = (struct hl_filter_item){
        .subject = HL_SUBJECT_RETVAL, .test = HL_TEST_LT, .width = BITS_64,
        .mask = BITS_64, .value = { 0 },
    };
    g_assert_true(hl_filter_holds(&filter, &s, HL_STAGE_RETVAL));
    s.retval = 3;
    g_assert_false(hl_filter_holds(&filter, &s, HL_STAGE_RETVAL));
    g_assert_true(hl_filter_holds(&filter, &s, 0));
}

static struct hl_filter_item text_test(uint16_t who, uint16_t test,
                                       const char *text)
{
    return (struct hl_filter_item){
        .subject = who, .test = test, .value = { strlen(text) },
        .text = text,
    };
}

static bool text_holds(uint16_t who, uint16_t test, const char *text)
{
    struct hl_filter filter = { .tests = 1 };
    struct hl_filter_subject s = subject();

    filter.item[0] = text_test(who, test, text);
    return hl_filter_holds(&filter, &s, HL_STAGE_TEXTS);
}

static void texts_are_compared(void)
{
    texts[2] = "/dev/mtd0ro";
    g_assert_true(text_holds(2, HL_TEST_TEXT, "/dev/mtd0ro"));
    g_assert_false(text_holds(2, HL_TEST_TEXT, "/dev/mtd0"));
    g_assert_false(text_holds(2, HL_TEST_TEXT, "/dev/mtd0rox"));
    g_assert_true(text_holds(2, HL_TEST_PREFIX, "/dev/"));
    g_assert_false(text_holds(2, HL_TEST_PREFIX, "dev/"));
    g_assert_true(text_holds(2, HL_TEST_SUFFIX, "0ro"));
    g_assert_false(text_holds(2, HL_TEST_SUFFIX, "0r"));
    g_assert_true(text_holds(2, HL_TEST_CONTAINS, "mtd"));
    g_assert_true(text_holds(2, HL_TEST_CONTAINS, ""));
    g_assert_false(text_holds(2, HL_TEST_CONTAINS, "/dev/mtd0ro/"));
    texts[2] = NULL;
    g_assert_false(text_holds(2, HL_TEST_CONTAINS, ""));
}

static void the_process_s_name_is_a_text(void)
{
    g_assert_true(text_holds(HL_SUBJECT_COMM, HL_TEST_TEXT, "switch"));
    g_assert_false(text_holds(HL_SUBJECT_COMM, HL_TEST_TEXT, "switc"));
    g_assert_true(text_holds(HL_SUBJECT_COMM, HL_TEST_SUFFIX, "tch"));
}

static void a_name_without_a_nul_ends_with_its_field(void)
{
    struct hl_filter filter = { .tests = 1 };
    struct hl_filter_subject s = subject();
    char comm[HL_COMM_SIZE + 2];

    memcpy(comm, "0123456789abcdefX", sizeof(comm));
    s.comm = comm;
    filter.item[0] = text_test(HL_SUBJECT_COMM, HL_TEST_TEXT,
                               "0123456789abcdef");
    g_assert_true(hl_filter_holds(&filter, &s, 0));
}

static void no_text_is_read_when_the_rest_does_not_hold(void)
{
    struct hl_filter filter = { .tests = 2 };
    struct hl_filter_subject s = subject();

    texts[0] = "x";
    filter.item[0] = text_test(0, HL_TEST_TEXT, "x");
    filter.item[1] = (struct hl_filter_item){
        .subject = HL_SUBJECT_PID, .test = HL_TEST_EQ, .width = BITS_32,
        .mask = BITS_64, .value = { 43 },
    };
    texts_read = 0;
    g_assert_false(hl_filter_holds(&filter, &s, HL_STAGE_TEXTS));
    g_assert_cmpint(texts_read, ==, 0);
    s.pid = 43;
    g_assert_true(hl_filter_holds(&filter, &s, 0));
    g_assert_cmpint(texts_read, ==, 0);
    g_assert_true(hl_filter_holds(&filter, &s, HL_STAGE_TEXTS));
    g_assert_cmpint(texts_read, ==, 1);
}

static void only_known_tests_of_known_subjects_are_taken(void)
{
    struct hl_filter_item item = text_test(3, HL_TEST_CONTAINS, "x");

    g_assert_true(hl_filter_item_known(&item));
    item.value[0] = HL_FILTER_TEXT_MAX + 1;
    g_assert_false(hl_filter_item_known(&item));
    item.value[0] = 1;
    item.test = HL_TEST_CONTAINS + 1;
    g_assert_false(hl_filter_item_known(&item));
    item.test = HL_TEST_TEXT;
    item.subject = HL_SUBJECT_PID;
    g_assert_false(hl_filter_item_known(&item));
    item.test = HL_TEST_CLEAR;
    g_assert_true(hl_filter_item_known(&item));
    item.subject = HL_SUBJECT_COMM;
    g_assert_false(hl_filter_item_known(&item));
    item.subject = HL_SYSCALL_ARGS;
    g_assert_false(hl_filter_item_known(&item));
    item.subject = 0;
    item.test = 0;
    g_assert_false(hl_filter_item_known(&item));
}

static void types_have_their_width(void)
{
    g_assert_cmpuint(hl_type_bits("int", 64), ==, 32);
    g_assert_cmpuint(hl_type_bits("unsigned int", 64), ==, 32);
    g_assert_cmpuint(hl_type_bits("umode_t", 32), ==, 16);
    g_assert_cmpuint(hl_type_bits("const char *", 32), ==, 32);
    g_assert_cmpuint(hl_type_bits("int *", 64), ==, 64);
    g_assert_cmpuint(hl_type_bits("unsigned long", 64), ==, 64);
    g_assert_cmpuint(hl_type_bits("unsigned long", 32), ==, 32);
    g_assert_cmpuint(hl_type_bits("loff_t", 32), ==, 64);
    g_assert_cmpuint(hl_type_bits("in", 64), ==, 64);
    g_assert_cmpuint(hl_type_bits("", 64), ==, 64);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/filter/" #name, name)
    CASE(integers_compare_unsigned_in_their_own_width);
    CASE(ranges_include_both_ends);
    CASE(signed_tests_extend_from_the_own_width);
    CASE(bits_are_tested_set_and_clear);
    CASE(a_mask_narrows_equality);
    CASE(compat_arguments_have_32_bits);
    CASE(return_values_are_signed_and_asked_when_there_are);
    CASE(texts_are_compared);
    CASE(the_process_s_name_is_a_text);
    CASE(a_name_without_a_nul_ends_with_its_field);
    CASE(no_text_is_read_when_the_rest_does_not_hold);
    CASE(only_known_tests_of_known_subjects_are_taken);
    CASE(types_have_their_width);
    return g_test_run();
}
