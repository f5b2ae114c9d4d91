// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "core/boundary.h"

#define NOW 1000000
#define PERMISSIONS_MAX 8

/* The manifest of an agent with these permissions (JSON array, newest first). The caller owns it. */
static json_t *manifest_of(struct bh_arena *arena, const char *status, const char *permissions)
{
    struct bh_permission list[PERMISSIONS_MAX];
    const struct bh_span guideline = BH_SPAN("be nice");
    struct bh_boundary_input input = {
        .agent_id = BH_SPAN("agent_a"), .name = BH_SPAN("A"), .permissions = list};
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    json_t *array = fixture_json(permissions);
    json_t *manifest = NULL;
    input.status = bh_span_from(status);
    input.guidelines = (struct bh_span_list){&guideline, 1};
    input.permission_count = json_array_size(array);
    assert_in_range(input.permission_count, 0, PERMISSIONS_MAX);
    for (size_t i = 0; i < input.permission_count; i++)
        assert_int_equal(bh_permission_read(json_array_get(array, i), arena, &list[i]), BH_OK);
    bh_buf_init(&out, 100000);
    bh_boundary_write(&input, NOW, &out);
    assert_int_equal(bh_json_parse(bh_buf_span(&out), &manifest), BH_OK);
    bh_json_release(&array);
    return manifest;
}

/* The member is this JSON. */
static void assert_member(const json_t *manifest, const char *key, const char *expected)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf wanted = {0};
    json_t *json = fixture_json(expected);
    bh_buf_init(&out, 100000);
    bh_buf_init(&wanted, 100000);
    bh_json_add_value(&out, json_object_get(manifest, key));
    bh_json_add_value(&wanted, json);
    bh_buf_add_char(&wanted, 0);
    assert_span_equal(bh_buf_span(&out), wanted.data);
    bh_json_release(&json);
}

static const char permissions_of_all_kinds[] =
    "[{'permissionId':'p1','action':'buy','resource':'shop','allowedActions':['x','y','x'],'status':'active',"
    "'constraints':{'maxAmount':9.5,'allowedVendors':['v','w'],'expiresAt':'2026-01-01T00:00:00.000Z'}},"
    "{'permissionId':'p2','action':'y','blockedActions':['x','z'],'status':'active'},"
    "{'permissionId':'p3','action':'ship','resource':'shop','requiresApproval':true,'status':'active'},"
    "{'permissionId':'p4','action':'old','status':'active','constraints':{'expiresAt':'1970-01-01'}},"
    "{'permissionId':'p5','action':'gone','blockedActions':['y'],'status':'revoked'},"
    "{'permissionId':'p6','action':'staged','status':'inactive'},"
    "{'permissionId':'p7','action':'odd','status':'active','resource':5}]";

/* Blocked wins across permissions, a list stands for its permission, approval is apart, nothing repeats. */
static void test_lists_follow_the_rules(void **state)
{
    json_t *manifest = manifest_of(*state, "active", permissions_of_all_kinds);
    assert_member(manifest, "allowedActions", "['y']");
    assert_member(manifest, "blockedActions", "['x','z']");
    assert_member(manifest, "approvalRequiredActions", "['ship']");
    assert_member(manifest, "resources", "['shop']");
    assert_member(manifest, "vendors", "['v','w']");
    bh_json_release(&manifest);
}

/* Constraints name the permission they belong to; permissions are told apart by state; the summary counts
 * them. */
static void test_permissions_and_constraints_are_listed(void **state)
{
    json_t *manifest = manifest_of(*state, "active", permissions_of_all_kinds);
    assert_member(manifest, "constraints",
        "{'maxAmount':[{'permissionId':'p1','action':'buy','resource':'shop','maxAmount':9.5}],"
        "'vendorRestrictions':[{'permissionId':'p1','action':'buy','allowedVendors':['v','w']}],"
        "'expirationRules':[{'permissionId':'p1','action':'buy','expiresAt':'2026-01-01T00:00:00.000Z'}]}");
    assert_member(manifest, "activePermissions",
        "[{'permissionId':'p1','action':'buy','resource':'shop','requiresApproval':false,"
        "'expiresAt':'2026-01-01T00:00:00.000Z'},"
        "{'permissionId':'p2','action':'y','resource':null,'requiresApproval':false,'expiresAt':null},"
        "{'permissionId':'p3','action':'ship','resource':'shop','requiresApproval':true,'expiresAt':null}]");
    assert_member(manifest, "expiredPermissions",
        "[{'permissionId':'p4','action':'old','resource':null,'requiresApproval':false,"
        "'expiresAt':'1970-01-01T00:00:00.000Z'}]");
    assert_member(manifest, "revokedPermissions",
        "[{'permissionId':'p5','action':'gone','resource':null,'requiresApproval':false,'expiresAt':null}]");
    assert_member(manifest, "summary",
        "{'activePermissions':3,'expiredPermissions':1,'revokedPermissions':1,'allowedActions':1,"
        "'blockedActions':2,'approvalRequiredActions':1}");
    bh_json_release(&manifest);
}

/* The head says which agent and when. */
static void test_head_describes_the_agent(void **state)
{
    json_t *manifest = manifest_of(*state, "active", "[]");
    assert_member(manifest, "boundaryVersion", "'2026-06-11'");
    assert_member(manifest, "agentId", "'agent_a'");
    assert_member(manifest, "status", "'active'");
    assert_member(manifest, "generatedAt", "'1970-01-01T00:16:40.000Z'");
    assert_member(manifest, "agent", "{'name':'A','description':null,'guidelines':['be nice']}");
    assert_member(manifest, "allowedActions", "[]");
    bh_json_release(&manifest);
}

/* A disabled agent may do nothing; what is blocked stays listed. */
static void test_disabled_agent_may_do_nothing(void **state)
{
    json_t *manifest = manifest_of(*state, "disabled", permissions_of_all_kinds);
    assert_member(manifest, "allowedActions", "[]");
    assert_member(manifest, "approvalRequiredActions", "[]");
    assert_member(manifest, "blockedActions", "['x','z']");
    bh_json_release(&manifest);
}

/* A manifest that does not fit is failed and empty, never cut. */
static void test_no_room_is_a_failure(void **state)
{
    (void)state;
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    const struct bh_boundary_input input = {
        .agent_id = BH_SPAN("a"), .status = BH_SPAN("active"), .name = BH_SPAN("n")};
    bh_buf_init(&out, 100);
    bh_boundary_write(&input, NOW, &out);
    assert_true(out.failed);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(test_lists_follow_the_rules),
        fixture_test(test_permissions_and_constraints_are_listed),
        fixture_test(test_head_describes_the_agent),
        fixture_test(test_disabled_agent_may_do_nothing),
        fixture_test(test_no_room_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
