// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "core/match.h"

static bool matches(const char *pattern, const char *value)
{
    return bh_match_path(bh_span_from(pattern), bh_span_from(value), false) == BH_MATCH_YES;
}

/* A star stops at slashes, a double star does not, and the whole value must match. */
static void test_stars_and_slashes(void **state)
{
    (void)state;
    assert_true(matches("src/*.c", "src/a.c"));
    assert_false(matches("src/*.c", "src/a/b.c"));
    assert_true(matches("src/**", "src/a/b.c"));
    assert_true(matches("src/**", "src/"));
    assert_false(matches("src/**", "src"));
    assert_false(matches("src", "src/a"));
    assert_true(matches("**", ""));
    assert_true(matches("*", ""));
    assert_false(matches("", "a"));
    assert_true(matches("", ""));
}

/* A double star with its slash is nothing or whole segments, also behind a character that is no slash. */
static void test_double_star_with_slash(void **state)
{
    (void)state;
    assert_true(matches("**/x", "x"));
    assert_true(matches("**/x", "a/b/x"));
    assert_false(matches("**/x", "ax"));
    assert_true(matches("a**/b", "ab"));
    assert_true(matches("a**/b", "axx/b"));
    assert_false(matches("a**/b", "axb"));
    assert_true(matches("a*b**/c", "abbc"));
    assert_true(matches("***/x", "a/x"));
    assert_false(matches("***/x", "x"));
    assert_true(matches("****/x", "x"));
}

/* Everything but the star is literal, the question mark and line breaks too. */
static void test_all_else_is_literal(void **state)
{
    (void)state;
    assert_true(matches("a?b", "a?b"));
    assert_false(matches("a?b", "ab"));
    assert_false(matches("secre?t", "secret"));
    assert_true(matches("[ab].{c}+(d)$^|\\", "[ab].{c}+(d)$^|\\"));
    assert_true(matches("**b", "a\nb"));
    assert_false(matches("A", "a"));
}

/* The definition, tried in all ways: slow, obviously right. */
static bool naive(const char *pattern, const char *value)
{
    if (*pattern == 0)
        return *value == 0;
    if (strncmp(pattern, "**/", 3) == 0) {
        bool hit = naive(pattern + 3, value);
        for (; *value != 0 && !hit; value++)
            hit = *value == '/' && naive(pattern + 3, value + 1);
        return hit;
    }
    if (*pattern == '*') {
        bool any = pattern[1] == '*';
        for (;; value++) {
            if (naive(pattern + (any ? 2 : 1), value))
                return true;
            if (*value == 0 || (!any && *value == '/'))
                return false;
        }
    }
    return *pattern == *value && naive(pattern + 1, value + 1);
}

static void random_text(char *text, size_t size, const char *alphabet)
{
    size_t length = (size_t)rand() % size;
    for (size_t i = 0; i < length; i++)
        text[i] = alphabet[(size_t)rand() % strlen(alphabet)];
    text[length] = 0;
}

/* The matcher agrees with the plain definition on many small cases. */
static void test_agrees_with_the_definition(void **state)
{
    (void)state;
    srand(20260502);
    size_t hits = 0;
    for (int i = 0; i < 200000; i++) {
        char pattern[9];
        char value[9];
        random_text(pattern, sizeof(pattern), "ab/***");
        random_text(value, sizeof(value), "ab/");
        bool expected = naive(pattern, value);
        hits += expected;
        if (matches(pattern, value) != expected)
            fail_msg("pattern '%s' value '%s' should give %d", pattern, value, expected);
    }
    assert_true(hits > 10000);
}

/* Patterns that make a backtracking matcher explode are answered, and within the work bound. */
static void test_hostile_patterns_are_cheap(void **state)
{
    (void)state;
    char path[501];
    for (size_t i = 0; i < sizeof(path) - 1; i++)
        path[i] = i % 2 == 0 ? 'a' : '/';
    path[sizeof(path) - 1] = 0;
    assert_false(matches("**/**/**/**/**/**/**/**/**/z", path));
    assert_false(matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

/* What would cost more than the bound is said to be too costly, at once. */
static void test_too_much_work_is_refused(void **state)
{
    (void)state;
    char pattern[501];
    static char value[16385];
    for (size_t i = 0; i + 1 < sizeof(pattern); i += 2)
        memcpy(pattern + i, "*a", 2);
    pattern[sizeof(pattern) - 1] = 0;
    memset(value, 'a', sizeof(value) - 1);
    struct bh_span text = {value, sizeof(value) - 1};
    assert_int_equal(bh_match_path(bh_span_from(pattern), text, false), BH_MATCH_TOO_COSTLY);
    size_t steps = 10;
    assert_int_equal(
        bh_match_path_within(BH_SPAN("*b"), BH_SPAN("aaaaaaaaaaaaaaa"), false, &steps), BH_MATCH_TOO_COSTLY);
    assert_int_equal(steps, 0);
}

/* A pattern with more states than the matcher has room for is too costly; without a star length does not
 * matter. */
static void test_long_patterns(void **state)
{
    (void)state;
    static char pattern[BH_MATCH_STATES + 3];
    memset(pattern, 'a', sizeof(pattern) - 1);
    assert_true(matches(pattern, pattern));
    pattern[0] = '*';
    assert_int_equal(bh_match_path(bh_span_from(pattern), BH_SPAN("b"), false), BH_MATCH_TOO_COSTLY);
}

/* Context patterns ignore case, one code point at a time. */
static void test_context_ignores_case(void **state)
{
    const struct {
        struct bh_span pattern, value;
        enum bh_match match;
    } cases[] = {
        {BH_SPAN("\xC3\x89t\xC3\xA9"), BH_SPAN("\xC3\xA9T\xC3\x89"), BH_MATCH_YES},
        {BH_SPAN("RELEASE/*"), BH_SPAN("release/1"), BH_MATCH_YES},
        {BH_SPAN("release/*"), BH_SPAN("release/1/2"), BH_MATCH_NO},
        {BH_SPAN("main"), BH_SPAN("main2"), BH_MATCH_NO},
        {BH_SPAN("**"), BH_ABSENT, BH_MATCH_NO},
    };
    (void)state;
    for (size_t i = 0; i < BH_COUNT(cases); i++) {
        size_t steps = BH_MATCH_STEPS;
        assert_int_equal(bh_match_context(cases[i].pattern, cases[i].value, &steps), cases[i].match);
    }
}

/* Lower case is the simple mapping: one code point becomes one, without locale or context. */
static void test_fold_is_the_simple_mapping(void **state)
{
    (void)state;
    static const uint32_t pairs[][2] = {{'A', 'a'}, {'z', 'z'}, {'[', '['}, {0xC9, 0xE9}, {0x130, 0x69},
        {0x131, 0x131}, {0x212A, 'k'}, {0x2126, 0x3C9}, {0x1E9E, 0xDF}, {0xDF, 0xDF}, {0x3A3, 0x3C3},
        {0x3C2, 0x3C2}, {0x10400, 0x10428}, {0x1F88, 0x1F80}, {0x178, 0xFF}, {0x13A0, 0xAB70},
        {0x10FFFF, 0x10FFFF}};
    for (size_t i = 0; i < BH_COUNT(pairs); i++)
        assert_int_equal(bh_fold_code_point(pairs[i][0]), pairs[i][1]);
    for (uint32_t c = 0; c < 0x110000; c++)
        assert_int_equal(bh_fold_code_point(bh_fold_code_point(c)), bh_fold_code_point(c));
}

/* An entry is a list of items; only an equal item matches, and nothing matches an absent value. */
static void test_entry_is_split_at_commas(void **state)
{
    (void)state;
    assert_true(bh_match_entry(BH_SPAN("a, b ,\xC2\xA0"
                                       "c"),
        BH_SPAN("c")));
    assert_true(bh_match_entry(BH_SPAN("a"), BH_SPAN("a")));
    assert_false(bh_match_entry(BH_SPAN("a,b"), BH_SPAN("a,b")));
    assert_false(bh_match_entry(BH_SPAN("a"), BH_SPAN("A")));
    assert_false(bh_match_entry(BH_SPAN(", ,"), BH_SPAN("")));
    assert_false(bh_match_entry(BH_SPAN("a"), BH_ABSENT));
    assert_false(bh_match_entry(BH_SPAN(""), BH_ABSENT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stars_and_slashes),
        cmocka_unit_test(test_double_star_with_slash),
        cmocka_unit_test(test_all_else_is_literal),
        cmocka_unit_test(test_agrees_with_the_definition),
        cmocka_unit_test(test_hostile_patterns_are_cheap),
        cmocka_unit_test(test_too_much_work_is_refused),
        cmocka_unit_test(test_long_patterns),
        cmocka_unit_test(test_context_ignores_case),
        cmocka_unit_test(test_fold_is_the_simple_mapping),
        cmocka_unit_test(test_entry_is_split_at_commas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
