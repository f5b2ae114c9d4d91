// SPDX-License-Identifier: Apache-2.0
#include "client/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "client/body.h"
#include "cli/expiry.h"
#include "lib/json.h"

#define COUNT_ARGS(argv) ((int)BH_COUNT(argv))

struct line {
    const char *action;
    const char *key;
    bool shadow;
    struct bh_arguments arguments;
    char error[256];
};

static void copy_error(const struct bh_buf *error, struct line *line)
{
    struct bh_span text = bh_buf_span(error);
    size_t length = text.len < sizeof(line->error) ? text.len : sizeof(line->error) - 1;
    memcpy(line->error, text.data, length);
    line->error[length] = 0;
}

/* Parses with one required option, one optional, one flag and up to one operand. */
static bool parse(int argc, const char *const *words, struct line *ret_line)
{
    *ret_line = (struct line){0};
    const struct bh_option options[] = {
        BH_OPTION_REQUIRED("action", 'a', ret_line->action, "NAME", "what"),
        BH_OPTION_VALUE("key", 'k', ret_line->key, "KEY", "with what"),
        BH_OPTION_FLAG("shadow", 's', ret_line->shadow, "only look"),
    };
    const struct bh_usage usage = {.command = "try",
        .operands = "[id]",
        .operands_max = 1,
        .summary = "Try",
        .options = options,
        .option_count = BH_COUNT(options)};
    char *argv[8];
    for (int i = 0; i < argc; i++)
        argv[i] = (char *)(uintptr_t)words[i];
    BH_CLEANUP(bh_buf_finish) struct bh_buf error = {0};
    bh_buf_init(&error, 4096);
    bool parsed = bh_options_parse(&usage, argc, argv, &ret_line->arguments, &error);
    copy_error(&error, ret_line);
    return parsed;
}

#define PARSE(line, ...)                                                                                     \
    parse(COUNT_ARGS(((const char *const[]){"try", __VA_ARGS__})),                                           \
        (const char *const[]){"try", __VA_ARGS__}, (line))

/* Every way of writing an option gives the same value. */
static void test_forms_of_an_option_are_equal(void **state)
{
    (void)state;
    struct line line;
    assert_true(PARSE(&line, "--action", "read"));
    assert_string_equal(line.action, "read");
    assert_true(PARSE(&line, "--action=read"));
    assert_string_equal(line.action, "read");
    assert_true(PARSE(&line, "-a", "read"));
    assert_string_equal(line.action, "read");
    assert_true(PARSE(&line, "-aread"));
    assert_string_equal(line.action, "read");
    assert_true(PARSE(&line, "--action=a=b"));
    assert_string_equal(line.action, "a=b");
}

/* Options and operands mix in any order, --json stands anywhere, and behind "--" nothing is an option. */
static void test_order_is_free_and_dashes_end_options(void **state)
{
    (void)state;
    struct line line;
    assert_true(PARSE(&line, "--json", "agent_x", "-s", "-a", "read", "--no-banner"));
    assert_true(line.arguments.json);
    assert_true(line.shadow);
    assert_int_equal(line.arguments.operand_count, 1);
    assert_string_equal(line.arguments.operands[0], "agent_x");
    assert_true(PARSE(&line, "-a", "read", "--", "--json"));
    assert_false(line.arguments.json);
    assert_string_equal(line.arguments.operands[0], "--json");
}

/* Of a repeated option the last one counts. */
static void test_last_repetition_counts(void **state)
{
    (void)state;
    struct line line;
    assert_true(PARSE(&line, "-a", "read", "--action", "write"));
    assert_string_equal(line.action, "write");
}

/* A forgotten or empty value is an error that names the option, and never swallows the next option. */
static void test_missing_value_names_the_option(void **state)
{
    (void)state;
    struct line line;
    assert_false(PARSE(&line, "--action"));
    assert_string_equal(line.error, "Option --action needs a value.");
    assert_false(PARSE(&line, "-a", "--json"));
    assert_non_null(strstr(line.error, "Option --action needs a value."));
    assert_false(PARSE(&line, "-a", "-k", "key"));
    assert_non_null(strstr(line.error, "Option --action needs a value."));
    assert_false(PARSE(&line, "-a", "read", "--key="));
    assert_string_equal(line.error, "Option --key needs a value.");
    assert_false(PARSE(&line, "-a", "read", "-k", ""));
    assert_string_equal(line.error, "Option --key needs a value.");
}

/* Negative numbers and a lone dash are values, not options. */
static void test_dash_and_negative_numbers_are_values(void **state)
{
    (void)state;
    struct line line;
    assert_true(PARSE(&line, "-a", "-5"));
    assert_string_equal(line.action, "-5");
    assert_true(PARSE(&line, "-a", "-"));
    assert_string_equal(line.action, "-");
}

/* What the table does not know is refused by name. */
static void test_unknown_arguments_are_refused(void **state)
{
    (void)state;
    struct line line;
    assert_false(PARSE(&line, "-a", "read", "--frob=1"));
    assert_string_equal(line.error, "Unknown option --frob.");
    assert_false(PARSE(&line, "-a", "read", "-x"));
    assert_string_equal(line.error, "Unknown option -x.");
    assert_false(PARSE(&line, "-a", "read", "-sx"));
    assert_string_equal(line.error, "Unknown option -sx.");
    assert_false(PARSE(&line, "-a", "read", "--shadow=yes"));
    assert_string_equal(line.error, "Option --shadow takes no value.");
    assert_false(PARSE(&line, "-a", "read", "one", "two"));
    assert_string_equal(line.error, "Unexpected argument \"two\".");
    assert_false(PARSE(&line, "-a", "read", ""));
    assert_string_equal(line.error, "An argument is empty: [id].");
    assert_false(PARSE(&line, "-a", "\xC3("));
    assert_string_equal(line.error, "Argument 2 is not valid UTF-8.");
}

/* A required option must be there, unless help is asked for. */
static void test_required_option_is_missed_except_for_help(void **state)
{
    (void)state;
    struct line line;
    assert_false(PARSE(&line, "agent_x"));
    assert_string_equal(line.error, "Option --action is required.");
    assert_true(PARSE(&line, "agent_x", "--nonsense", "-h"));
    assert_true(line.arguments.help);
}

/* Help shows the usage line, every option with its text, the examples and the exit status. */
static void test_help_shows_the_whole_table(void **state)
{
    (void)state;
    const char *value = NULL;
    const struct bh_option options[] = {{.name = "limit",
        .letter = 'l',
        .value = &value,
        .value_name = "NUMBER",
        .help = "rows (default: 50)"}};
    const struct bh_usage usage = {.command = "try",
        .operands = "<id>",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Try something",
        .examples = "try a\ntry b --json",
        .options = options,
        .option_count = 1};
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    bh_buf_init(&out, 4096);
    bh_options_help(&usage, &out);
    bh_buf_add_char(&out, 0);
    assert_string_equal(out.data, "Try something.\n\n"
                                  "Usage: behalf try <id> [options]\n\n"
                                  "Options:\n"
                                  "  -l, --limit NUMBER  rows (default: 50)\n"
                                  "      --json          machine-readable output and errors\n"
                                  "  -h, --help          show this text\n\n"
                                  "Examples:\n  behalf try a\n  behalf try b --json\n\n"
                                  "Exit status: 0 done, 1 error.\n");
}

/* Where options count before the operands alone, the usage line shows them there. */
static void test_operands_that_come_last_are_shown_last(void **state)
{
    (void)state;
    const struct bh_usage usage = {.command = "try", .operands = "-- <command>", .operands_last = true};
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    bh_buf_init(&out, 4096);
    bh_options_add_line(&usage, &out);
    bh_buf_add_char(&out, 0);
    assert_string_equal(out.data, "try [options] -- <command>");
}

/* An amount is a decimal number that is not negative, and nothing that only begins like one. */
static void test_amount_takes_decimal_numbers_only(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "-1", "1x", "0x10", "inf", "nan", "1e999", " 1", "1 ", "+1", "1-2", "1,5"};
    double amount = -1;
    assert_true(bh_options_amount("12.50", &amount));
    assert_true(amount == 12.5);
    assert_true(bh_options_amount("1e3", &amount));
    assert_true(amount == 1000);
    assert_true(bh_options_amount("0", &amount));
    assert_true(amount == 0);
    for (size_t i = 0; i < BH_COUNT(bad); i++)
        assert_false(bh_options_amount(bad[i], &amount));
}

/* Durations count from now, dates stand for themselves, and anything else is refused. */
static void test_expiry_reads_durations_and_dates(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "h", "2", "2y", "-2h", "2.5h", "2 h", "99999999d",
        "99999999999999999999s", "tomorrow", "2026-13-01"};
    const int64_t now = INT64_C(1777680000000);
    int64_t ms = 0;
    assert_true(bh_expiry_parse(BH_SPAN("30m"), now, &ms));
    assert_true(ms == now + 30 * 60 * 1000);
    assert_true(bh_expiry_parse(BH_SPAN(" 2h "), now, &ms));
    assert_true(ms == now + 2 * 3600 * 1000);
    assert_true(bh_expiry_parse(BH_SPAN("7d"), now, &ms));
    assert_true(ms == now + INT64_C(7) * 86400000);
    assert_true(bh_expiry_parse(BH_SPAN("2026-05-02"), now, &ms));
    assert_true(ms == INT64_C(1777680000000));
    for (size_t i = 0; i < BH_COUNT(bad); i++)
        assert_false(bh_expiry_parse(bh_span_from(bad[i]), now, &ms));
}

/* A list is split at commas and trimmed; a list without items fails instead of restricting nothing. */
static void test_list_without_items_fails(void **state)
{
    (void)state;
    BH_CLEANUP(bh_json_release) json_t *body = json_object();
    assert_true(bh_body_set_list(body, "none", NULL));
    assert_null(json_object_get(body, "none"));
    assert_true(bh_body_set_list(body, "two", " a b , ,c"));
    const json_t *two = json_object_get(body, "two");
    assert_int_equal(json_array_size(two), 2);
    assert_string_equal(json_string_value(json_array_get(two, 0)), "a b");
    assert_string_equal(json_string_value(json_array_get(two, 1)), "c");
    assert_false(bh_body_set_list(body, "empty", ""));
    assert_false(bh_body_set_list(body, "empty", " , "));
    assert_null(json_object_get(body, "empty"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_of_an_option_are_equal),
        cmocka_unit_test(test_order_is_free_and_dashes_end_options),
        cmocka_unit_test(test_last_repetition_counts),
        cmocka_unit_test(test_missing_value_names_the_option),
        cmocka_unit_test(test_dash_and_negative_numbers_are_values),
        cmocka_unit_test(test_unknown_arguments_are_refused),
        cmocka_unit_test(test_required_option_is_missed_except_for_help),
        cmocka_unit_test(test_help_shows_the_whole_table),
        cmocka_unit_test(test_operands_that_come_last_are_shown_last),
        cmocka_unit_test(test_amount_takes_decimal_numbers_only),
        cmocka_unit_test(test_expiry_reads_durations_and_dates),
        cmocka_unit_test(test_list_without_items_fails),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
