// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "lib/timefmt.h"

static void assert_time(const char *text, const char *expected)
{
    int64_t ms = 0;
    char back[BH_TIME_TEXT];
    assert_true(bh_time_parse(bh_span_from(text), &ms));
    bh_time_format(ms, back);
    assert_string_equal(back, expected);
}

static void assert_no_time(const char *text)
{
    int64_t ms = 77;
    assert_false(bh_time_parse(bh_span_from(text), &ms));
    assert_int_equal(ms, 77);
}

/* All accepted forms mean the same instant as their UTC form. */
static void test_accepted_forms_are_read_as_utc(void **state)
{
    (void)state;
    assert_time("2026-05-02", "2026-05-02T00:00:00.000Z");
    assert_time("2026-05-02T10:20", "2026-05-02T10:20:00.000Z");
    assert_time("2026-05-02T10:20:30.5Z", "2026-05-02T10:20:30.500Z");
    assert_time("2026-05-02T10:20:30.123456789Z", "2026-05-02T10:20:30.123Z");
    assert_time("2026-05-02T01:00:00+02:30", "2026-05-01T22:30:00.000Z");
    assert_time("2026-05-02T24:00:00Z", "2026-05-03T00:00:00.000Z");
    assert_time("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z");
    assert_time("2000-02-29", "2000-02-29T00:00:00.000Z");
}

/* What is no date, or a date that does not exist, is refused and leaves the result alone. */
static void test_other_texts_are_no_times(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "x", "2026", "2026-02-30", "1900-02-29", "2026-13-01",
        "2026-00-10", "2026-05-02T", "2026-05-02T10", "2026-05-02T10:60", "2026-05-02T24:00:01Z",
        "2026-05-02T10:20:61Z", "2026-05-02T10:20:30.Z", "2026-05-02T10:20:30Zx", "2026-05-02 10:20",
        " 2026-05-02", "2026-05-02T10:20+1"};
    for (size_t i = 0; i < BH_COUNT(texts); i++)
        assert_no_time(texts[i]);
    assert_false(bh_time_parse(BH_ABSENT, &(int64_t){0}));
}

/* Every day of a leap cycle is printed and read back as itself, in order. */
static void test_every_day_reads_back(void **state)
{
    (void)state;
    for (int64_t day = -40000; day < 200000; day += 37) {
        char text[BH_TIME_TEXT];
        int64_t ms = 0;
        bh_time_format(day * BH_MS_PER_DAY + 1, text);
        assert_true(bh_time_parse(bh_span_from(text), &ms));
        assert_int_equal(ms, day * BH_MS_PER_DAY + 1);
    }
}

/* Times outside the four-digit years are clamped. */
static void test_far_times_are_clamped(void **state)
{
    (void)state;
    char text[BH_TIME_TEXT];
    bh_time_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    bh_time_format(INT64_MIN, text);
    assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted_forms_are_read_as_utc),
        cmocka_unit_test(test_other_texts_are_no_times),
        cmocka_unit_test(test_every_day_reads_back),
        cmocka_unit_test(test_far_times_are_clamped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
