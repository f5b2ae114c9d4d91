// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <string.h>

#include "core/path.h"

struct place {
    const char *path, *cwd, *home;
};

static struct bh_path_forms forms_of(struct bh_arena *arena, struct place place)
{
    struct bh_path_forms forms;
    assert_true(bh_path_forms(
        bh_span_from(place.path), bh_span_from(place.cwd), bh_span_from(place.home), arena, &forms));
    return forms;
}

static bool permitted(struct bh_arena *arena, const char *allowed, const char *denied, struct place place)
{
    const struct bh_span allowed_item = bh_span_from(allowed);
    const struct bh_span denied_item = bh_span_from(denied);
    return bh_path_permitted((struct bh_span_list){&allowed_item, allowed != NULL},
        (struct bh_span_list){&denied_item, denied != NULL}, bh_span_from(place.path),
        bh_span_from(place.cwd), bh_span_from(place.home), arena);
}

/* A path has one normal form, whatever it is made of. */
static void test_target_is_the_normal_form(void **state)
{
    static const struct {
        struct place place;
        const char *target;
    } cases[] = {
        {{"src/../a//b/./c.ts", "/w", NULL}, "/w/a/b/c.ts"},
        {{"../../a", "/w/x", NULL}, "/a"},
        {{"~/x", "/w", "/home/u"}, "/home/u/x"},
        {{"..\\up.txt", "C:\\proj\\sub", NULL}, "C:/proj/up.txt"},
        {{"//srv/share/d/../e", NULL, NULL}, "//srv/share/e"},
        {{"//srv/share/../../e", NULL, NULL}, "//srv/share/e"},
        {{"C:foo", NULL, NULL}, "C:/foo"},
        {{"/../../a", NULL, NULL}, "/a"},
        {{"x", NULL, NULL}, "x"},
        {{"../../a", NULL, NULL}, "../../a"},
        {{"a/..", NULL, NULL}, "."},
        {{"~/../x", "/w", NULL}, "~/../x"},
        {{"~/x", "/w", NULL}, "~/x"},
        {{"./~/x", NULL, "/h"}, "./~/x"},
        {{"a/../C:/x", NULL, NULL}, "./C:/x"},
        {{"~name/x", "/w", "/h"}, "/w/~name/x"},
        {{"//x", NULL, NULL}, "/x"},
        {{"///a/b", NULL, NULL}, "/a/b"},
        {{"//srv/../x", NULL, NULL}, "/x"},
        {{"a", "w/x", NULL}, "w/x/a"},
        {{"a", " ", NULL}, "a"},
        {{"/", NULL, NULL}, "/"},
        {{" a", "/w", NULL}, "/w/ a"},
    };
    for (size_t i = 0; i < BH_COUNT(cases); i++)
        assert_span_equal(forms_of(*state, cases[i].place).target, cases[i].target);
}

/* Device paths of Windows, and paths that lead above an unknown folder, cannot be judged. */
static void test_some_paths_cannot_be_judged(void **state)
{
    assert_int_equal(forms_of(*state, (struct place){"../x", NULL, NULL}).count, 0);
    assert_int_equal(forms_of(*state, (struct place){"~/../x", "/w", NULL}).count, 0);
    assert_int_equal(forms_of(*state, (struct place){"//?/C:/x", NULL, NULL}).count, 0);
    assert_int_equal(forms_of(*state, (struct place){"\\\\.\\C:\\x", NULL, NULL}).count, 0);
    assert_int_equal(forms_of(*state, (struct place){"x", "//?/C:/w", NULL}).count, 0);
    assert_true(bh_span_is_absent(forms_of(*state, (struct place){"//?/C:/x", NULL, NULL}).target));
    assert_false(permitted(*state, "**", NULL, (struct place){"../x", NULL, NULL}));
    assert_false(permitted(*state, "**", NULL, (struct place){"//?/C:/x", NULL, NULL}));
}

/* A path with NUL is denied under any path rule. */
static void test_nul_is_denied(void **state)
{
    const struct bh_span all = BH_SPAN("**");
    assert_false(bh_path_permitted((struct bh_span_list){&all, 1}, (struct bh_span_list){NULL, 0},
        BH_SPAN("/a\0b"), BH_ABSENT, BH_ABSENT, *state));
}

/* An allow list holds only for where the path really leads. */
static void test_allow_list_is_not_widened(void **state)
{
    assert_true(permitted(*state, "src/**", NULL, (struct place){"src/a", "/w", NULL}));
    assert_true(permitted(*state, "src/**", NULL, (struct place){"/w/src/a", "/w", NULL}));
    assert_false(permitted(*state, "src/**", NULL, (struct place){"../../src/x", "/w/x", NULL}));
    assert_false(permitted(*state, "src/**", NULL, (struct place){"///src/a", "/w", NULL}));
    assert_false(permitted(*state, "~/p/**", NULL, (struct place){"~/.ssh/id", "/home/u/p", "/home/u"}));
    assert_false(permitted(*state, "~/**", NULL, (struct place){"./~/x", "/w", "/h"}));
    assert_false(permitted(*state, "C:/**", NULL, (struct place){"a/../C:/x", NULL, NULL}));
    assert_false(permitted(*state, "C:/**", NULL, (struct place){"/w/C:/x", "/w", NULL}));
    assert_false(permitted(*state, "/w/**", NULL, (struct place){"/W/a", NULL, NULL}));
    assert_false(permitted(*state, "C:/proj/**", NULL, (struct place){"c:/PROJ/k", NULL, NULL}));
    assert_false(permitted(*state, "/etc/**", NULL, (struct place){"//etc/passwd", NULL, NULL}));
}

/* A deny list hits the path in every spelling. */
static void test_deny_list_is_not_evaded(void **state)
{
    assert_false(permitted(*state, NULL, "/etc/**", (struct place){"../../etc/passwd", "/w/x", NULL}));
    assert_false(permitted(*state, NULL, "/etc/**", (struct place){"//etc/passwd", NULL, NULL}));
    assert_false(permitted(*state, NULL, "/etc/**", (struct place){"//x/y/../../etc/passwd", NULL, NULL}));
    assert_false(permitted(*state, NULL, "~/.ssh/**", (struct place){"//home/u/.ssh/id", NULL, "/home/u"}));
    assert_false(permitted(*state, NULL, "C:/proj/**", (struct place){"c:/PROJ/k", NULL, NULL}));
    assert_false(permitted(*state, NULL, "C:/k/**", (struct place){"c:\\\xE2\x84\xAA\\x", NULL, NULL}));
    assert_false(permitted(*state, NULL, "~/.ssh/**", (struct place){"/home/u/.ssh/id", NULL, "/home/u"}));
    assert_true(permitted(*state, NULL, "~/.ssh/**", (struct place){"/home/u/x", NULL, "/home/u"}));
    assert_true(permitted(*state, NULL, "/etc/**", (struct place){"/ETC/x", NULL, NULL}));
}

/* Leaving out cwd or home never defeats a deny list. */
static void test_missing_context_does_not_defeat_a_deny_list(void **state)
{
    assert_false(permitted(*state, NULL, "~/.ssh/**", (struct place){"/home/u/x", "/w", NULL}));
    assert_false(permitted(*state, NULL, "~/.ssh/**", (struct place){"/home/u/x", "/w", "relative"}));
    assert_false(permitted(*state, NULL, "secrets/**", (struct place){"/w/x", NULL, NULL}));
    assert_false(permitted(*state, NULL, "secrets/**", (struct place){"/w/x", "w", NULL}));
    assert_true(permitted(*state, NULL, "secrets/**", (struct place){"/w/x", "/w", NULL}));
    assert_true(permitted(*state, NULL, "**/secrets", (struct place){"/w/x", NULL, NULL}));
    assert_false(permitted(*state, NULL, "/etc/**", (struct place){"x", NULL, NULL}));
    assert_false(permitted(*state, NULL, "/etc/**", (struct place){"x", "w", NULL}));
    assert_false(permitted(*state, NULL, "D:/**", (struct place){"x", NULL, NULL}));
    assert_false(permitted(*state, NULL, "/etc/**", (struct place){"~/x", "/w", NULL}));
    assert_true(permitted(*state, NULL, "secrets/**", (struct place){"x", NULL, NULL}));
}

/* The part below cwd is taken by whole segments, without case on drives only. */
static void test_below_cwd_is_by_segments(void **state)
{
    assert_int_equal(forms_of(*state, (struct place){"/workspace/a", "/work", NULL}).count, 1);
    assert_int_equal(forms_of(*state, (struct place){"/Work/a", "/work", NULL}).count, 1);
    assert_int_equal(forms_of(*state, (struct place){"c:/WORK/a", "C:\\work", NULL}).count, 2);
    assert_span_equal(forms_of(*state, (struct place){"c:/WORK/a", "C:\\work", NULL}).candidates[1], "a");
    assert_int_equal(forms_of(*state, (struct place){"//S/h/a", "//s/h", NULL}).count, 1);
    assert_span_equal(forms_of(*state, (struct place){"//s/h/a", "//s/h", NULL}).candidates[1], "a");
    assert_span_equal(forms_of(*state, (struct place){"/a", "/", NULL}).candidates[1], "a");
    assert_int_equal(forms_of(*state, (struct place){"//s/h/a", "/", NULL}).count, 1);
    assert_span_equal(forms_of(*state, (struct place){"/w", "/w", NULL}).candidates[1], ".");
    assert_span_equal(forms_of(*state, (struct place){"/h", NULL, "/h/"}).candidates[1], "~");
}

/* Texts beyond the limit, and an arena that is too small, are denials. */
static void test_limits_deny(void **state)
{
    static char path[BH_PATH_LIMIT + 2];
    BH_CLEANUP(bh_arena_finish) struct bh_arena small = {0};
    memset(path, 'a', sizeof(path) - 1);
    path[0] = '/';
    bh_arena_init(&small, 16, 16);
    assert_false(permitted(*state, "**", NULL, (struct place){path, NULL, NULL}));
    assert_false(permitted(*state, "**", NULL, (struct place){"/a", path, NULL}));
    assert_false(permitted(&small, "**", NULL, (struct place){"/a/b/c/d", NULL, NULL}));
    path[BH_PATH_LIMIT] = 0;
    assert_true(permitted(*state, "**", NULL, (struct place){path, NULL, NULL}));
}

/* A pattern that costs too much denies, whichever list it is in. */
static void test_costly_patterns_deny(void **state)
{
    static char path[BH_PATH_LIMIT + 1];
    char pattern[501];
    memset(path, 'a', sizeof(path) - 1);
    path[0] = '/';
    for (size_t i = 0; i + 1 < sizeof(pattern); i += 2)
        memcpy(pattern + i, "*a", 2);
    pattern[0] = '/';
    pattern[sizeof(pattern) - 1] = 0;
    assert_false(permitted(*state, pattern, NULL, (struct place){path, "/w", NULL}));
    assert_false(permitted(*state, NULL, pattern, (struct place){path, "/w", NULL}));
}

/* A pattern that no form of any path can match is found out. */
static void test_usable_patterns(void **state)
{
    (void)state;
    static const char *const usable[] = {"**", "*", "/", "/etc/**", "~", "~/x", "src/*.c", "C:/", "C:/x",
        "C:**", "//srv/share/**", "//**", ".", "./~/x", "./C:/x", "a?b", "..a", "/\xC3\xA9/*"};
    static const char *const unusable[] = {"", " ", "a//b", "/a/", "a/", "../x", "a/../b", "a/./b", "./a",
        "..", "a\\b", "C:\\x", "C:x", "C:", "//srv", "//?/x", "//./x", "///x", "a\nb", "\x7F", "\xC2\x85",
        "~/", "~/../x"};
    for (size_t i = 0; i < BH_COUNT(usable); i++) {
        if (!bh_path_pattern_is_usable(bh_span_from(usable[i])))
            fail_msg("'%s' should be usable", usable[i]);
    }
    for (size_t i = 0; i < BH_COUNT(unusable); i++) {
        if (bh_path_pattern_is_usable(bh_span_from(unusable[i])))
            fail_msg("'%s' should not be usable", unusable[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(test_target_is_the_normal_form),
        fixture_test(test_some_paths_cannot_be_judged),
        fixture_test(test_nul_is_denied),
        fixture_test(test_allow_list_is_not_widened),
        fixture_test(test_deny_list_is_not_evaded),
        fixture_test(test_missing_context_does_not_defeat_a_deny_list),
        fixture_test(test_below_cwd_is_by_segments),
        fixture_test(test_limits_deny),
        fixture_test(test_costly_patterns_deny),
        fixture_test(test_usable_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
