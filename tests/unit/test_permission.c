// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <string.h>

#include "core/permission.h"

static struct bh_permission read_permission(struct bh_arena *arena, const char *text)
{
    struct bh_permission permission;
    json_t *json = fixture_json(text);
    assert_int_equal(bh_permission_read(json, arena, &permission), BH_OK);
    bh_json_release(&json);
    return permission;
}

/* All members are read, and the strings outlive the JSON they came from. */
static void test_all_members_are_read(void **state)
{
    struct bh_permission permission = read_permission(*state,
        "{'permissionId':'perm_a','action':'purchase','resource':'shop','allowedActions':['x','y'],"
        "'blockedActions':['z'],'requiresApproval':true,'status':'active','createdAt':'1970-01-01T00:00:01."
        "000Z',"
        "'constraints':{'maxAmount':12.5,'allowedVendors':['v'],'expiresAt':'1970-01-01T00:00:02.000Z',"
        "'allowedPaths':['p'],'deniedPaths':['q'],'deniedCommands':['rm'],'allowedBranches':['main'],"
        "'deniedEnvironments':['prod'],'allowedRepositories':['r']}}");
    assert_span_equal(permission.permission_id, "perm_a");
    assert_span_equal(permission.action, "purchase");
    assert_span_equal(permission.resource, "shop");
    assert_int_equal(permission.allowed_actions.count, 2);
    assert_span_equal(permission.allowed_actions.items[1], "y");
    assert_span_equal(permission.blocked_actions.items[0], "z");
    assert_true(permission.requires_approval && permission.has_max_amount && permission.has_expires_at);
    assert_int_equal(permission.status, BH_PERMISSION_ACTIVE);
    assert_true(permission.max_amount >= 12.5 && permission.max_amount <= 12.5);
    assert_int_equal(permission.created_at_ms, 1000);
    assert_int_equal(permission.expires_at_ms, 2000);
    assert_span_equal(permission.allowed_vendors.items[0], "v");
    assert_span_equal(permission.rules->allowed_paths.items[0], "p");
    assert_span_equal(permission.rules->denied_paths.items[0], "q");
    assert_span_equal(permission.rules->denied_commands.items[0], "rm");
    assert_span_equal(permission.rules->allowed_branches.items[0], "main");
    assert_span_equal(permission.rules->denied_environments.items[0], "prod");
    assert_span_equal(permission.rules->allowed_repositories.items[0], "r");
    assert_false(permission.malformed);
}

/* null and absent are the same, and permissions without rules share one empty value. */
static void test_null_is_absent(void **state)
{
    struct bh_permission bare = read_permission(*state, "{'permissionId':'p','action':'a'}");
    struct bh_permission nulls = read_permission(*state,
        "{'permissionId':'p','action':'a','resource':null,'allowedActions':null,'blockedActions':null,"
        "'requiresApproval':null,'constraints':{'maxAmount':null,'expiresAt':null,'allowedPaths':null}}");
    assert_true(bh_span_is_absent(bare.resource) && bh_span_is_absent(nulls.resource));
    assert_false(nulls.has_max_amount || nulls.has_expires_at || nulls.requires_approval || nulls.malformed);
    assert_ptr_equal(bare.rules, nulls.rules);
    assert_int_equal(bare.rules->denied_paths.count, 0);
    assert_int_equal(bare.status, BH_PERMISSION_OTHER);
}

/* A member of the wrong type is never read as "no restriction". */
static void test_wrong_types_are_malformed(void **state)
{
    static const char *const members[] = {"'resource':5", "'allowedActions':'x'", "'blockedActions':[1]",
        "'requiresApproval':1", "'constraints':[]", "'constraints':{'maxAmount':'5'}",
        "'constraints':{'allowedVendors':'v'}", "'constraints':{'allowedPaths':{}}",
        "'constraints':{'deniedCommands':[null]}"};
    for (size_t i = 0; i < BH_COUNT(members); i++) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
        bh_buf_init(&text, 1000);
        bh_buf_addf(&text, "{'permissionId':'p','action':'a',%s}", members[i]);
        bh_buf_add_char(&text, 0);
        assert_true(read_permission(*state, text.data).malformed);
    }
}

/* An expiry that is no date counts as long past. */
static void test_unreadable_expiry_is_past(void **state)
{
    static const char *const values[] = {"'soon'", "5", "''", "'2026-02-30'", "true"};
    for (size_t i = 0; i < BH_COUNT(values); i++) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
        bh_buf_init(&text, 1000);
        bh_buf_addf(&text, "{'permissionId':'p','action':'a','constraints':{'expiresAt':%s}}", values[i]);
        bh_buf_add_char(&text, 0);
        struct bh_permission permission = read_permission(*state, text.data);
        assert_true(permission.has_expires_at);
        assert_true(permission.expires_at_ms == INT64_MIN);
    }
}

/* A permission needs an id and an action. */
static void test_id_and_action_are_required(void **state)
{
    static const char *const texts[] = {"{}", "[]", "null", "{'permissionId':'p'}", "{'action':'a'}",
        "{'permissionId':'','action':'a'}", "{'permissionId':'p','action':5}"};
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        struct bh_permission permission;
        json_t *json = fixture_json(texts[i]);
        assert_int_equal(bh_permission_read(json, *state, &permission), BH_ERR_FIELD_REQUIRED);
        bh_json_release(&json);
    }
}

/* An arena that is too small is an error, not a permission with less in it. */
static void test_no_memory_is_an_error(void **state)
{
    (void)state;
    json_t *json =
        fixture_json("{'permissionId':'p','action':'a','constraints':{'deniedPaths':['/x','/y']}}");
    for (size_t limit = 0; limit < 512; limit += 16) {
        BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
        struct bh_permission permission;
        bh_arena_init(&arena, 16, limit);
        enum bh_err err = bh_permission_read(json, &arena, &permission);
        assert_true(err == BH_ERR_NO_MEMORY ||
                    (err == BH_OK && permission.rules->denied_paths.count == 2 && limit > 64));
    }
    bh_json_release(&json);
}

/* Only the exact words are statuses. */
static void test_status_is_exact(void **state)
{
    (void)state;
    assert_int_equal(bh_permission_status_from(BH_SPAN("active")), BH_PERMISSION_ACTIVE);
    assert_int_equal(bh_permission_status_from(BH_SPAN("revoked")), BH_PERMISSION_REVOKED);
    assert_int_equal(bh_permission_status_from(BH_SPAN("Active")), BH_PERMISSION_OTHER);
    assert_int_equal(bh_permission_status_from(BH_SPAN("inactive")), BH_PERMISSION_OTHER);
    assert_int_equal(bh_permission_status_from(BH_ABSENT), BH_PERMISSION_OTHER);
}

/* Newest first; of equal times the greater id comes first, whatever the order before. */
static void test_sort_is_newest_first(void **state)
{
    (void)state;
    static const char *const ids[] = {"a", "ab", "b", "c"};
    struct bh_permission permissions[97];
    for (size_t i = 0; i < BH_COUNT(permissions); i++) {
        permissions[i] = (struct bh_permission){.created_at_ms = (int64_t)(i * 31 % 24)};
        permissions[i].permission_id = bh_span_from(ids[i * 7 % 4]);
    }
    bh_permission_sort(permissions, BH_COUNT(permissions));
    for (size_t i = 1; i < BH_COUNT(permissions); i++) {
        const struct bh_permission *before = &permissions[i - 1];
        const struct bh_permission *after = &permissions[i];
        assert_true(before->created_at_ms >= after->created_at_ms);
        if (before->created_at_ms == after->created_at_ms)
            assert_true(strcmp(before->permission_id.data, after->permission_id.data) >= 0);
    }
    bh_permission_sort(permissions, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(test_all_members_are_read),
        fixture_test(test_null_is_absent),
        fixture_test(test_wrong_types_are_malformed),
        fixture_test(test_unreadable_expiry_is_past),
        fixture_test(test_id_and_action_are_required),
        fixture_test(test_no_memory_is_an_error),
        fixture_test(test_status_is_exact),
        fixture_test(test_sort_is_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
