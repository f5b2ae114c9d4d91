// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <string.h>

#include "core/structured_field.h"

static bool is_dictionary(struct bh_arena *arena, const char *text)
{
    struct bh_field_dictionary dictionary;
    return bh_field_dictionary_parse(bh_span_from(text), arena, &dictionary);
}

/* Members of every type are read with their values, and written back in their one canonical form. */
static void test_members_of_every_type(void **state)
{
    static const struct {
        const char *key;
        enum bh_field_type type;
        int64_t number;
        const char *text, *canonical;
    } expected[] = {
        {"a", BH_FIELD_INTEGER, -42, NULL, "-42"},
        {"*b.c_d-e", BH_FIELD_DECIMAL, 0, NULL, "0.5"},
        {"c", BH_FIELD_STRING, 0, "say \"\\\"", "\"say \\\"\\\\\\\"\""},
        {"d", BH_FIELD_TOKEN, 0, "foo/bar:baz", "foo/bar:baz;q=1.0;on"},
        {"e", BH_FIELD_BINARY, 0, "hello", ":aGVsbG8=:"},
        {"f", BH_FIELD_BOOLEAN, 0, NULL, "?0"},
        {"g", BH_FIELD_BOOLEAN, 1, NULL, "?1;x"},
        {"h", BH_FIELD_LIST, 0, NULL, "(a \"b\";k=1 2);z=?0"},
        {"i", BH_FIELD_LIST, 0, NULL, "()"},
        {"j", BH_FIELD_DATE, 1659578233, NULL, "@1659578233"},
    };
    struct bh_field_dictionary dictionary;
    assert_true(bh_field_dictionary_parse(
        BH_SPAN(
            "  a=-42, *b.c_d-e=0.5,c=\"say \\\"\\\\\\\"\" \t,\t d=foo/bar:baz; q=1.0;  on=?1, e=:aGVsbG8=:,"
            "f=?0, g;x, h=(  a  \"b\";k=1   2 );z=?0, i=(  ), j=@1659578233  "),
        *state, &dictionary));
    assert_int_equal(dictionary.count, BH_COUNT(expected));
    for (size_t i = 0; i < BH_COUNT(expected); i++) {
        const struct bh_field_item *item = &dictionary.members[i].item;
        assert_span_equal(dictionary.members[i].key, expected[i].key);
        assert_int_equal(item->value.type, expected[i].type);
        assert_int_equal(item->value.number, expected[i].number);
        if (expected[i].text != NULL)
            assert_span_equal(item->value.text, expected[i].text);
        assert_span_equal(item->canonical, expected[i].canonical);
    }
    assert_int_equal(bh_field_member_find(&dictionary, BH_SPAN("h"))->item_count, 3);
    assert_null(bh_field_member_find(&dictionary, BH_SPAN("k")));
}

/* A text that is no dictionary, or that two readers could read in two ways, is refused. */
static void test_what_is_refused(void **state)
{
    static const char *const texts[] = {"", " ", ",", "a=1,", "a=1,,b=2", "a=1 b=2", "A=1", "1=1",
        "a=", "a==1", "\ta=1", "a =1", "a=1, a=2", "a=1;b;b", "a=1;b=1;b=2", "a=1;", "a=1;B=1", "a=1; =2",
        "a=(", "a=(1", "a=(1 ", "a=(1,2)", "a=(1\t2)", "a=(1 2", "a=((1))", "a=1;b=(1)", "a=(1)2",
        "a=(1\"b\")", "a=\"b", "a=\"\\b\"", "a=\"\x7F\"", "a=\"\n\"", "a=\"\xC3\xA9\"", "a=:aGVsbG8:",
        "a=:aGVsbG9=:", "a=:a:", "a=:====:", "a=:aG VsbG8=:", "a=:aGVsbG8=", "a=:aGVs-G8=:", "a=?2", "a=?",
        "a=@1.5", "a=@", "a=%\"b\"", "a=-", "a=-0", "a=01", "a=1.", "a=.5", "a=1.50", "a=1.2345", "a=-0.0",
        "a=1234567890123456", "a=1234567890123.5", "a=1.2.3", "a=+1", "a=b\"", "a=1\n", "a={"};
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        if (is_dictionary(*state, texts[i]))
            fail_msg("accepted: %s", texts[i]);
    }
    assert_true(is_dictionary(*state, "a=123456789012345, b=-123456789012.125, c=-0.5, d=1.0, e=::"));
}

/* A NUL in the text does not end it. */
static void test_nul(void **state)
{
    struct bh_field_dictionary dictionary;
    assert_false(bh_field_dictionary_parse((struct bh_span){"a=1\0", 4}, *state, &dictionary));
    assert_false(bh_field_dictionary_parse((struct bh_span){"a=\"x\0y\"", 7}, *state, &dictionary));
    assert_false(bh_field_dictionary_parse((struct bh_span){"a=:\0:", 5}, *state, &dictionary));
    assert_false(bh_field_dictionary_parse((struct bh_span){"a\0=1", 4}, *state, &dictionary));
}

/* `count` texts that differ by a number, with `between` them. */
static void add_many(struct bh_buf *buf, const char *format, const char *between, size_t count)
{
    bh_buf_clear(buf);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            bh_buf_add_text(buf, between);
        bh_buf_add_text(buf, format);
        bh_buf_add_int(buf, (int64_t)i);
    }
}

static bool is_dictionary_between(
    struct bh_arena *arena, const char *before, const struct bh_buf *middle, const char *after)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    struct bh_field_dictionary dictionary;
    bh_buf_init(&text, FIXTURE_TEXT_LIMIT);
    bh_buf_add_text(&text, before);
    bh_buf_add(&text, bh_buf_span(middle));
    bh_buf_add_text(&text, after);
    return bh_field_dictionary_parse(bh_buf_span(&text), arena, &dictionary);
}

/* Each limit holds at its edge: members, items, parameters, bytes. */
static void test_limits(void **state)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, FIXTURE_TEXT_LIMIT);
    add_many(&text, "a", ", ", BH_FIELD_MEMBERS);
    assert_true(is_dictionary_between(*state, "", &text, ""));
    add_many(&text, "a", ", ", BH_FIELD_MEMBERS + 1);
    assert_false(is_dictionary_between(*state, "", &text, ""));
    add_many(&text, "", " ", BH_FIELD_ITEMS);
    assert_true(is_dictionary_between(*state, "a=(", &text, ")"));
    add_many(&text, "", " ", BH_FIELD_ITEMS + 1);
    assert_false(is_dictionary_between(*state, "a=(", &text, ")"));
    add_many(&text, ";p", "", BH_FIELD_PARAMETERS);
    assert_true(is_dictionary_between(*state, "a=1", &text, ""));
    add_many(&text, ";p", "", BH_FIELD_PARAMETERS + 1);
    assert_false(is_dictionary_between(*state, "a=1", &text, ""));
    bh_buf_clear(&text);
    while (text.len < BH_FIELD_BYTES - 4)
        bh_buf_add_char(&text, 'x');
    assert_true(is_dictionary_between(*state, "a=\"", &text, "\""));
    assert_false(is_dictionary_between(*state, "a=\"", &text, "\" "));
}

/* An item is one value with its parameters, and nothing behind it. */
static void test_single_items(void **state)
{
    struct bh_field_item item;
    assert_true(bh_field_item_parse(BH_SPAN(" \"https://bot.example\";type=directory "), *state, &item));
    assert_span_equal(item.value.text, "https://bot.example");
    assert_span_equal(bh_field_parameter_find(&item, "type")->text, "directory");
    assert_null(bh_field_parameter_find(&item, "typ"));
    assert_false(bh_field_item_parse(BH_SPAN("\"a\", \"b\""), *state, &item));
    assert_false(bh_field_item_parse(BH_SPAN("(a)"), *state, &item));
    assert_false(bh_field_item_parse(BH_SPAN(""), *state, &item));
    assert_false(bh_field_item_parse(BH_ABSENT, *state, &item));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(test_members_of_every_type),
        fixture_test(test_what_is_refused),
        fixture_test(test_nul),
        fixture_test(test_limits),
        fixture_test(test_single_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
