// SPDX-License-Identifier: Apache-2.0
/* Accounts, agents, permissions, tokens and idempotency keys. */
#include "store_fixture.h"

/* ---- accounts and policy versions -----------------------------------------------------------------------
 */

static int64_t agent_version(struct store_fixture *fixture, int agent)
{
    int64_t version;
    ok(bh_agent_policy_version(fixture->db, fixture->agents[agent], &version));
    return version;
}

static int64_t account_version(struct store_fixture *fixture)
{
    int64_t version;
    ok(bh_account_policy_version(fixture->db, fixture->account, &version));
    return version;
}

/* The first account is the oldest, and an id is given once. */
static void test_accounts(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_account_record account;
    int64_t id;
    fixture_begin(fixture);
    ok(bh_account_create(fixture->db, "acct_second", BH_SPAN("Second"), 7, &id));
    assert_int_equal(bh_account_create(fixture->db, "acct_second", BH_SPAN("x"), 7, &id), BH_ERR_CONFLICT);
    fixture_commit(fixture);
    ok(bh_account_first(fixture->db, &fixture->arena, &account));
    assert_int_equal(account.id, fixture->account);
    assert_text(account.account_id, "acct_aaaaaaaaaaaaaaaa");
    assert_text(account.name, "Account");
    assert_int_equal(account.created_at, NOON);
    fixture_sql(fixture, "DELETE FROM agent; DELETE FROM account");
    assert_int_equal(bh_account_first(fixture->db, &fixture->arena, &account), BH_ERR_NOT_FOUND);
    assert_int_equal(bh_account_policy_version(fixture->db, fixture->account, &id), BH_ERR_NOT_FOUND);
}

/* A change of policy raises the account's version and that of the agent concerned, or of all. */
static void test_policy_versions_rise(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_begin(fixture);
    ok(bh_account_bump_policy(fixture->db, fixture->account, fixture->agents[1]));
    assert_int_equal(account_version(fixture), 2);
    assert_int_equal(agent_version(fixture, 0), 1);
    assert_int_equal(agent_version(fixture, 1), 2);
    ok(bh_account_bump_policy(fixture->db, fixture->account, 0));
    assert_int_equal(account_version(fixture), 3);
    assert_int_equal(agent_version(fixture, 0), 2);
    assert_int_equal(agent_version(fixture, 1), 3);
    assert_int_equal(bh_account_bump_policy(fixture->db, 999, 0), BH_ERR_NOT_FOUND);
    assert_int_equal(bh_account_bump_policy(fixture->db, fixture->account, 999), BH_ERR_NOT_FOUND);
    fixture_commit(fixture);
}

/* ---- agents ---------------------------------------------------------------------------------------------
 */

/* An agent reads back as it was made, by its id and by its key. */
static void test_an_agent_reads_back(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_agent_record agent;
    const struct bh_agent_record made = {
        .account = fixture->account,
        .agent_id = BH_SPAN("agent_full"),
        .name = BH_SPAN("Näme"),
        .status = BH_SPAN("active"),
        .agent_type = BH_SPAN("connected"),
        .provider = BH_SPAN("claude"),
        .connection_status = BH_SPAN("connected"),
        .external_agent_id = BH_SPAN("ext"),
        .description = BH_SPAN(""),
        .guidelines = BH_SPAN("[\"be kind\"]"),
        .key_hash = {{1, 2, 3}},
        .created_at = 123,
    };
    int64_t id;
    fixture_begin(fixture);
    ok(bh_agent_create(fixture->db, &made, &id));
    assert_int_equal(bh_agent_create(fixture->db, &made, &id), BH_ERR_CONFLICT);
    fixture_commit(fixture);
    for (int by_key = 0; by_key < 2; by_key++) {
        if (by_key)
            ok(bh_agent_find_by_key(fixture->db, &made.key_hash, &fixture->arena, &agent));
        else
            ok(bh_agent_find(fixture->db, made.agent_id, &fixture->arena, &agent));
        assert_int_equal(agent.account, fixture->account);
        assert_text(agent.agent_id, "agent_full");
        assert_text(agent.name, "Näme");
        assert_text(agent.agent_type, "connected");
        assert_text(agent.provider, "claude");
        assert_text(agent.connection_status, "connected");
        assert_text(agent.external_agent_id, "ext");
        assert_true(bh_span_is_absent(agent.external_agent_label));
        assert_text(agent.description, "");
        assert_text(agent.guidelines, "[\"be kind\"]");
        assert_memory_equal(&agent.key_hash, &made.key_hash, sizeof(agent.key_hash));
        assert_int_equal(agent.created_at, 123);
        assert_int_equal(agent.updated_at, 123);
        assert_int_equal(agent.last_used_at, 0);
        assert_int_equal(agent.key_rotated_at, 0);
    }
    assert_int_equal(
        bh_agent_find(fixture->db, BH_SPAN("AGENT_FULL"), &fixture->arena, &agent), BH_ERR_NOT_FOUND);
}

/* Agents are listed newest first, those of the account only, at most as many as asked for. */
static void test_agents_are_listed_newest_first(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_agent_record *agents;
    size_t count;
    ok(bh_agent_list(fixture->db, fixture->account, 10, &fixture->arena, &agents, &count));
    assert_int_equal(count, AGENTS);
    assert_int_equal(agents[0].id, fixture->agents[2]); /* equal times: the later made one first */
    assert_int_equal(agents[2].id, fixture->agents[0]);
    ok(bh_agent_list(fixture->db, fixture->account, 2, &fixture->arena, &agents, &count));
    assert_int_equal(count, 2);
    ok(bh_agent_list(fixture->db, fixture->account + 1, 2, &fixture->arena, &agents, &count));
    assert_int_equal(count, 0);
}

/* An agent has no passport until it is given one; a newer replaces it, and it can be taken back, also twice.
 */
static void test_an_agent_has_one_passport(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_agent_record agent;
    const struct bh_sha256 hashes[] = {{{1}}, {{2}}};
    static const char *const previews[] = {"bhf_pt_one", "bhf_pt_two"};
    int64_t id = fixture->agents[0];
    ok(bh_agent_find_by_id(fixture->db, id, &fixture->arena, &agent));
    assert_true(bh_span_is_absent(agent.passport_preview));
    assert_int_equal(agent.passport_created_at, 0);
    for (size_t i = 0; i < BH_COUNT(hashes); i++) {
        fixture_begin(fixture);
        ok(bh_agent_set_passport(
            fixture->db, id, &hashes[i], bh_span_from(previews[i]), NOON + 1 + (int64_t)i));
        fixture_commit(fixture);
        ok(bh_agent_find_at_once(fixture->db, agent.agent_id, &fixture->arena, &agent));
        assert_text(agent.passport_preview, previews[i]);
        assert_memory_equal(&agent.passport_hash, &hashes[i], sizeof(hashes[i]));
        assert_int_equal(agent.passport_created_at, NOON + 1 + (int64_t)i);
        assert_int_equal(agent.updated_at, NOON + 1 + (int64_t)i);
    }
    for (int i = 0; i < 2; i++) {
        fixture_begin(fixture);
        ok(bh_agent_clear_passport(fixture->db, id, NOON + 10 + i));
        fixture_commit(fixture);
        ok(bh_agent_find(fixture->db, agent.agent_id, &fixture->arena, &agent));
        assert_true(bh_span_is_absent(agent.passport_preview));
        assert_int_equal(agent.passport_created_at, 0);
        assert_int_equal(agent.updated_at, NOON + 10);
    }
    fixture_begin(fixture);
    assert_int_equal(
        bh_agent_set_passport(fixture->db, 999, &hashes[0], BH_SPAN("x"), NOON), BH_ERR_NOT_FOUND);
    fixture_commit(fixture);
    ok(bh_agent_find_by_id(fixture->db, fixture->agents[1], &fixture->arena, &agent));
    assert_true(bh_span_is_absent(agent.passport_preview));
}

/* Disabling an agent twice changes it once. */
static void test_status_changes_once(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_agent_record agent;
    bool changed;
    fixture_begin(fixture);
    ok(bh_agent_set_status(fixture->db, fixture->agents[0], "disabled", 77, &changed));
    assert_true(changed);
    ok(bh_agent_set_status(fixture->db, fixture->agents[0], "disabled", 78, &changed));
    assert_false(changed);
    assert_int_equal(bh_agent_set_status(fixture->db, 999, "disabled", 79, &changed), BH_ERR_NOT_FOUND);
    fixture_commit(fixture);
    ok(bh_agent_find(fixture->db, bh_span_from(fixture_agent_ids[0]), &fixture->arena, &agent));
    assert_text(agent.status, "disabled");
    assert_int_equal(agent.updated_at, 77);
}

/* Of two rotations that start from one key, the second is refused; the old key finds nothing any more. */
static void test_a_key_rotates_once(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_agent_record agent;
    struct bh_sha256 old = bh_sha256(bh_span_from(fixture_agent_ids[0]));
    const struct bh_sha256 first = {{1}}, second = {{2}};
    fixture_begin(fixture);
    ok(bh_agent_rotate_key(fixture->db, fixture->agents[0], &old, &first, 0, 55));
    assert_int_equal(
        bh_agent_rotate_key(fixture->db, fixture->agents[0], &old, &second, 0, 56), BH_ERR_ALREADY_ROTATED);
    fixture_commit(fixture);
    assert_int_equal(bh_agent_find_by_key(fixture->db, &old, &fixture->arena, &agent), BH_ERR_NOT_FOUND);
    ok(bh_agent_find_by_key(fixture->db, &first, &fixture->arena, &agent));
    assert_int_equal(agent.key_rotated_at, 55);
}

/* An agent was last used at its newest decision, unless the key was rotated then or later. */
static void test_last_use_is_the_newest_decision(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_agent_record agent, *agents;
    struct bh_span agent_id = bh_span_from(fixture_agent_ids[1]);
    struct bh_sha256 key = bh_sha256(agent_id);
    const struct bh_sha256 new_key = {{1}};
    size_t count;
    fixture_append(fixture, 5, NOON); /* the second agent's are at 1 and 4 */
    ok(bh_agent_find(fixture->db, agent_id, &fixture->arena, &agent));
    assert_int_equal(agent.last_used_at, NOON + 4);
    ok(bh_agent_find_by_key(fixture->db, &key, &fixture->arena, &agent));
    assert_int_equal(agent.last_used_at, NOON + 4);
    ok(bh_agent_list(fixture->db, fixture->account, 10, &fixture->arena, &agents, &count));
    assert_int_equal(agents[1].last_used_at, NOON + 4);
    assert_int_equal(agents[0].last_used_at, NOON + 2);
    fixture_begin(fixture);
    ok(bh_agent_rotate_key(fixture->db, fixture->agents[1], &key, &new_key, 0, NOON + 4));
    fixture_commit(fixture);
    ok(bh_agent_find(fixture->db, agent_id, &fixture->arena, &agent));
    assert_int_equal(agent.last_used_at, 0);
    fixture_append(fixture, 2, NOON + 5);
    ok(bh_agent_find(fixture->db, agent_id, &fixture->arena, &agent));
    assert_int_equal(agent.last_used_at, NOON + 6);
}

/* ---- permissions ----------------------------------------------------------------------------------------
 */

static int64_t make_permission(struct store_fixture *fixture, const char *permission_id, int64_t created_at)
{
    int64_t id;
    const struct bh_permission_record permission = {
        .account = fixture->account,
        .agent = fixture->agents[0],
        .permission_id = bh_span_from(permission_id),
        .action = BH_SPAN("purchase"),
        .status = BH_SPAN("active"),
        .scope = BH_SPAN("tickets"),
        .allowed_actions = BH_SPAN("[\"a\",\"b\"]"),
        .blocked_actions = BH_SPAN("[]"),
        .constraints = BH_SPAN("{\"maxAmount\":800,\"allowedVendors\":[\"coachella.com\"]}"),
        .requires_approval = true,
        .created_at = created_at,
    };
    ok(bh_permission_create(fixture->db, &permission, &id));
    return id;
}

/* A permission reads back as it was made, within its account only. */
static void test_a_permission_reads_back(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_permission_record permission;
    fixture_begin(fixture);
    int64_t id = make_permission(fixture, "perm_a", 10);
    fixture_commit(fixture);
    ok(bh_permission_find(fixture->db, fixture->account, BH_SPAN("perm_a"), &fixture->arena, &permission));
    assert_int_equal(permission.id, id);
    assert_int_equal(permission.agent, fixture->agents[0]);
    assert_text(permission.action, "purchase");
    assert_text(permission.status, "active");
    assert_text(permission.scope, "tickets");
    assert_true(bh_span_is_absent(permission.resource));
    assert_true(bh_span_is_absent(permission.description));
    assert_true(bh_span_is_absent(permission.notes));
    assert_true(bh_span_is_absent(permission.template_name));
    assert_text(permission.allowed_actions, "[\"a\",\"b\"]");
    assert_text(permission.blocked_actions, "[]");
    assert_true(permission.requires_approval);
    assert_int_equal(permission.last_used_at, 0);
    assert_int_equal(permission.created_at, 10);
    assert_int_equal(permission.updated_at, 10);
    assert_int_equal(bh_permission_find(
                         fixture->db, fixture->account + 1, BH_SPAN("perm_a"), &fixture->arena, &permission),
        BH_ERR_PERMISSION_NOT_FOUND);
}

/* A permission is revoked once, and then no longer counts as active. */
static void test_a_permission_is_revoked_once(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_permission_record *permissions;
    size_t count;
    bool changed;
    fixture_begin(fixture);
    int64_t id = make_permission(fixture, "perm_a", 10);
    make_permission(fixture, "perm_c", 20);
    make_permission(fixture, "perm_b", 20);
    ok(bh_permission_count_active(fixture->db, fixture->agents[0], &count));
    assert_int_equal(count, 3);
    ok(bh_permission_revoke(fixture->db, id, 30, &changed));
    assert_true(changed);
    ok(bh_permission_revoke(fixture->db, id, 31, &changed));
    assert_false(changed);
    ok(bh_permission_touch(fixture->db, BH_SPAN("perm_a"), 40));
    ok(bh_permission_touch(fixture->db, BH_SPAN("perm_a"), 39)); /* a late stamp does not go back */
    ok(bh_permission_touch(fixture->db, BH_SPAN("perm_gone"), 40));
    fixture_commit(fixture);
    ok(bh_permission_count_active(fixture->db, fixture->agents[0], &count));
    assert_int_equal(count, 2);
    ok(bh_permission_list(fixture->db, fixture->agents[0], 10, &fixture->arena, &permissions, &count));
    assert_int_equal(count, 3);
    assert_text(permissions[0].permission_id, "perm_c");
    assert_text(permissions[1].permission_id, "perm_b");
    assert_text(permissions[2].permission_id, "perm_a");
    assert_text(permissions[2].status, "revoked");
    assert_int_equal(permissions[2].updated_at, 30);
    assert_int_equal(permissions[2].last_used_at, 40);
    ok(bh_permission_list_active(fixture->db, fixture->agents[0], &fixture->arena, &permissions, &count));
    assert_int_equal(count, 2);
    assert_text(permissions[0].permission_id, "perm_c");
    assert_text(permissions[1].permission_id, "perm_b");
    ok(bh_permission_list_active(fixture->db, fixture->agents[1], &fixture->arena, &permissions, &count));
    assert_int_equal(count, 0);
}

/* A list with room for few holds the newest active permissions, then the newest of the others, however many
 * newer ones were revoked; all of them newest first. */
static void test_revoked_permissions_hide_no_active_one(void **state)
{
    static const char *const lists[] = {"", "d", "ad", "ade", "acde", "abcde", "abcde"};
    struct store_fixture *fixture = *state;
    struct bh_permission_record *permissions;
    size_t count;
    bool changed;
    fixture_begin(fixture);
    make_permission(fixture, "a", 10);
    int64_t revoked[] = {make_permission(fixture, "b", 20), make_permission(fixture, "c", 30)};
    make_permission(fixture, "d", 40);
    int64_t last = make_permission(fixture, "e", 50);
    for (size_t i = 0; i < BH_COUNT(revoked); i++)
        ok(bh_permission_revoke(fixture->db, revoked[i], 60, &changed));
    ok(bh_permission_revoke(fixture->db, last, 60, &changed));
    fixture_commit(fixture);
    for (size_t limit = 1; limit < BH_COUNT(lists); limit++) {
        ok(bh_permission_list(fixture->db, fixture->agents[0], limit, &fixture->arena, &permissions, &count));
        assert_int_equal(count, strlen(lists[limit]));
        for (size_t i = 0; i < count; i++)
            assert_int_equal(permissions[i].permission_id.data[0], lists[limit][count - 1 - i]);
    }
}

/* The policy holds all active permissions and the newest fifty revoked ones, newest first, parsed. */
static void test_the_policy_is_bounded(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_permission *permissions;
    size_t count;
    bool changed;
    ok(bh_permission_load_policy(fixture->db, fixture->agents[0], &fixture->arena, &permissions, &count));
    assert_int_equal(count, 0);
    fixture_begin(fixture);
    for (int i = 0; i < BH_REVOKED_KEPT + 5; i++) {
        char permission_id[32];
        snprintf(permission_id, sizeof(permission_id), "perm_%03d", i);
        ok(bh_permission_revoke(
            fixture->db, make_permission(fixture, permission_id, 100 + i), 999, &changed));
    }
    make_permission(fixture, "perm_active_old", 1);
    make_permission(fixture, "perm_active_new", 1000);
    ok(bh_permission_load_policy(fixture->db, fixture->agents[0], &fixture->arena, &permissions, &count));
    fixture_commit(fixture);
    assert_int_equal(count, BH_REVOKED_KEPT + 2);
    assert_text(permissions[0].permission_id, "perm_active_new");
    assert_text(permissions[1].permission_id, "perm_054");
    assert_text(permissions[BH_REVOKED_KEPT].permission_id, "perm_005");
    assert_text(permissions[BH_REVOKED_KEPT + 1].permission_id, "perm_active_old");
    assert_int_equal(permissions[0].status, BH_PERMISSION_ACTIVE);
    assert_int_equal(permissions[1].status, BH_PERMISSION_REVOKED);
    assert_true(permissions[0].requires_approval);
    assert_int_equal(permissions[0].allowed_actions.count, 2);
    assert_text(permissions[0].allowed_actions.items[1], "b");
    assert_int_equal(permissions[0].blocked_actions.count, 0);
    assert_true(permissions[0].has_max_amount && permissions[0].max_amount == 800);
    assert_text(permissions[0].allowed_vendors.items[0], "coachella.com");
    assert_non_null(permissions[0].rules);
}

/* A permission whose limits cannot be read fails the whole policy, rather than being one without limits. */
static void test_unreadable_limits_fail(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_permission *permissions;
    size_t count;
    fixture_begin(fixture);
    make_permission(fixture, "perm_a", 10);
    fixture_commit(fixture);
    fixture_sql(fixture, "UPDATE permission SET constraints = '{'");
    assert_int_equal(
        bh_permission_load_policy(fixture->db, fixture->agents[0], &fixture->arena, &permissions, &count),
        BH_ERR_STORE_CORRUPT);
}

/* ---- developer tokens -----------------------------------------------------------------------------------
 */

/* A token is found by its hash until it is deleted, by its own account only. */
static void test_tokens(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_token_record found, *tokens;
    size_t count;
    const struct bh_sha256 hash = {{9}}, other = {{8}};
    struct bh_token_record token = {.account = fixture->account,
        .token_id = BH_SPAN("tok_a"),
        .name = BH_SPAN("ci"),
        .preview = BH_SPAN("bhf_dev_abcd...wxyz"),
        .created_at = 5};
    fixture_begin(fixture);
    ok(bh_token_create(fixture->db, &token, &hash));
    assert_int_equal(bh_token_create(fixture->db, &token, &other), BH_ERR_CONFLICT);
    token.token_id = BH_SPAN("tok_b");
    token.created_at = 6;
    ok(bh_token_create(fixture->db, &token, &other));
    ok(bh_token_find_by_hash(fixture->db, &hash, &fixture->arena, &found));
    assert_int_equal(found.account, fixture->account);
    assert_text(found.token_id, "tok_a");
    assert_text(found.name, "ci");
    assert_text(found.preview, "bhf_dev_abcd...wxyz");
    ok(bh_token_list(fixture->db, fixture->account, 0, 10, &fixture->arena, &tokens, &count));
    assert_int_equal(count, 2);
    assert_text(tokens[0].token_id, "tok_b");
    assert_int_equal(
        bh_token_delete(fixture->db, fixture->account + 1, 0, BH_SPAN("tok_a")), BH_ERR_NOT_FOUND);
    ok(bh_token_delete(fixture->db, fixture->account, 0, BH_SPAN("tok_a")));
    assert_int_equal(bh_token_delete(fixture->db, fixture->account, 0, BH_SPAN("tok_a")), BH_ERR_NOT_FOUND);
    assert_int_equal(bh_token_find_by_hash(fixture->db, &hash, &fixture->arena, &found), BH_ERR_NOT_FOUND);
    fixture_commit(fixture);
}

/* ---- idempotency keys -----------------------------------------------------------------------------------
 */

/* An answer is found while it is younger than 24 hours, to the millisecond, and by its agent only. */
static void test_an_answer_lasts_a_day(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_sha256 key = {{1}}, body = {{2}};
    struct bh_span answer;
    struct bh_arena *arena = &fixture->arena;
    fixture_begin(fixture);
    ok(bh_idempotency_put(fixture->db, 1, &key, &body, NOON, 1, BH_SPAN("{\"n\":1}")));
    int64_t end = NOON + BH_IDEMPOTENCY_MS;
    ok(bh_idempotency_find(fixture->db, 1, &key, &body, end - 1, arena, &answer));
    assert_text(answer, "{\"n\":1}");
    assert_int_equal(bh_idempotency_find(fixture->db, 1, &key, &body, end, arena, &answer), BH_ERR_NOT_FOUND);
    assert_int_equal(
        bh_idempotency_find(fixture->db, 2, &key, &body, NOON, arena, &answer), BH_ERR_NOT_FOUND);
    ok(bh_idempotency_put(fixture->db, 1, &key, &key, end, 1, BH_SPAN("{\"n\":2}")));
    ok(bh_idempotency_find(fixture->db, 1, &key, &key, end, arena, &answer));
    assert_text(answer, "{\"n\":2}");
    fixture_commit(fixture);
}

/* A key that comes with another body is a conflict. */
static void test_another_body_is_a_conflict(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_sha256 key = {{1}}, body = {{2}}, other = {{3}};
    struct bh_span answer;
    fixture_begin(fixture);
    ok(bh_idempotency_put(fixture->db, 1, &key, &body, NOON, 1, BH_SPAN("{}")));
    assert_int_equal(bh_idempotency_find(fixture->db, 1, &key, &other, NOON, &fixture->arena, &answer),
        BH_ERR_IDEMPOTENCY_CONFLICT);
    fixture_commit(fixture);
}

/* Purging takes what is older than 24 hours, oldest first, no more than asked for. */
static void test_old_answers_are_purged(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_sha256 body = {{2}};
    size_t removed;
    fixture_begin(fixture);
    for (unsigned char i = 0; i < 5; i++) {
        const struct bh_sha256 key = {{i}};
        ok(bh_idempotency_put(fixture->db, 1, &key, &body, NOON + i, 1, BH_SPAN("{}")));
    }
    ok(bh_idempotency_purge(fixture->db, NOON + 3 + BH_IDEMPOTENCY_MS, 2, &removed));
    assert_int_equal(removed, 2);
    ok(bh_idempotency_purge(fixture->db, NOON + 3 + BH_IDEMPOTENCY_MS, 2, &removed));
    assert_int_equal(removed, 1);
    ok(bh_idempotency_purge(fixture->db, NOON + 3 + BH_IDEMPOTENCY_MS, 2, &removed));
    assert_int_equal(removed, 0);
    fixture_commit(fixture);
    assert_int_equal(fixture_sql_int(fixture, "SELECT min(created_at) FROM idempotency"), NOON + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_accounts),
        store_test(test_policy_versions_rise),
        store_test(test_an_agent_reads_back),
        store_test(test_agents_are_listed_newest_first),
        store_test(test_an_agent_has_one_passport),
        store_test(test_status_changes_once),
        store_test(test_a_key_rotates_once),
        store_test(test_last_use_is_the_newest_decision),
        store_test(test_a_permission_reads_back),
        store_test(test_a_permission_is_revoked_once),
        store_test(test_revoked_permissions_hide_no_active_one),
        store_test(test_the_policy_is_bounded),
        store_test(test_unreadable_limits_fail),
        store_test(test_tokens),
        store_test(test_an_answer_lasts_a_day),
        store_test(test_another_body_is_a_conflict),
        store_test(test_old_answers_are_purged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
