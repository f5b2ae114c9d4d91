// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <string.h>

#include "verify/parse.h"

static void assert_refused(const char *text, enum bh_err expected, const char *detail)
{
    struct bh_verify_request request;
    struct bh_span found = BH_ABSENT;
    json_t *body = fixture_json(text);
    assert_int_equal(bh_verify_parse(body, true, &request, &found), expected);
    assert_span_equal(found, detail);
    bh_json_release(&body);
}

/* A body with `count` times `unit` between head and tail. */
static json_t *body_with(const char *head, const char *unit, size_t count, const char *tail)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, FIXTURE_TEXT_LIMIT);
    bh_buf_add_text(&text, head);
    for (size_t i = 0; i < count; i++)
        bh_buf_add_text(&text, unit);
    bh_buf_add_text(&text, tail);
    bh_buf_add_char(&text, 0);
    return fixture_json(text.data);
}

static enum bh_err parse_with(const char *head, const char *unit, size_t count, const char *tail)
{
    struct bh_verify_request request;
    struct bh_span detail;
    json_t *body = body_with(head, unit, count, tail);
    enum bh_err err = bh_verify_parse(body, true, &request, &detail);
    bh_json_release(&body);
    return err;
}

/* A body with everything becomes a request with everything, trimmed. */
static void test_a_whole_body_is_read(void **state)
{
    (void)state;
    struct bh_verify_request request;
    struct bh_span detail = BH_ABSENT;
    json_t *body =
        fixture_json("{'agentId':' agent_a ','action':' buy ','vendor':' shop','resource':5,'amount':-0.0,"
                     "'metadata':{'branch':' main '},'policyContext':{'cwd':'/w'},'shadow':true}");
    assert_int_equal(bh_verify_parse(body, true, &request, &detail), BH_OK);
    assert_span_equal(request.agent_id, "agent_a");
    assert_span_equal(request.facts.action, "buy");
    assert_span_equal(request.facts.vendor, "shop");
    assert_true(request.facts.has_amount && request.shadow);
    assert_span_equal(request.facts.branch, "main");
    assert_span_equal(request.facts.cwd, "/w");
    assert_non_null(request.metadata);
    assert_non_null(request.policy_context);
    assert_true(bh_span_is_absent(detail));
    bh_json_release(&body);
}

/* Of several mistakes the first in the order of the fields is reported; unknown fields come before all. */
static void test_mistakes_are_reported_in_order(void **state)
{
    (void)state;
    assert_refused("{'zeta':1,'alpha':2}", BH_ERR_UNKNOWN_FIELD, "zeta");
    assert_refused("{'action':5}", BH_ERR_FIELD_REQUIRED, "agentId");
    assert_refused("{'agentId':'a','vendor':''}", BH_ERR_FIELD_REQUIRED, "action");
    assert_refused("{'agentId':'a','action':' ','vendor':''}", BH_ERR_FIELD_REQUIRED, "action");
    assert_refused("{'agentId':'a','action':'x','vendor':'','amount':-1}", BH_ERR_RESOURCE_EMPTY, "vendor");
    assert_refused("{'agentId':'a','action':'x','amount':-1,'metadata':[]}", BH_ERR_AMOUNT, "amount");
    assert_refused(
        "{'agentId':'a','action':'x','metadata':[],'policyContext':5}", BH_ERR_METADATA, "metadata");
    assert_refused(
        "{'agentId':'a','action':'x','policyContext':null}", BH_ERR_POLICY_CONTEXT, "policyContext");
}

/* The member vendor hides resource, even when it is empty, null or no text. */
static void test_vendor_hides_resource(void **state)
{
    (void)state;
    static const char *const vendors[] = {"''", "' '", "null", "5"};
    for (size_t i = 0; i < BH_COUNT(vendors); i++)
        assert_int_equal(
            parse_with("{'agentId':'a','action':'x','resource':'r','vendor':", vendors[i], 1, "}"),
            BH_ERR_RESOURCE_EMPTY);
    assert_refused("{'agentId':'a','action':'x','resource':null}", BH_ERR_RESOURCE_EMPTY, "resource");
    struct bh_verify_request request;
    struct bh_span detail;
    json_t *body = fixture_json("{'action':'x','resource':'r'}");
    assert_int_equal(bh_verify_parse(body, false, &request, &detail), BH_OK);
    assert_span_equal(request.facts.vendor, "r");
    assert_true(bh_span_is_absent(request.agent_id));
    bh_json_release(&body);
}

/* Lengths are limited in UTF-16 units; the limit itself passes. */
static void test_lengths_are_limited(void **state)
{
    (void)state;
    const char *key = "\xF0\x9F\x94\x91";
    assert_int_equal(parse_with("{'agentId':'a','action':'", key, 40, "'}"), BH_OK);
    assert_int_equal(parse_with("{'agentId':'a','action':'", key, 41, "'}"), BH_ERR_ACTION_TOO_LONG);
    assert_int_equal(parse_with("{'agentId':'a','action':'x','resource':'", key, 100, "'}"), BH_OK);
    assert_int_equal(
        parse_with("{'agentId':'a','action':'x','resource':'", key, 101, "'}"), BH_ERR_VENDOR_TOO_LONG);
    assert_int_equal(
        parse_with("{'agentId':'a','action':'x','metadata':{ 'k' : '", "\xE2\x82\xAC", 2040, "'}}"), BH_OK);
    assert_int_equal(parse_with("{'agentId':'a','action':'x','metadata':{'k':'", "\xE2\x82\xAC", 2041, "'}}"),
        BH_ERR_METADATA);
    assert_int_equal(
        parse_with("{'agentId':'a','action':'x','policyContext':{'k':'", "\\u0001", 2729, "zz'}}"), BH_OK);
    assert_int_equal(
        parse_with("{'agentId':'a','action':'x','policyContext':{'k':'", "\\u0001", 2729, "zzz'}}"),
        BH_ERR_POLICY_CONTEXT_SIZE);
}

/* Amounts are numbers that are not negative; null is none. */
static void test_amounts(void **state)
{
    (void)state;
    assert_refused("{'agentId':'a','action':'x','amount':'5'}", BH_ERR_AMOUNT, "amount");
    assert_refused("{'agentId':'a','action':'x','amount':null}", BH_ERR_AMOUNT, "amount");
    assert_refused("{'agentId':'a','action':'x','amount':-0.01}", BH_ERR_AMOUNT, "amount");
    assert_int_equal(parse_with("{'agentId':'a','action':'x','amount':", "1e308", 1, "}"), BH_OK);
}

/* Only the value true and only the word "shadow" ask for shadow mode. */
static void test_shadow(void **state)
{
    (void)state;
    static const struct {
        const char *members;
        bool shadow;
    } cases[] = {{"'shadow':true", true}, {"'mode':'shadow'", true}, {"'shadow':1", false},
        {"'shadow':'true'", false}, {"'mode':'Shadow'", false}, {"'mode':'enforce','shadow':false", false}};
    for (size_t i = 0; i < BH_COUNT(cases); i++) {
        struct bh_verify_request request;
        struct bh_span detail;
        json_t *body = body_with("{'action':'x',", cases[i].members, 1, "}");
        assert_int_equal(bh_verify_parse(body, false, &request, &detail), BH_OK);
        assert_int_equal(request.shadow, cases[i].shadow);
        bh_json_release(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_body_is_read),
        cmocka_unit_test(test_mistakes_are_reported_in_order),
        cmocka_unit_test(test_vendor_hides_resource),
        cmocka_unit_test(test_lengths_are_limited),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_shadow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
