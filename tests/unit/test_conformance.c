// SPDX-License-Identifier: Apache-2.0
/*
 * The vectors of the independent model, line by line. They lie beside the repository, or where
 * BEHALFID_CONFORMANCE says; without them the test fails, because nothing was tested.
 */
#include "core_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/decide.h"
#include "core/fingerprint.h"
#include "core/match.h"
#include "core/path.h"
#include "core/url.h"
#include "core/site_rules.h"
#include "lib/timefmt.h"
#include "verify/parse.h"
#include "webhooks/sign.h"

static void read_file(const char *name, struct bh_buf *text)
{
    char path[4096];
    const char *folder = getenv("BEHALFID_CONFORMANCE");
    snprintf(path, sizeof(path), "%s/%s", folder != NULL ? folder : "../shared/conformance", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot read %s: set BEHALFID_CONFORMANCE to the folder of the vectors", path);
    char chunk[65536];
    size_t count;
    while ((count = fread(chunk, 1, sizeof(chunk), file)) > 0)
        bh_buf_add(text, (struct bh_span){chunk, count});
    fclose(file);
    assert_false(text->failed);
}

static bool check_line(struct bh_span line, bool (*check)(const json_t *line, struct bh_arena *arena))
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    BH_CLEANUP(bh_json_release) json_t *json = NULL;
    bh_arena_init(&arena, 4096, FIXTURE_TEXT_LIMIT);
    assert_int_equal(bh_json_parse_object(line, &json), BH_OK);
    if (check(json, &arena))
        return true;
    print_error("%.*s\n", (int)line.len, line.data);
    return false;
}

/* Every line of the file passes, and there are at least so many. */
static void check_file(
    const char *name, size_t at_least, bool (*check)(const json_t *line, struct bh_arena *arena))
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    size_t lines = 0;
    size_t failures = 0;
    bh_buf_init(&text, (size_t)256 << 20);
    read_file(name, &text);
    for (struct bh_span rest = bh_buf_span(&text); rest.len > 0;) {
        size_t end = bh_span_find(rest, BH_SPAN("\n"));
        struct bh_span line = {rest.data, end == SIZE_MAX ? rest.len : end};
        rest = bh_span_from_index(rest, line.len + 1);
        if (line.len == 0)
            continue;
        lines++;
        failures += !check_line(line, check);
    }
    assert_int_equal(failures, 0);
    assert_true(lines >= at_least);
}

static bool text_is(const json_t *expected, const char *text)
{
    return bh_span_equal(bh_json_text(expected), bh_span_from(text));
}

static bool decision_is(const json_t *expect, struct bh_decision decision)
{
    return json_is_true(json_object_get(expect, "allowed")) == (decision.outcome == BH_ALLOW) &&
           json_is_true(json_object_get(expect, "approvalRequired")) ==
               (decision.outcome == BH_NEEDS_APPROVAL) &&
           text_is(json_object_get(expect, "reason"), bh_reason_text(decision.reason)) &&
           text_is(json_object_get(expect, "risk"), bh_risk_text(decision.risk)) &&
           bh_span_equal(bh_json_member_text(expect, "permissionId"),
               decision.permission == NULL ? BH_ABSENT : decision.permission->permission_id);
}

/* A line with a gate is one where approval is due and nothing can be bound. */
static bool gate_is(const json_t *line, const struct bh_decision *decision, const struct bh_facts *facts,
    struct bh_arena *arena)
{
    struct bh_target target;
    if (!bh_fingerprint(facts, arena, &target))
        return false;
    bool required = decision->outcome == BH_NEEDS_APPROVAL && bh_action_is_bindable(facts->action) &&
                    target.kind == BH_TARGET_NONE;
    return required == text_is(json_object_get(line, "gate"), "target_required");
}

static bool check_decision(const json_t *line, struct bh_arena *arena)
{
    const json_t *array = json_object_get(line, "permissions");
    size_t count = json_array_size(array);
    struct bh_permission *permissions = bh_arena_alloc(arena, (count + 1) * sizeof(*permissions));
    struct bh_policy policy = {.permissions = permissions, .count = count};
    struct bh_verify_request request;
    struct bh_span detail;
    int64_t now_ms;
    if (permissions == NULL || !bh_time_parse(bh_json_member_text(line, "now"), &now_ms) ||
        bh_verify_parse(json_object_get(line, "request"), false, &request, &detail) != BH_OK)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (bh_permission_read(json_array_get(array, i), arena, &permissions[i]) != BH_OK)
            return false;
    }
    bh_permission_sort(permissions, count);
    policy.agent_active = text_is(json_object_get(json_object_get(line, "agent"), "status"), "active");
    struct bh_decision decision = bh_decide(&policy, &request.facts, now_ms, arena);
    return decision_is(json_object_get(line, "expect"), decision) &&
           gate_is(line, &decision, &request.facts, arena);
}

static bool check_path(const json_t *line, struct bh_arena *arena)
{
    const json_t *expect = json_object_get(line, "expect");
    const json_t *candidates = json_object_get(expect, "candidates");
    struct bh_path_forms forms;
    if (!bh_path_forms(bh_json_member_text(line, "path"), bh_json_member_text(line, "cwd"),
            bh_json_member_text(line, "home"), arena, &forms) ||
        !bh_span_equal(forms.target, bh_json_member_text(expect, "target")) ||
        forms.count != json_array_size(candidates))
        return false;
    for (size_t i = 0; i < forms.count; i++) {
        bool found = false;
        for (size_t j = 0; j < forms.count; j++)
            found = found || bh_span_equal(forms.candidates[j], bh_json_text(json_array_get(candidates, i)));
        if (!found)
            return false;
    }
    return true;
}

static bool check_glob(const json_t *line, struct bh_arena *arena)
{
    (void)arena;
    struct bh_span pattern = bh_json_member_text(line, "pattern");
    struct bh_span value = bh_json_member_text(line, "value");
    bool is_path = text_is(json_object_get(line, "kind"), "path");
    size_t steps = BH_MATCH_STEPS;
    enum bh_match match =
        is_path ? bh_match_path(pattern, value, false) : bh_match_context(pattern, value, &steps);
    return match == (json_is_true(json_object_get(line, "match")) ? BH_MATCH_YES : BH_MATCH_NO);
}

static struct bh_span usable(const json_t *line, const char *key)
{
    struct bh_span text = bh_json_member_text(line, key);
    return bh_span_is_blank(text) ? BH_ABSENT : text;
}

static bool check_fingerprint(const json_t *line, struct bh_arena *arena)
{
    const json_t *expect = json_object_get(line, "expect");
    struct bh_target target;
    const struct bh_facts facts = {.action = bh_json_member_text(line, "action"),
        .path = usable(line, "path"),
        .command = usable(line, "command"),
        .cwd = usable(line, "cwd"),
        .home = usable(line, "home")};
    if (!bh_fingerprint(&facts, arena, &target))
        return false;
    if (target.kind == BH_TARGET_NONE)
        return json_is_null(expect);
    return text_is(json_object_get(expect, "kind"), bh_target_kind_text(target.kind)) &&
           bh_span_equal(bh_json_member_text(expect, "value"), target.value) &&
           text_is(json_object_get(expect, "fingerprint"), target.fingerprint);
}

/* One of the other errors that are just as good for a parser that accepts less. */
static bool is_alternative(const json_t *alternatives, const char *error)
{
    size_t i;
    const json_t *item;
    json_array_foreach(alternatives, i, item)
    {
        if (text_is(item, error))
            return true;
    }
    return false;
}

static bool check_url(const json_t *line, struct bh_arena *arena)
{
    struct bh_url url;
    const struct bh_url_policy policy = {0};
    const json_t *expect = json_object_get(line, "expect");
    const json_t *alternatives = json_object_get(line, "alt");
    enum bh_err err = bh_url_parse(bh_json_member_text(line, "url"), &policy, arena, &url);
    if (err != BH_OK)
        return text_is(json_object_get(expect, "error"), bh_err_info(err)->text) ||
               is_alternative(alternatives, bh_err_info(err)->text);
    return json_is_true(json_object_get(expect, "accept")) &&
           bh_span_equal(bh_json_member_text(expect, "host"), url.host) &&
           json_number_value(json_object_get(expect, "port")) == (double)url.port &&
           json_is_true(json_object_get(expect, "dns")) == !url.is_address;
}

static bool check_address(const json_t *line, struct bh_arena *arena)
{
    struct bh_address address;
    (void)arena;
    bool valid = bh_address_parse(bh_json_member_text(line, "address"), &address);
    return valid == json_is_true(json_object_get(line, "valid")) &&
           (valid && bh_address_is_public(&address)) == json_is_true(json_object_get(line, "public"));
}

static bool check_signature(const json_t *line, struct bh_arena *arena)
{
    char signature[BH_SIGNATURE_TEXT];
    (void)arena;
    bh_webhook_sign(bh_json_member_text(line, "secret"), bh_json_member_text(line, "pepper"),
        (int64_t)json_number_value(json_object_get(line, "timestamp")), bh_json_member_text(line, "body"),
        signature);
    return text_is(json_object_get(json_object_get(line, "expect"), "signature"), signature);
}

static bool read_paths(const json_t *array, struct bh_arena *arena, struct bh_span_list *ret_list)
{
    size_t count = json_array_size(array);
    struct bh_span *items = bh_arena_alloc(arena, (count + 1) * sizeof(*items));
    for (size_t i = 0; items != NULL && i < count; i++) {
        if (!bh_site_pattern_canonical(bh_json_text(json_array_get(array, i)), arena, &items[i]))
            return false;
    }
    *ret_list = (struct bh_span_list){items, (uint32_t)count};
    return items != NULL;
}

static bool read_site_rule(const json_t *json, struct bh_arena *arena, struct bh_site_rule *ret_rule)
{
    *ret_rule = (struct bh_site_rule){.rule_id = bh_json_member_text(json, "ruleId"),
        .active = text_is(json_object_get(json, "status"), "active"),
        .requires_approval = json_is_true(json_object_get(json, "requiresApproval")),
        .agent_identifier = bh_json_member_text(json, "agentIdentifier"),
        .user_agent_pattern = bh_json_member_text(json, "userAgentPattern")};
    return read_paths(json_object_get(json, "allowedPaths"), arena, &ret_rule->allowed_paths) &&
           read_paths(json_object_get(json, "blockedPaths"), arena, &ret_rule->blocked_paths) &&
           bh_time_parse(bh_json_member_text(json, "createdAt"), &ret_rule->created_at_ms);
}

static bool site_decision_is(const json_t *expect, struct bh_site_decision decision)
{
    return json_is_true(json_object_get(expect, "allowed")) == bh_site_reason_allows(decision.reason) &&
           text_is(json_object_get(expect, "reason"), bh_site_reason_text(decision.reason)) &&
           text_is(json_object_get(expect, "risk"), bh_risk_text(bh_site_reason_risk(decision.reason))) &&
           bh_span_equal(bh_json_member_text(expect, "matchedRuleId"),
               decision.rule == NULL ? BH_ABSENT : decision.rule->rule_id);
}

static bool check_site_guard(const json_t *line, struct bh_arena *arena)
{
    const json_t *site = json_object_get(line, "site");
    const json_t *array = json_object_get(line, "rules");
    const json_t *request = json_object_get(line, "request");
    const json_t *expect = json_object_get(line, "expect");
    size_t count = json_array_size(array);
    struct bh_site_rule *rules = bh_arena_alloc(arena, (count + 1) * sizeof(*rules));
    struct bh_site_visit visit = {.user_agent = bh_span_trim(bh_json_member_text(request, "userAgent")),
        .agent_identifier =
            bh_span_utf16_prefix(bh_span_trim(bh_json_member_text(request, "agentIdentifier")), 180)};
    if (!bh_site_path_canonical(bh_json_member_text(request, "path"), arena, &visit.path))
        return text_is(json_object_get(expect, "error"), bh_err_info(BH_ERR_SITE_PATH)->text);
    if (bh_span_utf16_length(visit.user_agent) > 500)
        return text_is(json_object_get(expect, "error"), bh_err_info(BH_ERR_SITE_USER_AGENT_LENGTH)->text);
    for (size_t i = 0; i < count; i++) {
        if (!read_site_rule(json_array_get(array, i), arena, &rules[i]))
            return false;
    }
    bh_site_rules_sort(rules, count);
    const struct bh_site_policy policy = {.found = json_is_object(site),
        .active = text_is(json_object_get(site, "status"), "active"),
        .rules = rules,
        .count = count};
    return site_decision_is(expect, bh_site_decide(&policy, &visit));
}

/* Addresses are read, and are public, as in the model. */
static void test_addresses(void **state)
{
    (void)state;
    check_file("address.jsonl", 100, check_address);
}

/* URLs are accepted and refused as the model does it, and name the same host and port. */
static void test_urls(void **state)
{
    (void)state;
    check_file("url.jsonl", 400, check_url);
}

/* Signatures are those of the model. */
static void test_signatures(void **state)
{
    (void)state;
    check_file("signature.jsonl", 100, check_signature);
}

/* The site guard decides, and refuses, as the model does. */
static void test_site_guard(void **state)
{
    (void)state;
    check_file("siteguard.jsonl", 400, check_site_guard);
}

/* Decisions are those of the model, and so is which approvals need a target. */
static void test_decisions(void **state)
{
    (void)state;
    check_file("decision.jsonl", 1000, check_decision);
}

/* Paths have the target and the candidates of the model. */
static void test_paths(void **state)
{
    (void)state;
    check_file("path.jsonl", 100, check_path);
}

/* Patterns match what they match in the model. */
static void test_globs(void **state)
{
    (void)state;
    check_file("glob.jsonl", 100, check_glob);
}

/* Fingerprints are those of the model. */
static void test_fingerprints(void **state)
{
    (void)state;
    check_file("fingerprint.jsonl", 100, check_fingerprint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_globs),
        cmocka_unit_test(test_fingerprints),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_site_guard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
