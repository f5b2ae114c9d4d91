// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

/* Trimming takes off exactly the white space of JavaScript: no U+0085, no U+200B, no U+001C, but U+FEFF. */
static void test_trim_is_that_of_javascript(void **state)
{
    (void)state;
    assert_span_equal(bh_span_trim(BH_SPAN("\t\n\v\f\r a\xC2\xA0")), "a");
    assert_span_equal(bh_span_trim(BH_SPAN("\xEF\xBB\xBF\xE3\x80\x80"
                                           "a b"
                                           "\xE2\x80\xA8\xE2\x80\xAF")),
        "a b");
    assert_span_equal(bh_span_trim(BH_SPAN("\xE1\x9A\x80\xE2\x81\x9F")), "");
    assert_span_equal(bh_span_trim(BH_SPAN("\xC2\x85"
                                           "a")),
        "\xC2\x85"
        "a");
    assert_span_equal(bh_span_trim(BH_SPAN("\xE2\x80\x8B"
                                           "a\x1C")),
        "\xE2\x80\x8B"
        "a\x1C");
    assert_span_equal(bh_span_trim(BH_ABSENT), NULL);
}

/* Blank is absent, empty, or nothing but white space. */
static void test_blank_is_nothing_but_white_space(void **state)
{
    (void)state;
    assert_true(bh_span_is_blank(BH_ABSENT));
    assert_true(bh_span_is_blank(BH_SPAN("")));
    assert_true(bh_span_is_blank(BH_SPAN(" \xE2\x80\x80\n")));
    assert_false(bh_span_is_blank(BH_SPAN(" . ")));
    assert_false(bh_span_is_blank(BH_SPAN("\xE2\x80\x8B")));
}

/* Absent and empty are two things. */
static void test_absent_is_not_empty(void **state)
{
    (void)state;
    assert_true(bh_span_equal(BH_ABSENT, BH_ABSENT));
    assert_true(bh_span_equal(BH_SPAN(""), BH_SPAN("")));
    assert_false(bh_span_equal(BH_ABSENT, BH_SPAN("")));
    assert_true(bh_span_is_absent(bh_span_from(NULL)));
}

/* Equality is by bytes, and a prefix is not the whole. */
static void test_equality_is_exact(void **state)
{
    (void)state;
    assert_true(bh_span_equal(BH_SPAN("a\0b"), BH_SPAN("a\0b")));
    assert_false(bh_span_equal(BH_SPAN("a\0b"), BH_SPAN("a\0c")));
    assert_false(bh_span_equal(BH_SPAN("a"), BH_SPAN("A")));
    assert_false(bh_span_equal(BH_SPAN("a"), BH_SPAN("ab")));
    assert_true(bh_span_equal_ascii_nocase(BH_SPAN("BeArEr"), BH_SPAN("bearer")));
    assert_false(bh_span_equal_ascii_nocase(BH_SPAN("\xC3\x89"), BH_SPAN("\xC3\xA9")));
}

/* Length counts UTF-16 units: a character outside the basic plane is two. */
static void test_length_counts_utf16_units(void **state)
{
    (void)state;
    assert_int_equal(bh_span_utf16_length(BH_SPAN("")), 0);
    assert_int_equal(bh_span_utf16_length(BH_SPAN("a\xC3\xA9\xE2\x82\xAC")), 3);
    assert_int_equal(bh_span_utf16_length(BH_SPAN("\xF0\x9F\x94\x91")), 2);
}

/* A cut never splits a code point, also when half of it would still fit. */
static void test_cut_keeps_code_points_whole(void **state)
{
    (void)state;
    const struct bh_span text = BH_SPAN("a\xF0\x9F\x94\x91z");
    assert_span_equal(bh_span_utf16_prefix(text, 1), "a");
    assert_span_equal(bh_span_utf16_prefix(text, 2), "a");
    assert_span_equal(bh_span_utf16_prefix(text, 3), "a\xF0\x9F\x94\x91");
    assert_span_equal(bh_span_utf16_prefix(text, 99), "a\xF0\x9F\x94\x91z");
}

/* Search finds the first place, and an empty needle at the start. */
static void test_search_finds_the_first_place(void **state)
{
    (void)state;
    assert_int_equal(bh_span_find(BH_SPAN("abcabc"), BH_SPAN("bc")), 1);
    assert_int_equal(bh_span_find(BH_SPAN("aab"), BH_SPAN("ab")), 1);
    assert_int_equal(bh_span_find(BH_SPAN("ab"), BH_SPAN("abc")), SIZE_MAX);
    assert_int_equal(bh_span_find(BH_SPAN("ab"), BH_SPAN("")), 0);
    assert_true(bh_span_starts_with(BH_SPAN("ab"), BH_SPAN("a")));
    assert_false(bh_span_starts_with(BH_SPAN("a"), BH_SPAN("ab")));
    assert_span_equal(bh_span_from_index(BH_SPAN("ab"), 9), "");
}

/* A list has only what is equal to one of its items. */
static void test_list_has_equal_items_only(void **state)
{
    (void)state;
    const struct bh_span items[] = {BH_SPAN("a"), BH_SPAN("b")};
    const struct bh_span_list list = {items, 2};
    assert_true(bh_span_list_has(list, BH_SPAN("b")));
    assert_false(bh_span_list_has(list, BH_SPAN("B")));
    assert_false(bh_span_list_has((struct bh_span_list){NULL, 0}, BH_SPAN("")));
}

/* Every malformed byte is read as one U+FFFD, and reading always moves on. */
static void test_malformed_bytes_are_replaced_one_by_one(void **state)
{
    (void)state;
    const struct bh_span text = BH_SPAN("\xFF\xE2\x82"
                                        "a\xC3");
    const uint32_t expected[] = {0xFFFD, 0xFFFD, 0xFFFD, 'a', 0xFFFD};
    size_t at = 0;
    for (size_t i = 0; i < BH_COUNT(expected); i++)
        assert_int_equal(bh_span_next_code_point(text, &at), expected[i]);
    assert_int_equal(at, text.len);
}

/* What only looks like a character (surrogate, overlong form, number beyond Unicode) is malformed bytes. */
static void test_forms_that_utf8_forbids_are_malformed_bytes(void **state)
{
    (void)state;
    static const char *const forbidden[] = {"\xED\xA0\x80", "\xED\xBF\xBF", "\xE0\x80\xAF", "\xE0\x9F\xBF",
        "\xF0\x80\x80\xAF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF4\xBF\xBF\xBF", "\xC0\xAF"};
    for (size_t i = 0; i < BH_COUNT(forbidden); i++) {
        const struct bh_span text = bh_span_from(forbidden[i]);
        for (size_t at = 0, count = 1; at < text.len; count++) {
            assert_int_equal(bh_span_next_code_point(text, &at), 0xFFFD);
            assert_int_equal(at, count);
        }
        assert_int_equal(bh_span_utf16_length(text), text.len);
    }
}

/* The last of each length, and the neighbours of what is forbidden, are read as they are. */
static void test_edges_of_utf8_are_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t code_point;
    } edges[] = {{"\x7F", 0x7F}, {"\xC2\x80", 0x80}, {"\xDF\xBF", 0x7FF}, {"\xE0\xA0\x80", 0x800},
        {"\xED\x9F\xBF", 0xD7FF}, {"\xEE\x80\x80", 0xE000}, {"\xEF\xBF\xBD", 0xFFFD},
        {"\xEF\xBF\xBF", 0xFFFF}, {"\xF0\x90\x80\x80", 0x10000}, {"\xF4\x8F\xBF\xBF", 0x10FFFF}};
    for (size_t i = 0; i < BH_COUNT(edges); i++) {
        size_t at = 0;
        const struct bh_span text = bh_span_from(edges[i].text);
        assert_int_equal(bh_span_next_code_point(text, &at), edges[i].code_point);
        assert_int_equal(at, text.len);
    }
}

/* Well-formed UTF-8 is what Unicode says, and nothing that only looks like it. */
static void test_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {
        "", "a", "\xC2\x80", "\xE0\xA0\x80", "\xEF\xBF\xBD", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"};
    static const char *const bad[] = {"\xFF", "\x80", "\xC0\xAF", "\xC3", "\xE0\x80\xAF", "\xE2\x82",
        "\xED\xA0\x80", "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "a\xF5\x80\x80\x80"};
    for (size_t i = 0; i < BH_COUNT(good); i++)
        assert_true(bh_span_is_utf8(bh_span_from(good[i])));
    for (size_t i = 0; i < BH_COUNT(bad); i++)
        assert_false(bh_span_is_utf8(bh_span_from(bad[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trim_is_that_of_javascript),
        cmocka_unit_test(test_blank_is_nothing_but_white_space),
        cmocka_unit_test(test_absent_is_not_empty),
        cmocka_unit_test(test_equality_is_exact),
        cmocka_unit_test(test_length_counts_utf16_units),
        cmocka_unit_test(test_cut_keeps_code_points_whole),
        cmocka_unit_test(test_search_finds_the_first_place),
        cmocka_unit_test(test_list_has_equal_items_only),
        cmocka_unit_test(test_malformed_bytes_are_replaced_one_by_one),
        cmocka_unit_test(test_forms_that_utf8_forbids_are_malformed_bytes),
        cmocka_unit_test(test_edges_of_utf8_are_characters),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
