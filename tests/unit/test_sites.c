// SPDX-License-Identifier: Apache-2.0
/* Guarded sites in the store, their rules and keys; two accounts apart. */
#include "sites_fixture.h"

static struct bh_site_rule_record rule_of(struct store_fixture *fixture, int64_t site, int number)
{
    return (struct bh_site_rule_record){.site = site,
        .rule_id = numbered(fixture, "sgr_", number),
        .name = BH_SPAN("Rule"),
        .status = BH_SPAN("active"),
        .agent_identifier = BH_SPAN("bot"),
        .allowed_paths = BH_SPAN("[\"/a\",\"/b/*\"]"),
        .blocked_paths = BH_SPAN("[]"),
        .created_at = NOON};
}

static void new_rule(struct store_fixture *fixture, int64_t site, int number)
{
    int64_t id;
    const struct bh_site_rule_record rule = rule_of(fixture, site, number);
    ok(bh_site_rule_create(fixture->db, &rule, &id));
}

static struct bh_site_key_record key_of(struct store_fixture *fixture, int64_t site, int number)
{
    struct bh_span key_id = numbered(fixture, "sgk_", number);
    return (struct bh_site_key_record){.site = site,
        .key_id = key_id,
        .key_hash = bh_sha256(key_id),
        .name = BH_SPAN("Key"),
        .preview = BH_SPAN("bhf_site_x...y"),
        .created_at = NOON + number};
}

/* ---- sites ----------------------------------------------------------------------------------------------
 */

/* A site reads back as it was made, by id, by domain and by number, for its account alone. */
static void test_a_site_reads_back(void **state)
{
    struct store_fixture *fixture = *state;
    const struct sites_fixture sites = begin(fixture);
    struct bh_site_record site;
    ok(bh_site_find(fixture->db, fixture->account, BH_SPAN("site_001"), &fixture->arena, &site));
    assert_int_equal(site.id, sites.mine);
    assert_int_equal(site.account, fixture->account);
    assert_text(site.name, "Site");
    assert_text(site.domain, "s001");
    assert_text(site.status, "active");
    assert_int_equal(site.policy_version, 1);
    assert_int_equal(site.created_at, NOON + 1);
    assert_int_equal(site.updated_at, NOON + 1);
    ok(bh_site_find_by_domain(fixture->db, sites.other, BH_SPAN("s001"), &fixture->arena, &site));
    assert_int_equal(site.id, sites.theirs);
    ok(bh_site_find_by_id(fixture->db, sites.mine, &fixture->arena, &site));
    assert_text(site.site_id, "site_001");
    assert_int_equal(bh_site_find(fixture->db, sites.other, BH_SPAN("site_001"), &fixture->arena, &site),
        BH_ERR_SITE_NOT_FOUND);
    assert_int_equal(
        bh_site_find_by_domain(fixture->db, sites.other, BH_SPAN("s002"), &fixture->arena, &site),
        BH_ERR_SITE_NOT_FOUND);
    assert_int_equal(bh_site_find_by_id(fixture->db, 999, &fixture->arena, &site), BH_ERR_SITE_NOT_FOUND);
    fixture_commit(fixture);
}

/* A domain is one site's within an account, and an account has no more sites than its limit. */
static void test_sites_have_limits(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_record *list = NULL;
    size_t count;
    int64_t id;
    const struct sites_fixture sites = begin(fixture);
    struct bh_site_record twin = site_of(fixture, fixture->account, 2001);
    assert_int_equal(bh_site_create(fixture->db, &twin, &id), BH_ERR_SITE_DOMAIN_TAKEN);
    for (int number = 2; number <= BH_SITES_MAX; number++)
        new_site(fixture, fixture->account, number);
    twin = site_of(fixture, fixture->account, BH_SITES_MAX + 1);
    assert_int_equal(bh_site_create(fixture->db, &twin, &id), BH_ERR_SITE_LIMIT);
    ok(bh_site_list(fixture->db, fixture->account, 2, &fixture->arena, &list, &count));
    assert_int_equal(count, 2);
    assert_text(list[0].site_id, "site_100");
    assert_text(list[1].site_id, "site_099");
    ok(bh_site_count(fixture->db, sites.other, &count));
    assert_int_equal(count, 1);
    ok(bh_site_delete(fixture->db, fixture->account, BH_SPAN("site_007"), NOON));
    ok(bh_site_create(fixture->db, &twin, &id));
    fixture_commit(fixture);
}

/* A bump raises the version of that site and of its account, and of nothing else. */
static void test_a_bump_raises_the_site_and_its_account(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t version;
    int64_t agent;
    const struct sites_fixture sites = begin(fixture);
    ok(bh_agent_policy_version(fixture->db, fixture->agents[0], &agent));
    ok(bh_site_bump(fixture->db, fixture->account, sites.mine));
    ok(bh_site_policy_version(fixture->db, sites.mine, &version));
    assert_int_equal(version, 2);
    ok(bh_account_policy_version(fixture->db, fixture->account, &version));
    assert_int_equal(version, 2);
    ok(bh_site_policy_version(fixture->db, sites.theirs, &version));
    assert_int_equal(version, 1);
    ok(bh_account_policy_version(fixture->db, sites.other, &version));
    assert_int_equal(version, 1);
    ok(bh_agent_policy_version(fixture->db, fixture->agents[0], &version));
    assert_int_equal(version, agent);
    assert_int_equal(bh_site_bump(fixture->db, sites.other, sites.mine), BH_ERR_SITE_NOT_FOUND);
    fixture_commit(fixture);
}

/* A change writes name and status. */
static void test_a_site_changes(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_record site;
    const struct sites_fixture sites = begin(fixture);
    const struct bh_site_record change = {
        .id = sites.mine, .name = BH_SPAN("New"), .status = BH_SPAN("disabled")};
    ok(bh_site_update(fixture->db, &change, NOON + 50));
    ok(bh_site_find_by_id(fixture->db, sites.mine, &fixture->arena, &site));
    assert_text(site.name, "New");
    assert_text(site.status, "disabled");
    assert_text(site.domain, "s001");
    assert_int_equal(site.updated_at, NOON + 50);
    ok(bh_site_delete(fixture->db, fixture->account, BH_SPAN("site_001"), NOON + 60));
    assert_int_equal(bh_site_update(fixture->db, &change, NOON + 70), BH_ERR_SITE_NOT_FOUND);
    fixture_commit(fixture);
}

/* A deleted site is found by nothing, with all that it had; another account's is left alone. */
static void test_a_deleted_site_is_gone(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_record site;
    struct bh_site_key_record found;
    size_t count;
    int64_t id;
    const struct sites_fixture sites = begin(fixture);
    const struct bh_site_key_record key = key_of(fixture, sites.mine, 1);
    ok(bh_site_key_create(fixture->db, &key, &id));
    new_rule(fixture, sites.mine, 1);
    new_rule(fixture, sites.theirs, 2);
    assert_int_equal(
        bh_site_delete(fixture->db, sites.other, BH_SPAN("site_001"), NOON), BH_ERR_SITE_NOT_FOUND);
    ok(bh_site_delete(fixture->db, fixture->account, BH_SPAN("site_001"), NOON));
    assert_int_equal(
        bh_site_delete(fixture->db, fixture->account, BH_SPAN("site_001"), NOON), BH_ERR_SITE_NOT_FOUND);
    assert_int_equal(bh_site_find(fixture->db, fixture->account, BH_SPAN("site_001"), &fixture->arena, &site),
        BH_ERR_SITE_NOT_FOUND);
    assert_int_equal(
        bh_site_find_by_id(fixture->db, sites.mine, &fixture->arena, &site), BH_ERR_SITE_NOT_FOUND);
    assert_int_equal(bh_site_policy_version(fixture->db, sites.mine, &id), BH_ERR_SITE_NOT_FOUND);
    assert_int_equal(
        bh_site_key_find_by_hash(fixture->db, &key.key_hash, &fixture->arena, &found), BH_ERR_NOT_FOUND);
    ok(bh_site_count(fixture->db, fixture->account, &count));
    assert_int_equal(count, 0);
    ok(bh_site_rule_count(fixture->db, sites.mine, &count));
    assert_int_equal(count, 0);
    ok(bh_site_rule_count(fixture->db, sites.theirs, &count));
    assert_int_equal(count, 1);
    ok(bh_account_policy_version(fixture->db, fixture->account, &id));
    assert_int_equal(id, 2);
    fixture_commit(fixture);
}

/* The log of a deleted site goes in portions, and no later site ever gets its number. */
static void test_numbers_of_deleted_sites_are_never_given_again(void **state)
{
    struct store_fixture *fixture = *state;
    size_t removed = 99;
    begin(fixture);
    int64_t newest = new_site(fixture, fixture->account, 2);
    for (int64_t number = 1; number <= 5; number++)
        append(fixture, newest, number, NOON);
    ok(bh_site_delete(fixture->db, fixture->account, BH_SPAN("site_002"), NOON + 10));
    ok(bh_site_purge_deleted(fixture->db, NOON + 9, 3, &removed));
    assert_int_equal(removed, 0);
    ok(bh_site_purge_deleted(fixture->db, NOON + 10, 3, &removed));
    assert_int_equal(removed, 3);
    assert_int_equal(checks(fixture, newest), 2);
    ok(bh_site_purge_deleted(fixture->db, NOON + 10, 3, &removed));
    assert_int_equal(removed, 2);
    ok(bh_site_purge_deleted(fixture->db, NOON + 10, 3, &removed));
    assert_int_equal(removed, 0);
    int64_t next = new_site(fixture, fixture->account, 2002);
    assert_true(next > newest);
    ok(bh_site_purge_deleted(fixture->db, NOON + 10, 3, &removed));
    fixture_commit(fixture);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM site WHERE status = 'deleted'"), 0);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM site"), 3);
}

/* ---- rules ---- */

/* A rule reads back as it was made and as it was changed, for its site alone. */
static void test_a_rule_reads_back(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_rule_record rule;
    const struct sites_fixture sites = begin(fixture);
    struct bh_span rule_id = BH_SPAN("sgr_001");
    new_rule(fixture, sites.mine, 1);
    ok(bh_site_rule_find(fixture->db, sites.mine, rule_id, &fixture->arena, &rule));
    assert_int_equal(rule.site, sites.mine);
    assert_text(rule.agent_identifier, "bot");
    assert_true(bh_span_is_absent(rule.user_agent_pattern));
    assert_true(bh_span_is_absent(rule.verified_agent));
    assert_true(bh_span_is_absent(rule.notes));
    assert_false(rule.requires_approval);
    rule.name = BH_SPAN("New");
    rule.status = BH_SPAN("disabled");
    rule.agent_identifier = BH_ABSENT;
    rule.user_agent_pattern = BH_SPAN("*");
    rule.verified_agent = BH_SPAN("https://bot.example");
    rule.notes = BH_SPAN("why");
    rule.allowed_paths = BH_SPAN("[]");
    rule.blocked_paths = BH_SPAN("[\"/c\"]");
    rule.requires_approval = true;
    ok(bh_site_rule_update(fixture->db, &rule, NOON + 9));
    ok(bh_site_rule_find(fixture->db, sites.mine, rule_id, &fixture->arena, &rule));
    assert_text(rule.name, "New");
    assert_text(rule.status, "disabled");
    assert_true(bh_span_is_absent(rule.agent_identifier));
    assert_text(rule.user_agent_pattern, "*");
    assert_text(rule.verified_agent, "https://bot.example");
    assert_text(rule.notes, "why");
    assert_text(rule.allowed_paths, "[]");
    assert_text(rule.blocked_paths, "[\"/c\"]");
    assert_true(rule.requires_approval);
    assert_int_equal(rule.created_at, NOON);
    assert_int_equal(rule.updated_at, NOON + 9);
    assert_int_equal(bh_site_rule_find(fixture->db, sites.theirs, rule_id, &fixture->arena, &rule),
        BH_ERR_SITE_RULE_NOT_FOUND);
    assert_int_equal(bh_site_rule_delete(fixture->db, sites.theirs, rule_id), BH_ERR_SITE_RULE_NOT_FOUND);
    ok(bh_site_rule_delete(fixture->db, sites.mine, rule_id));
    assert_int_equal(bh_site_rule_update(fixture->db, &rule, NOON), BH_ERR_SITE_RULE_NOT_FOUND);
    fixture_commit(fixture);
}

/* Rules come newest first, of the same moment by their ids; checks get the active ones, taken apart. */
static void test_rules_come_newest_first(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_rule_record *list = NULL;
    struct bh_site_rule *rules = NULL;
    size_t count = 0;
    int64_t id;
    const struct sites_fixture sites = begin(fixture);
    struct bh_site_rule_record late = rule_of(fixture, sites.mine, 0);
    new_rule(fixture, sites.mine, 1);
    new_rule(fixture, sites.mine, 2);
    new_rule(fixture, sites.theirs, 9);
    late.created_at = NOON + 1;
    late.requires_approval = true;
    late.verified_agent = BH_SPAN("*");
    ok(bh_site_rule_create(fixture->db, &late, &id));
    late = rule_of(fixture, sites.mine, 3);
    late.status = BH_SPAN("disabled");
    ok(bh_site_rule_create(fixture->db, &late, &id));
    ok(bh_site_rule_list(fixture->db, sites.mine, 3, &fixture->arena, &list, &count));
    assert_int_equal(count, 3);
    assert_text(list[0].rule_id, "sgr_000");
    assert_text(list[1].rule_id, "sgr_003");
    assert_text(list[2].rule_id, "sgr_002");
    ok(bh_site_rule_load(fixture->db, sites.mine, &fixture->arena, &rules, &count));
    assert_int_equal(count, 3);
    assert_text(rules[0].rule_id, "sgr_000");
    assert_true(rules[0].active);
    assert_true(rules[0].requires_approval);
    assert_text(rules[0].verified_agent, "*");
    assert_text(rules[1].rule_id, "sgr_002");
    assert_text(rules[2].rule_id, "sgr_001");
    assert_int_equal(rules[2].allowed_paths.count, 2);
    assert_text(rules[2].allowed_paths.items[1], "/b/*");
    assert_int_equal(rules[2].blocked_paths.count, 0);
    assert_int_equal(rules[2].created_at_ms, NOON);
    fixture_commit(fixture);
}

/* A list of paths that cannot be read is no empty list: the site's rules do not load. */
static void test_damaged_paths_are_noticed(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_rule *rules = NULL;
    size_t count;
    static const char *const damages[] = {"{}", "[", ""};
    const struct sites_fixture sites = begin(fixture);
    new_rule(fixture, sites.mine, 1);
    for (size_t i = 0; i < BH_COUNT(damages); i++) {
        struct bh_site_rule_record rule;
        ok(bh_site_rule_find(fixture->db, sites.mine, BH_SPAN("sgr_001"), &fixture->arena, &rule));
        rule.blocked_paths = bh_span_from(damages[i]);
        ok(bh_site_rule_update(fixture->db, &rule, NOON));
        assert_int_equal(bh_site_rule_load(fixture->db, sites.mine, &fixture->arena, &rules, &count),
            BH_ERR_STORE_CORRUPT);
    }
    fixture_commit(fixture);
}

/* A site has no more rules than its limit, disabled ones counted, and their size is that of their texts. */
static void test_rules_have_limits(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t id;
    size_t size = 99;
    const struct sites_fixture sites = begin(fixture);
    ok(bh_site_rule_size(fixture->db, sites.mine, &size));
    assert_int_equal(size, 0);
    for (int number = 0; number < BH_SITE_RULES_MAX; number++)
        new_rule(fixture, sites.mine, number);
    const struct bh_site_rule_record more = rule_of(fixture, sites.mine, BH_SITE_RULES_MAX);
    assert_int_equal(bh_site_rule_create(fixture->db, &more, &id), BH_ERR_SITE_RULE_LIMIT);
    ok(bh_site_rule_size(fixture->db, sites.mine, &size));
    assert_int_equal(size,
        (strlen("Rule") + strlen("bot") + strlen("[\"/a\",\"/b/*\"]") + strlen("[]")) * BH_SITE_RULES_MAX);
    ok(bh_site_rule_delete(fixture->db, sites.mine, BH_SPAN("sgr_005")));
    ok(bh_site_rule_create(fixture->db, &more, &id));
    new_rule(fixture, sites.theirs, 5);
    fixture_commit(fixture);
}

/* ---- keys ---- */

/* A key is found by its hash, with the account of its site, revoked or not. */
static void test_a_key_is_found_by_its_hash(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_key_record key;
    int64_t id;
    const struct sites_fixture sites = begin(fixture);
    const struct bh_site_key_record made = key_of(fixture, sites.theirs, 1);
    const struct bh_sha256 unknown = bh_sha256(BH_SPAN("?"));
    ok(bh_site_key_create(fixture->db, &made, &id));
    ok(bh_site_key_find_by_hash(fixture->db, &made.key_hash, &fixture->arena, &key));
    assert_int_equal(key.id, id);
    assert_int_equal(key.site, sites.theirs);
    assert_int_equal(key.account, sites.other);
    assert_text(key.key_id, "sgk_001");
    assert_text(key.status, "active");
    assert_text(key.preview, "bhf_site_x...y");
    assert_int_equal(key.last_used_at, 0);
    assert_int_equal(key.created_at, NOON + 1);
    assert_int_equal(
        bh_site_key_find_by_hash(fixture->db, &unknown, &fixture->arena, &key), BH_ERR_NOT_FOUND);
    assert_int_equal(
        bh_site_key_revoke(fixture->db, sites.mine, BH_SPAN("sgk_001"), NOON), BH_ERR_SITE_KEY_NOT_FOUND);
    ok(bh_site_key_revoke(fixture->db, sites.theirs, BH_SPAN("sgk_001"), NOON + 7));
    assert_int_equal(bh_site_key_revoke(fixture->db, sites.theirs, BH_SPAN("sgk_001"), NOON + 8),
        BH_ERR_SITE_KEY_NOT_FOUND);
    ok(bh_site_key_find_by_hash(fixture->db, &made.key_hash, &fixture->arena, &key));
    assert_text(key.status, "revoked");
    assert_int_equal(key.updated_at, NOON + 7);
    assert_int_equal(bh_site_key_find(fixture->db, sites.mine, BH_SPAN("sgk_001"), &fixture->arena, &key),
        BH_ERR_SITE_KEY_NOT_FOUND);
    fixture_commit(fixture);
}

/* The last use only ever moves forward, and not for a revoked key. */
static void test_a_touch_moves_forward(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_key_record key;
    static const int64_t touches[][2] = {{5, 5}, {3, 5}, {9, 9}};
    int64_t id;
    const struct sites_fixture sites = begin(fixture);
    const struct bh_site_key_record made = key_of(fixture, sites.mine, 1);
    ok(bh_site_key_create(fixture->db, &made, &id));
    for (size_t i = 0; i < BH_COUNT(touches); i++) {
        ok(bh_site_key_touch(fixture->db, id, NOON + touches[i][0]));
        ok(bh_site_key_find(fixture->db, sites.mine, made.key_id, &fixture->arena, &key));
        assert_int_equal(key.last_used_at, NOON + touches[i][1]);
    }
    ok(bh_site_key_revoke(fixture->db, sites.mine, made.key_id, NOON));
    ok(bh_site_key_touch(fixture->db, id, NOON + 100));
    ok(bh_site_key_find(fixture->db, sites.mine, made.key_id, &fixture->arena, &key));
    assert_int_equal(key.last_used_at, NOON + 9);
    fixture_commit(fixture);
}

/* A site has no more active keys than its limit; the list has them first, so that none is ever out of sight.
 */
static void test_keys_have_a_limit(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_key_record *list = NULL;
    size_t count;
    int64_t id;
    const struct sites_fixture sites = begin(fixture);
    for (int number = 0; number < BH_SITE_KEYS_MAX; number++) {
        const struct bh_site_key_record key = key_of(fixture, sites.mine, number);
        ok(bh_site_key_create(fixture->db, &key, &id));
    }
    const struct bh_site_key_record more = key_of(fixture, sites.mine, 50);
    assert_int_equal(bh_site_key_create(fixture->db, &more, &id), BH_ERR_SITE_KEY_LIMIT);
    ok(bh_site_key_revoke(fixture->db, sites.mine, BH_SPAN("sgk_019"), NOON));
    ok(bh_site_key_create(fixture->db, &more, &id));
    ok(bh_site_key_count_active(fixture->db, sites.mine, &count));
    assert_int_equal(count, BH_SITE_KEYS_MAX);
    ok(bh_site_key_list(fixture->db, sites.mine, 100, &fixture->arena, &list, &count));
    assert_int_equal(count, BH_SITE_KEYS_MAX + 1);
    assert_text(list[0].key_id, "sgk_050");
    assert_text(list[1].key_id, "sgk_018");
    assert_text(list[BH_SITE_KEYS_MAX].key_id, "sgk_019");
    fixture_commit(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_a_site_reads_back),
        store_test(test_sites_have_limits),
        store_test(test_a_bump_raises_the_site_and_its_account),
        store_test(test_a_site_changes),
        store_test(test_a_deleted_site_is_gone),
        store_test(test_numbers_of_deleted_sites_are_never_given_again),
        store_test(test_a_rule_reads_back),
        store_test(test_rules_come_newest_first),
        store_test(test_damaged_paths_are_noticed),
        store_test(test_rules_have_limits),
        store_test(test_a_key_is_found_by_its_hash),
        store_test(test_a_touch_moves_forward),
        store_test(test_keys_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
