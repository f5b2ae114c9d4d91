// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <string.h>

#include "core/decide.h"
#include "verify/parse.h"

#define NOW 1000000
#define PERMISSIONS_MAX 8

/* Decides a request (JSON) on permissions (JSON array, newest first) for an active agent. */
static struct bh_decision decide(struct bh_arena *arena, const char *permissions, const char *request)
{
    static struct bh_permission list[PERMISSIONS_MAX];
    struct bh_policy policy = {.agent_active = true, .permissions = list};
    struct bh_verify_request parsed;
    struct bh_span detail;
    json_t *array = fixture_json(permissions);
    json_t *body = fixture_json(request);
    policy.count = json_array_size(array);
    assert_in_range(policy.count, 0, PERMISSIONS_MAX);
    for (size_t i = 0; i < policy.count; i++)
        assert_int_equal(bh_permission_read(json_array_get(array, i), arena, &list[i]), BH_OK);
    assert_int_equal(bh_verify_parse(body, false, &parsed, &detail), BH_OK);
    struct bh_decision decision = bh_decide(&policy, &parsed.facts, NOW, arena);
    bh_json_release(&array);
    bh_json_release(&body);
    return decision;
}

static void assert_decision(struct bh_decision decision, enum bh_reason reason, const char *permission_id)
{
    assert_string_equal(bh_reason_text(decision.reason), bh_reason_text(reason));
    assert_span_equal(
        decision.permission == NULL ? BH_ABSENT : decision.permission->permission_id, permission_id);
    assert_int_equal(decision.outcome == BH_ALLOW, reason == BH_REASON_ALLOWED);
    assert_int_equal(decision.outcome == BH_NEEDS_APPROVAL, reason == BH_REASON_APPROVAL_REQUIRED);
    assert_string_equal(bh_risk_text(decision.risk), reason == BH_REASON_ALLOWED             ? "low"
                                                     : reason == BH_REASON_APPROVAL_REQUIRED ? "medium"
                                                                                             : "high");
}

/* One active permission for action "a" with the given constraints, and a request for "a" with further
 * members. */
static void assert_constraint(
    struct bh_arena *arena, const char *constraints, const char *members, enum bh_reason reason)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf permissions = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf request = {0};
    bh_buf_init(&permissions, 100000);
    bh_buf_init(&request, 100000);
    bh_buf_addf(&permissions,
        "[{'permissionId':'p','action':'read_file','allowedActions':['write_file',"
        "'execute_command'],'status':'active','constraints':{%s}}]",
        constraints);
    bh_buf_addf(
        &request, "{%s%s}", strstr(members, "'action'") == NULL ? "'action':'read_file'," : "", members);
    bh_buf_add_char(&permissions, 0);
    bh_buf_add_char(&request, 0);
    assert_decision(decide(arena, permissions.data, request.data), reason, "p");
}

/* An agent that is not active gets nothing, whatever the permissions say. */
static void test_inactive_agent_is_denied(void **state)
{
    struct bh_permission permission;
    json_t *json = fixture_json("{'permissionId':'p','action':'a','status':'active'}");
    assert_int_equal(bh_permission_read(json, *state, &permission), BH_OK);
    bh_json_release(&json);
    struct bh_policy policy = {.agent_active = true, .permissions = &permission, .count = 1};
    struct bh_facts facts = {.action = BH_SPAN("a")};
    assert_decision(bh_decide(&policy, &facts, NOW, *state), BH_REASON_ALLOWED, "p");
    policy.agent_active = false;
    assert_decision(bh_decide(&policy, &facts, NOW, *state), BH_REASON_AGENT_DISABLED, NULL);
}

/* The zero decision denies. */
static void test_zero_denies(void **state)
{
    (void)state;
    const struct bh_decision zero = {0};
    assert_int_equal(zero.outcome, BH_DENY);
    assert_string_equal(bh_risk_text(zero.risk), "high");
    assert_string_equal(bh_reason_text(zero.reason), "Verification failed closed.");
}

/* Statuses other than active, revoked and expired are invisible. */
static void test_only_revoked_and_expired_name_the_reason(void **state)
{
    assert_decision(decide(*state, "[]", "{'action':'a'}"), BH_REASON_NO_PERMISSION, NULL);
    assert_decision(
        decide(*state, "[{'permissionId':'p','action':'a','status':'inactive'}]", "{'action':'a'}"),
        BH_REASON_NO_PERMISSION, NULL);
    assert_decision(decide(*state,
                        "[{'permissionId':'p','action':'a','status':'inactive'},"
                        "{'permissionId':'q','action':'a','status':'revoked'}]",
                        "{'action':'a'}"),
        BH_REASON_REVOKED, "q");
    assert_decision(decide(*state,
                        "[{'permissionId':'p','action':'a','status':'active',"
                        "'constraints':{'expiresAt':'1970-01-01T00:16:40.000Z'}}]",
                        "{'action':'a'}"),
        BH_REASON_EXPIRED, "p");
    assert_decision(decide(*state,
                        "[{'permissionId':'p','action':'a','status':'active',"
                        "'constraints':{'expiresAt':'1970-01-01T00:16:40.001Z'}}]",
                        "{'action':'a'}"),
        BH_REASON_ALLOWED, "p");
}

/* A block of any active permission beats every allow; blocks of revoked and staged ones count for nothing. */
static void test_block_wins(void **state)
{
    const char *allow = "{'permissionId':'new','action':'a','status':'active'}";
    const char *statuses[] = {"active", "revoked", "inactive"};
    for (size_t i = 0; i < BH_COUNT(statuses); i++) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
        bh_buf_init(&text, 1000);
        bh_buf_addf(&text, "[%s,{'permissionId':'old','action':'b','blockedActions':['a'],'status':'%s'}]",
            allow, statuses[i]);
        bh_buf_add_char(&text, 0);
        if (i == 0)
            assert_decision(decide(*state, text.data, "{'action':'a'}"), BH_REASON_ACTION_BLOCKED, "old");
        else
            assert_decision(decide(*state, text.data, "{'action':'a'}"), BH_REASON_ALLOWED, "new");
    }
}

/* Allow beats approval, approval beats a hard deny, and a hard deny is that of the newest. */
static void test_preference_among_active_ones(void **state)
{
    const char *denying =
        "{'permissionId':'deny','action':'a','status':'active','constraints':{'maxAmount':1}}";
    const char *asking = "{'permissionId':'ask','action':'a','status':'active','requiresApproval':true}";
    const char *allowing = "{'permissionId':'allow','action':'a','status':'active'}";
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 1000);
    bh_buf_addf(&text, "[%s,%s,%s]", denying, asking, allowing);
    bh_buf_add_char(&text, 0);
    assert_decision(decide(*state, text.data, "{'action':'a'}"), BH_REASON_ALLOWED, "allow");
    bh_buf_clear(&text);
    bh_buf_addf(&text, "[%s,%s]", denying, asking);
    bh_buf_add_char(&text, 0);
    assert_decision(decide(*state, text.data, "{'action':'a'}"), BH_REASON_APPROVAL_REQUIRED, "ask");
    bh_buf_clear(&text);
    bh_buf_addf(
        &text, "[%s,{'permissionId':'older','action':'a','status':'active','resource':'x'}]", denying);
    bh_buf_add_char(&text, 0);
    assert_decision(decide(*state, text.data, "{'action':'a'}"), BH_REASON_AMOUNT_MISSING, "deny");
}

/* The own action counts as listed; a name from the list counts too; case matters. */
static void test_which_actions_a_permission_concerns(void **state)
{
    const char *text =
        "[{'permissionId':'p','action':'deploy','allowedActions':['promote staging'],'status':'active'}]";
    assert_decision(decide(*state, text, "{'action':'deploy'}"), BH_REASON_ALLOWED, "p");
    assert_decision(decide(*state, text, "{'action':' promote staging '}"), BH_REASON_ALLOWED, "p");
    assert_decision(decide(*state, text, "{'action':'Deploy'}"), BH_REASON_NO_PERMISSION, NULL);
}

/* Amounts: absent is refused, equal passes, numbers are doubles. */
static void test_amount(void **state)
{
    assert_constraint(*state, "'maxAmount':800", "'vendor':'v'", BH_REASON_AMOUNT_MISSING);
    assert_constraint(*state, "'maxAmount':800", "'amount':800", BH_REASON_ALLOWED);
    assert_constraint(*state, "'maxAmount':800", "'amount':800.01", BH_REASON_AMOUNT_EXCEEDED);
    assert_constraint(*state, "'maxAmount':0", "'amount':-0.0", BH_REASON_ALLOWED);
    assert_constraint(*state, "'maxAmount':9007199254740992", "'amount':9007199254740993", BH_REASON_ALLOWED);
}

/* A permission with a member of the wrong type allows nothing, but still blocks what it blocks. */
static void test_malformed_permission_allows_nothing(void **state)
{
    const char *text = "[{'permissionId':'p','action':'a','allowedActions':['c'],'blockedActions':['b'],"
                       "'status':'active','constraints':{'allowedVendors':'shop'}}]";
    assert_decision(decide(*state, text, "{'action':'a','vendor':'shop'}"), BH_REASON_NO_PERMISSION, NULL);
    assert_decision(decide(*state, text, "{'action':'c'}"), BH_REASON_NO_PERMISSION, NULL);
    assert_decision(decide(*state, text, "{'action':'b'}"), BH_REASON_ACTION_BLOCKED, "p");
}

/* Vendors: any comma-separated item that is exactly equal; absent never matches. */
static void test_vendor(void **state)
{
    assert_constraint(*state, "'allowedVendors':['x','y, z']", "'vendor':' z'", BH_REASON_ALLOWED);
    assert_constraint(*state, "'allowedVendors':['x']", "'vendor':'X'", BH_REASON_VENDOR);
    assert_constraint(*state, "'allowedVendors':[' ']", "'amount':1", BH_REASON_VENDOR);
    assert_decision(decide(*state, "[{'permissionId':'p','action':'a','resource':'x','status':'active'}]",
                        "{'action':'a'}"),
        BH_REASON_RESOURCE, "p");
}

/* A context list wants to know the context: absent or over-long is outside allowed and inside denied. */
static void test_context(void **state)
{
    char longest[400] = "'metadata':{'branch':'";
    assert_constraint(
        *state, "'allowedBranches':['main']", "'metadata':{'branch':'MAIN'}", BH_REASON_ALLOWED);
    assert_constraint(*state, "'allowedBranches':['main']", "'metadata':{}", BH_REASON_BRANCH_NOT_ALLOWED);
    assert_constraint(*state, "'deniedBranches':['main']", "'metadata':{'ref':'x'}", BH_REASON_ALLOWED);
    assert_constraint(*state, "'deniedBranches':['main']", "'amount':1", BH_REASON_BRANCH_DENIED);
    assert_constraint(*state, "'deniedBranches':[' ']", "'amount':1", BH_REASON_BRANCH_DENIED);
    assert_constraint(*state, "'deniedEnvironments':['prod*']", "'metadata':{'env':'Production'}",
        BH_REASON_ENVIRONMENT_DENIED);
    assert_constraint(*state, "'allowedRepositories':['acme/*']", "'metadata':{'repo':'acme/x/y'}",
        BH_REASON_REPOSITORY_NOT_ALLOWED);
    assert_constraint(
        *state, "'deniedRepositories':['x']", "'metadata':{'repo':'x'}", BH_REASON_REPOSITORY_DENIED);
    size_t start = strlen(longest);
    memset(longest + start, 'b', 201);
    memcpy(longest + start + 201, "'}", 3);
    assert_constraint(*state, "'allowedBranches':['**']", longest, BH_REASON_BRANCH_NOT_ALLOWED);
    assert_constraint(*state, "'deniedBranches':['x']", longest, BH_REASON_BRANCH_DENIED);
    memmove(longest + start, longest + start + 1, strlen(longest + start));
    assert_constraint(*state, "'allowedBranches':['**']", longest, BH_REASON_ALLOWED);
}

/* Path rules hold for the two file actions only, and need a path. */
static void test_path_rule(void **state)
{
    assert_constraint(*state, "'allowedPaths':['/w/**']", "'metadata':{'path':'/w/a'}", BH_REASON_ALLOWED);
    assert_constraint(*state, "'allowedPaths':['/w/**']", "'metadata':{'path':'/x/a'}", BH_REASON_PATH);
    assert_constraint(*state, "'allowedPaths':['/w/**'],'deniedPaths':['**/.env']",
        "'action':'write_file','metadata':{'path':'/w/.env'}", BH_REASON_PATH);
    assert_constraint(*state, "'allowedPaths':['/w/**']", "'amount':1", BH_REASON_PATH);
    assert_constraint(*state, "'allowedPaths':['/w/**']", "'action':'execute_command'", BH_REASON_ALLOWED);
}

/* Scratch memory that runs out is a denial. */
static void test_no_scratch_denies(void **state)
{
    struct bh_permission permission;
    BH_CLEANUP(bh_arena_finish) struct bh_arena none = {0};
    json_t *json = fixture_json("{'permissionId':'p','action':'read_file','status':'active',"
                                "'constraints':{'allowedPaths':['**']}}");
    assert_int_equal(bh_permission_read(json, *state, &permission), BH_OK);
    bh_json_release(&json);
    bh_arena_init(&none, 0, 0);
    const struct bh_policy policy = {.agent_active = true, .permissions = &permission, .count = 1};
    const struct bh_facts facts = {.action = BH_SPAN("read_file"), .path = BH_SPAN("/a")};
    assert_decision(bh_decide(&policy, &facts, NOW, &none), BH_REASON_PATH, "p");
    assert_decision(bh_decide(&policy, &facts, NOW, *state), BH_REASON_ALLOWED, "p");
}

/* A denied command is a plain substring; a command that is missing is denied; blank entries are nothing. */
static void test_command_rule(void **state)
{
    const char *rule = "'deniedCommands':[' ','rm -rf']";
    assert_constraint(
        *state, rule, "'action':'execute_command','metadata':{'command':'sudo rm -rf /'}", BH_REASON_COMMAND);
    assert_constraint(
        *state, rule, "'action':'execute_command','metadata':{'command':'ls -l'}", BH_REASON_ALLOWED);
    assert_constraint(*state, rule, "'action':'execute_command'", BH_REASON_COMMAND);
    assert_constraint(*state, rule, "'action':'read_file'", BH_REASON_ALLOWED);
    assert_constraint(*state, "'deniedCommands':[' ']", "'action':'execute_command'", BH_REASON_ALLOWED);
}

/* Constraints come before approval: an approval never overrides them. */
static void test_constraints_come_before_approval(void **state)
{
    const char *text = "[{'permissionId':'p','action':'a','status':'active','requiresApproval':true,"
                       "'constraints':{'maxAmount':5}}]";
    assert_decision(decide(*state, text, "{'action':'a','amount':6}"), BH_REASON_AMOUNT_EXCEEDED, "p");
    assert_decision(decide(*state, text, "{'action':'a','amount':5}"), BH_REASON_APPROVAL_REQUIRED, "p");
}

/* Every number of the table has its own text; others are unknown and read as failed closed. */
static void test_reasons_are_a_table(void **state)
{
    (void)state;
    for (int i = 0; i <= BH_REASON_SHADOW_DENIED; i++) {
        assert_true(bh_reason_known(i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(bh_reason_text((enum bh_reason)i), bh_reason_text((enum bh_reason)j));
    }
    assert_false(bh_reason_known(-1));
    assert_false(bh_reason_known(INT64_C(1) << 32));
    assert_string_equal(bh_reason_text((enum bh_reason)9999), bh_reason_text(BH_REASON_FAILED_CLOSED));
}

static struct bh_decision decide_branch(struct bh_arena *arena, const char *constraint, size_t *steps)
{
    char text[256];
    struct bh_permission permission;
    struct bh_policy policy = {.agent_active = true, .permissions = &permission, .count = 1};
    struct bh_facts facts = {.action = BH_SPAN("a"), .branch = BH_SPAN("release/1")};
    snprintf(text, sizeof(text), "{'permissionId':'p','action':'a','status':'active','constraints':{%s}}",
        constraint);
    json_t *json = fixture_json(text);
    assert_int_equal(bh_permission_read(json, arena, &permission), BH_OK);
    bh_json_release(&json);
    return bh_decide_within(&policy, &facts, NOW, arena, steps);
}

/* Decisions can share their work: each takes from what is left, and without any every list of patterns
 * denies. */
static void test_shared_work(void **state)
{
    size_t steps = 1000;
    assert_int_equal(decide_branch(*state, "'allowedBranches':['rel*/*']", &steps).outcome, BH_ALLOW);
    assert_in_range(steps, 900, 999);
    assert_int_equal(decide_branch(*state, "'deniedBranches':['*x']", &steps).outcome, BH_ALLOW);
    assert_in_range(steps, 800, 990);
    steps = 12;
    assert_int_equal(
        decide_branch(*state, "'allowedBranches':['rel*/*']", &steps).reason, BH_REASON_BRANCH_NOT_ALLOWED);
    assert_int_equal(steps, 0);
    assert_int_equal(decide_branch(*state, "'allowedBranches':['release/1']", &steps).reason,
        BH_REASON_BRANCH_NOT_ALLOWED);
    steps = 12;
    assert_int_equal(
        decide_branch(*state, "'deniedBranches':['*x']", &steps).reason, BH_REASON_BRANCH_DENIED);
    assert_int_equal(steps, 0);
}

/* A thousand patterns together have the work of one decision, not each its own: then what comes last is not
 * even tried. */
static void test_work_of_many_patterns_is_bounded(void **state)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf policy = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf request = {0};
    char a[199];
    memset(a, 'a', sizeof(a) - 1);
    a[sizeof(a) - 1] = 0;
    bh_buf_init(&policy, 1000000);
    bh_buf_init(&request, 1000);
    bh_buf_add_char(&policy, '[');
    for (int i = 1; i < PERMISSIONS_MAX; i++) {
        bh_buf_addf(&policy, "{'permissionId':'p%d','action':'a','status':'active',", i);
        bh_buf_add_text(&policy, "'constraints':{'allowedBranches':['b'");
        for (int j = 0; j < 100; j++)
            bh_buf_addf(&policy, ",'*%.97sc%.95s%d'", a, a, j);
        bh_buf_add_text(&policy, "]}},");
    }
    bh_buf_addf(&policy,
        "{'permissionId':'last','action':'a','status':'active',"
        "'constraints':{'allowedBranches':['**']}}]%c",
        0);
    bh_buf_addf(&request, "{'agentId':'x','action':'a','metadata':{'branch':'%s'}}%c", a, 0);
    assert_decision(decide(*state, bh_buf_span(&policy).data, bh_buf_span(&request).data),
        BH_REASON_BRANCH_NOT_ALLOWED, "p1");
    assert_decision(
        decide(*state, bh_buf_span(&policy).data, "{'agentId':'x','action':'a','metadata':{'branch':'x'}}"),
        BH_REASON_ALLOWED, "last");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(test_inactive_agent_is_denied),
        fixture_test(test_zero_denies),
        fixture_test(test_only_revoked_and_expired_name_the_reason),
        fixture_test(test_block_wins),
        fixture_test(test_preference_among_active_ones),
        fixture_test(test_which_actions_a_permission_concerns),
        fixture_test(test_amount),
        fixture_test(test_malformed_permission_allows_nothing),
        fixture_test(test_vendor),
        fixture_test(test_context),
        fixture_test(test_path_rule),
        fixture_test(test_no_scratch_denies),
        fixture_test(test_command_rule),
        fixture_test(test_constraints_come_before_approval),
        fixture_test(test_shared_work),
        fixture_test(test_work_of_many_patterns_is_bounded),
        fixture_test(test_reasons_are_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
