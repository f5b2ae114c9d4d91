// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <string.h>

static void assert_refused(struct bh_span text, enum bh_err expected)
{
    json_t *json = NULL;
    assert_int_equal(bh_json_parse_object(text, &json), expected);
    assert_null(json);
}

static void assert_number(double value, const char *expected)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    bh_buf_init(&out, 100);
    bh_json_add_number(&out, value);
    assert_span_equal(bh_buf_span(&out), expected);
}

/* What is not JSON is refused, and so are NUL, lone surrogates, malformed UTF-8 and numbers that overflow. */
static void test_only_sound_json_is_read(void **state)
{
    (void)state;
    assert_refused(BH_SPAN(""), BH_ERR_BODY_NOT_JSON);
    assert_refused(BH_SPAN("{"), BH_ERR_BODY_NOT_JSON);
    assert_refused(BH_SPAN("{} x"), BH_ERR_BODY_NOT_JSON);
    assert_refused(BH_SPAN("{\"a\":\"\\u0000\"}"), BH_ERR_BODY_NOT_JSON);
    assert_refused(BH_SPAN("{\"a\":1\0}"), BH_ERR_BODY_NOT_JSON);
    assert_refused(BH_SPAN("{\"a\":\"\\ud800\"}"), BH_ERR_BODY_NOT_JSON);
    assert_refused(BH_SPAN("{\"a\":\"\xFF\"}"), BH_ERR_BODY_NOT_JSON);
    assert_refused(BH_SPAN("{\"a\":\"\n\"}"), BH_ERR_BODY_NOT_JSON);
    assert_refused(BH_SPAN("{\"a\":1e400}"), BH_ERR_BODY_NOT_JSON);
    assert_refused(BH_SPAN("{\"a\":NaN}"), BH_ERR_BODY_NOT_JSON);
}

/* A value that is no object is JSON, but no body. */
static void test_a_body_must_be_an_object(void **state)
{
    (void)state;
    assert_refused(BH_SPAN("[]"), BH_ERR_BODY_NOT_OBJECT);
    assert_refused(BH_SPAN("null"), BH_ERR_BODY_NOT_OBJECT);
    assert_refused(BH_SPAN("\"{}\""), BH_ERR_BODY_NOT_OBJECT);
}

/* Brackets nest as deep as the limit and no deeper; brackets in strings do not count. */
static void test_depth_is_limited(void **state)
{
    (void)state;
    char text[2 * BH_JSON_MAX_DEPTH + 3];
    json_t *json = NULL;
    memset(text, '[', BH_JSON_MAX_DEPTH);
    memset(text + BH_JSON_MAX_DEPTH, ']', BH_JSON_MAX_DEPTH);
    assert_int_equal(bh_json_parse((struct bh_span){text, (size_t)2 * BH_JSON_MAX_DEPTH}, &json), BH_OK);
    bh_json_release(&json);
    memset(text, '[', BH_JSON_MAX_DEPTH + 1);
    memset(text + BH_JSON_MAX_DEPTH + 1, ']', BH_JSON_MAX_DEPTH + 1);
    struct bh_span too_deep = {text, (size_t)2 * BH_JSON_MAX_DEPTH + 2};
    assert_int_equal(bh_json_parse(too_deep, &json), BH_ERR_BODY_NOT_JSON);
    text[0] = text[sizeof(text) - 2] = '"';
    assert_int_equal(bh_json_parse(too_deep, &json), BH_OK);
    bh_json_release(&json);
}

/* Of duplicate keys the last one counts. */
static void test_the_last_duplicate_counts(void **state)
{
    (void)state;
    json_t *json = fixture_json("{'a':'x','a':'y'}");
    assert_span_equal(bh_json_member_text(json, "a"), "y");
    bh_json_release(&json);
}

/* Numbers are written as JavaScript writes them. */
static void test_numbers_are_written_like_javascript(void **state)
{
    (void)state;
    assert_number(0, "0");
    assert_number(-0.0, "0");
    assert_number(742, "742");
    assert_number(-1.5, "-1.5");
    assert_number(0.1, "0.1");
    assert_number(0.1 + 0.2, "0.30000000000000004");
    assert_number(1e21, "1e+21");
    assert_number(123456789012345680000.0, "123456789012345680000");
    assert_number(9007199254740993.0, "9007199254740992");
    assert_number(1e-6, "0.000001");
    assert_number(1.5e-7, "1.5e-7");
    assert_number(1.7976931348623157e308, "1.7976931348623157e+308");
    assert_number(5e-324, "5e-324");
}

/* A value is written compactly, in the order it was read, with JavaScript's escapes and nothing else escaped.
 */
static void test_values_are_written_like_json_stringify(void **state)
{
    (void)state;
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    json_t *json =
        fixture_json("{ 'z' : [1, true, null, 'a/b\\u0001\\u001f\\n\\u007f\\u00e9\\\\'], 'a' : {} , 'e':[]}");
    bh_buf_init(&out, 1000);
    bh_json_add_value(&out, json);
    assert_span_equal(bh_buf_span(&out),
        "{\"z\":[1,true,null,\"a/b\\u0001\\u001f\\n\x7F\xC3\xA9\\\\\"],\"a\":{},\"e\":[]}");
    bh_json_release(&json);
}

/* Text of a value that is no string is absent. */
static void test_text_of_other_types_is_absent(void **state)
{
    (void)state;
    json_t *json = fixture_json("{'n':1,'e':''}");
    assert_span_equal(bh_json_member_text(json, "n"), NULL);
    assert_span_equal(bh_json_member_text(json, "missing"), NULL);
    assert_span_equal(bh_json_member_text(json, "e"), "");
    assert_span_equal(bh_json_text(NULL), NULL);
    bh_json_release(&json);
}

/* A buffer that reached its limit is failed and empty, so that half an answer is never sent. */
static void test_a_full_buffer_is_empty(void **state)
{
    (void)state;
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    bh_buf_init(&out, 4);
    bh_json_add_string(&out, BH_SPAN("ab"));
    assert_false(out.failed);
    bh_buf_add_char(&out, 'c');
    assert_true(out.failed);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_sound_json_is_read),
        cmocka_unit_test(test_a_body_must_be_an_object),
        cmocka_unit_test(test_depth_is_limited),
        cmocka_unit_test(test_the_last_duplicate_counts),
        cmocka_unit_test(test_numbers_are_written_like_javascript),
        cmocka_unit_test(test_values_are_written_like_json_stringify),
        cmocka_unit_test(test_text_of_other_types_is_absent),
        cmocka_unit_test(test_a_full_buffer_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
