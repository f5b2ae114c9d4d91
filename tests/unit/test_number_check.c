// SPDX-License-Identifier: Apache-2.0
#include "lib/number_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "lib/json.h"

static const char *const kept[] = {"0", "-0", "0.0", "-0.0e9", "1", "-1", "10", "1.10", "1.0", "100", "0.1",
    "0.001", "1e3", "1E+3", "1.5e-7", "12345678901234567000", "9007199254740992", "0.000000012500", "1e308",
    "5e-324", "100000000000000000000000", "1e21", "0e99999999"};
static const char *const lost[] = {"12345678901234567890", "-12345678901234567890", "9007199254740993",
    "1e-400", "0.1000000000000000055511151231257827", "2e-324", "3.14159265358979323846"};

/* A number keeps its value, however it is written, or is the one that is found. */
static void test_numbers_that_change_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < BH_COUNT(kept); i++)
        assert_true(bh_span_is_absent(bh_number_check_find(bh_span_from(kept[i]))));
    for (size_t i = 0; i < BH_COUNT(lost); i++)
        assert_true(bh_span_equal(bh_number_check_find(bh_span_from(lost[i])), bh_span_from(lost[i])));
}

/* What is kept reads back, once it was written, as the very double that the text was. */
static void test_kept_numbers_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < BH_COUNT(kept); i++) {
        BH_CLEANUP(bh_json_release) json_t *before = NULL;
        BH_CLEANUP(bh_json_release) json_t *after = NULL;
        BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
        bh_buf_init(&text, 64);
        assert_int_equal(bh_json_parse(bh_span_from(kept[i]), &before), BH_OK);
        bh_json_add_value(&text, before);
        assert_int_equal(bh_json_parse(bh_buf_span(&text), &after), BH_OK);
        assert_true(json_number_value(before) == json_number_value(after));
    }
}

/* Every number of a text is looked at, and no text in quotes. */
static void test_the_whole_text_is_looked_at(void **state)
{
    (void)state;
    struct bh_span found = bh_number_check_find(
        BH_SPAN("{\"a\": [1, true, null, {\"b\\\"9007199254740993\": 2.50}], \"c\":9007199254740993}"));
    assert_true(bh_span_equal(found, BH_SPAN("9007199254740993")));
    assert_int_equal(found.data[found.len], '}');
    assert_true(bh_span_is_absent(
        bh_number_check_find(BH_SPAN("{\"\\\\\":\"9007199254740993\",\"\\\"\":[-1.5,false,\"1e-400\"]}"))));
    assert_true(bh_span_is_absent(bh_number_check_find(BH_SPAN(""))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_that_change_are_found),
        cmocka_unit_test(test_kept_numbers_read_back),
        cmocka_unit_test(test_the_whole_text_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
