// SPDX-License-Identifier: Apache-2.0
#include "client/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "client/config_file.h"
#include "lib/json.h"

static void assert_text(struct bh_buf *buf, const char *expected)
{
    assert_false(buf->failed);
    bh_buf_add_char(buf, 0);
    assert_string_equal(buf->data, expected);
    bh_buf_finish(buf);
}

static struct bh_buf new_buf(void)
{
    struct bh_buf buf;
    bh_buf_init(&buf, 1 << 16);
    return buf;
}

static void assert_neutral(struct bh_span text, const char *expected)
{
    struct bh_buf buf = new_buf();
    bh_output_add_neutral(text, &buf);
    assert_text(&buf, expected);
}

/* No character that a terminal obeys, that breaks lines or that reorders text comes through; the rest does.
 */
static void test_neutral_text_holds_no_control_characters(void **state)
{
    (void)state;
    assert_neutral(BH_SPAN("\x1b[2J\r\n\t\x07 a"), "\\u001b[2J\\u000d\\u000a\\u0009\\u0007 a");
    assert_neutral(BH_SPAN("\0x\x7f"), "\\u0000x\\u007f");
    assert_neutral(BH_SPAN("\xC2\x9B"
                           "1m"),
        "\\u009b1m");
    assert_neutral(BH_SPAN("\xE2\x80\xAE"
                           "abc\xE2\x80\xA8"),
        "\\u202eabc\\u2028");
    assert_neutral(BH_SPAN("caf\xC3\xA9 \xF0\x9F\x98\x80 \\u"), "caf\xC3\xA9 \xF0\x9F\x98\x80 \\u");
}

/* A byte that is no UTF-8 is shown as U+FFFD, so that a terminal in another encoding sees no control byte. */
static void test_malformed_bytes_are_replaced(void **state)
{
    (void)state;
    assert_neutral(BH_SPAN("a\x9b"
                           "b"),
        "a\xEF\xBF\xBD"
        "b");
}

/* Pretty JSON has two blanks per level, keeps the order of keys, and escapes what a terminal would obey. */
static void test_pretty_json_has_two_blanks_per_level(void **state)
{
    (void)state;
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    assert_int_equal(
        bh_json_parse(
            BH_SPAN("{\"z\":[1,2.50,{}],\"a\":{\"n\":null,\"t\":true},\"e\":[],\"s\":\"\xC2\x9B\\n\\\"\"}"),
            &json),
        BH_OK);
    struct bh_buf buf = new_buf();
    bh_output_add_json(json, &buf);
    assert_text(&buf, "{\n"
                      "  \"z\": [\n"
                      "    1,\n"
                      "    2.5,\n"
                      "    {}\n"
                      "  ],\n"
                      "  \"a\": {\n"
                      "    \"n\": null,\n"
                      "    \"t\": true\n"
                      "  },\n"
                      "  \"e\": [],\n"
                      "  \"s\": \"\\u009b\\n\\\"\"\n"
                      "}");
}

/* A table has upper-case headings, a line of dashes, two blanks between columns, and none at the ends of
 * lines. */
static void test_table_is_aligned(void **state)
{
    (void)state;
    static const char *const headings[] = {"id", "amount", "reason"};
    BH_CLEANUP(bh_json_release) json_t *amount = json_real(12.5);
    struct bh_table table;
    bh_table_init(&table, headings, 3);
    bh_table_add_text(&table, "caf\xC3\xA9");
    bh_table_add_value(&table, amount);
    bh_table_add_text(&table, "a\nb");
    bh_table_add_text(&table, "x");
    bh_table_add_value(&table, NULL);
    bh_table_add_text(&table, "");
    struct bh_buf buf = new_buf();
    bh_table_write(&table, &buf);
    bh_table_finish(&table);
    assert_text(&buf, "ID    AMOUNT  REASON\n"
                      "----  ------  --------\n"
                      "caf\xC3\xA9  12.5    a\\u000ab\n"
                      "x     -       \n");
}

/* A table without rows says so, and a list of keys and values has no headings. */
static void test_table_without_rows_and_without_headings(void **state)
{
    (void)state;
    static const char *const headings[] = {"id"};
    struct bh_table table;
    struct bh_buf buf = new_buf();
    bh_table_init(&table, headings, 1);
    bh_table_write(&table, &buf);
    bh_table_finish(&table);
    assert_text(&buf, "(none)\n");
    bh_table_init(&table, NULL, 2);
    bh_table_add_pair(&table, "status", NULL);
    bh_table_add_text(&table, "requestId");
    bh_table_add_text(&table, "req_1");
    bh_table_write(&table, &buf);
    bh_table_finish(&table);
    assert_text(&buf, "status     -\nrequestId  req_1\n");
}

/* A masked secret shows at most 15 characters, and of a short one at most a quarter. */
static void test_mask_never_shows_most_of_a_secret(void **state)
{
    (void)state;
    struct bh_buf buf = new_buf();
    bh_output_add_masked(BH_SPAN("bhf_sk_abcdefghijklmnopqrstuvwxyz"), &buf);
    assert_text(&buf, "bhf_sk_abcdefgh\xE2\x80\xA6");
    bh_output_add_masked(BH_SPAN("bhf_sk_a"), &buf);
    assert_text(&buf, "bh\xE2\x80\xA6");
    bh_output_add_masked(BH_SPAN("abc"), &buf);
    assert_text(&buf, "\xE2\x80\xA6");
}

/* Empty and non-text members of the configuration count as not set. */
static void test_config_text_ignores_empty_and_odd_members(void **state)
{
    (void)state;
    BH_CLEANUP(bh_json_release) json_t *config = NULL;
    assert_int_equal(
        bh_json_parse(BH_SPAN("{\"apiKey\":\"\",\"agentId\":5,\"baseUrl\":\"http://h\"}"), &config), BH_OK);
    assert_null(bh_config_file_text(config, BH_CONFIG_API_KEY));
    assert_null(bh_config_file_text(config, BH_CONFIG_AGENT_ID));
    assert_string_equal(bh_config_file_text(config, BH_CONFIG_BASE_URL), "http://h");
    assert_null(bh_config_file_text(config, "other"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neutral_text_holds_no_control_characters),
        cmocka_unit_test(test_malformed_bytes_are_replaced),
        cmocka_unit_test(test_pretty_json_has_two_blanks_per_level),
        cmocka_unit_test(test_table_is_aligned),
        cmocka_unit_test(test_table_without_rows_and_without_headings),
        cmocka_unit_test(test_mask_never_shows_most_of_a_secret),
        cmocka_unit_test(test_config_text_ignores_empty_and_odd_members),
    };
    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
