// SPDX-License-Identifier: Apache-2.0
/* What a check finds in the transaction that records it: rules that are no longer those it was decided on. */
#include "store_fixture.h"

#include "app/app.h"
#include "commit/touches.h"
#include "guard/inquiry.h"

#define KEY "bhf_site_0123456789012345678901234567890123456789012"

struct guard_fixture {
    struct store_fixture *store;
    struct bh_app app;
    int64_t site, rule;
    struct bh_exchange exchange;
    struct bh_inquiry inquiry;
    struct bh_touches touches;
    struct bh_commit_context context;
};

static int64_t next_epoch(void)
{
    static int64_t epoch; /* for all tests, as for all transactions of a committer */
    return ++epoch;
}

static int64_t add_site(struct guard_fixture *fixture, const char *site_id, const char *domain)
{
    int64_t id;
    const struct bh_site_record site = {.account = fixture->store->account,
        .site_id = bh_span_from(site_id),
        .name = BH_SPAN("Site"),
        .domain = bh_span_from(domain),
        .created_at = NOON};
    ok(bh_site_create(fixture->store->db, &site, &id));
    return id;
}

static void add_rule_and_key(struct guard_fixture *fixture)
{
    int64_t key_row;
    const struct bh_site_rule_record rule = {.site = fixture->site,
        .rule_id = BH_SPAN("sgr_a"),
        .name = BH_SPAN("Rule"),
        .status = BH_SPAN("active"),
        .user_agent_pattern = BH_SPAN("*"),
        .allowed_paths = BH_SPAN("[\"/docs/*\"]"),
        .blocked_paths = BH_SPAN("[]"),
        .created_at = NOON};
    const struct bh_site_key_record key = {.site = fixture->site,
        .key_id = BH_SPAN("sgk_a"),
        .name = BH_SPAN("Key"),
        .preview = BH_SPAN("bhf_site_..."),
        .key_hash = bh_sha256(BH_SPAN(KEY)),
        .created_at = NOON};
    ok(bh_site_rule_create(fixture->store->db, &rule, &fixture->rule));
    ok(bh_site_key_create(fixture->store->db, &key, &key_row));
}

static int guard_setup(void **state)
{
    struct guard_fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    if (store_setup((void **)&fixture->store) != 0)
        return -1;
    fixture->app.sites = bh_cache_create(16);
    assert_non_null(fixture->app.sites);
    fixture_begin(fixture->store);
    fixture->site = add_site(fixture, "site_a", "a.example");
    add_rule_and_key(fixture);
    fixture_commit(fixture->store);
    bh_arena_init(&fixture->exchange.arena, 4096, 1u << 20);
    *state = fixture;
    return 0;
}

static int guard_teardown(void **state)
{
    struct guard_fixture *fixture = *state;
    bh_site_snapshot_release(fixture->inquiry.snapshot);
    bh_arena_finish(&fixture->exchange.arena);
    bh_cache_destroy(fixture->app.sites);
    void *store = fixture->store;
    free(fixture);
    return store_teardown(&store);
}

/* As an I/O thread does it: the snapshot is in the cache, and says that the visitor may have the path. */
static void evaluate(struct guard_fixture *fixture)
{
    struct bh_inquiry *inquiry = &fixture->inquiry;
    bh_site_snapshot_release(inquiry->snapshot);
    *inquiry = (struct bh_inquiry){.app = &fixture->app,
        .exchange = &fixture->exchange,
        .key_hash = bh_sha256(BH_SPAN(KEY)),
        .request = {.path = BH_SPAN("/docs/a"), .user_agent = BH_SPAN("Bot")}};
    bh_random_id("req", inquiry->request_id);
    inquiry->snapshot = bh_site_snapshot_find(fixture->app.sites, &inquiry->key_hash);
    if (inquiry->snapshot == NULL) {
        ok(bh_site_snapshot_load(fixture->store->db, &inquiry->key_hash, &inquiry->snapshot));
        bh_site_snapshot_put(fixture->app.sites, inquiry->snapshot);
    }
    ok(bh_inquiry_evaluate(inquiry, NOON));
    ok(bh_inquiry_redact(inquiry));
    assert_int_equal(inquiry->decision.reason, BH_SITE_REASON_ALLOWED);
}

static void begin(struct guard_fixture *fixture)
{
    fixture_begin(fixture->store);
    fixture->context = (struct bh_commit_context){
        .db = fixture->store->db, .touches = &fixture->touches, .now_ms = NOON + 1, .epoch = next_epoch()};
}

static void record(struct guard_fixture *fixture)
{
    ok(bh_inquiry_record(&fixture->inquiry.job, &fixture->context));
}

static void disable_rule(struct guard_fixture *fixture)
{
    struct bh_site_rule_record rule;
    ok(bh_site_rule_find(fixture->store->db, fixture->site, BH_SPAN("sgr_a"), &fixture->store->arena, &rule));
    rule.status = BH_SPAN("disabled");
    ok(bh_site_rule_update(fixture->store->db, &rule, NOON));
    ok(bh_site_bump(fixture->store->db, fixture->store->account, fixture->site));
}

static void change(struct guard_fixture *fixture, void (*write)(struct guard_fixture *fixture))
{
    fixture_begin(fixture->store);
    write(fixture);
    fixture_commit(fixture->store);
}

static bool is_cached(struct guard_fixture *fixture)
{
    struct bh_site_snapshot *found = bh_site_snapshot_find(fixture->app.sites, &fixture->inquiry.key_hash);
    bh_site_snapshot_release(found);
    return found != NULL;
}

static int64_t count_entries(struct guard_fixture *fixture, const char *condition)
{
    char sql[200];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM site_check WHERE %s", condition);
    return fixture_sql_int(fixture->store, sql);
}

/* A rule that is disabled between evaluation and commit no longer allows, and the log says what was answered.
 */
static void test_rule_disabled_before_the_commit(void **state)
{
    struct guard_fixture *fixture = *state;
    evaluate(fixture);
    change(fixture, disable_rule);
    begin(fixture);
    record(fixture);
    fixture_commit(fixture->store);
    assert_int_equal(fixture->inquiry.refused, BH_OK);
    assert_int_equal(fixture->inquiry.decision.reason, BH_SITE_REASON_NO_RULE);
    assert_int_equal(count_entries(fixture, "allowed = 0 AND rule_id IS NULL"), 1);
    assert_int_equal(count_entries(fixture, "allowed = 1"), 0);
}

/* Rules seen in a transaction that is undone are forgotten: neither the cache nor the next try knows them. */
static void test_change_that_is_undone(void **state)
{
    struct guard_fixture *fixture = *state;
    evaluate(fixture);
    begin(fixture);
    fixture->context.policy_changed = true;
    disable_rule(fixture);
    record(fixture);
    assert_int_equal(fixture->inquiry.decision.reason, BH_SITE_REASON_NO_RULE);
    assert_false(is_cached(fixture));
    bh_db_rollback(fixture->store->db);
    begin(fixture);
    record(fixture);
    fixture_commit(fixture->store);
    assert_int_equal(fixture->inquiry.decision.reason, BH_SITE_REASON_ALLOWED);
    assert_false(is_cached(fixture));
    assert_int_equal(count_entries(fixture, "allowed = 1 AND number = 1"), 1);
    assert_int_equal(count_entries(fixture, "true"), 1);
}

static void change_agent(struct guard_fixture *fixture)
{
    ok(bh_account_bump_policy(fixture->store->db, fixture->store->account, fixture->store->agents[0]));
}

/* A change elsewhere in the account leaves the snapshot as it is, and it is not asked about again. */
static void test_change_elsewhere_in_the_account(void **state)
{
    struct guard_fixture *fixture = *state;
    evaluate(fixture);
    const struct bh_site_snapshot *before = fixture->inquiry.snapshot;
    int64_t version = atomic_load(&before->account_version);
    change(fixture, change_agent);
    begin(fixture);
    record(fixture);
    fixture_commit(fixture->store);
    assert_ptr_equal(fixture->inquiry.snapshot, before);
    assert_true(atomic_load(&before->account_version) > version);
    assert_true(is_cached(fixture));
}

static void revoke_key(struct guard_fixture *fixture)
{
    ok(bh_site_key_revoke(fixture->store->db, fixture->site, BH_SPAN("sgk_a"), NOON));
    ok(bh_site_bump(fixture->store->db, fixture->store->account, fixture->site));
}

static void delete_site(struct guard_fixture *fixture)
{
    ok(bh_site_delete(fixture->store->db, fixture->store->account, BH_SPAN("site_a"), NOON));
}

static void assert_refused_after(
    struct guard_fixture *fixture, void (*write)(struct guard_fixture *fixture), enum bh_err expected)
{
    evaluate(fixture);
    change(fixture, write);
    begin(fixture);
    record(fixture);
    fixture_commit(fixture->store);
    assert_int_equal(fixture->inquiry.refused, expected);
    assert_int_equal(count_entries(fixture, "true"), 0);
}

/* A key that is revoked before the commit is refused, and leaves no entry. */
static void test_key_revoked_before_the_commit(void **state)
{
    assert_refused_after(*state, revoke_key, BH_ERR_SITE_KEY_REVOKED);
}

/* A site that is deleted before the commit answers nobody, and leaves no entry. */
static void test_site_deleted_before_the_commit(void **state)
{
    assert_refused_after(*state, delete_site, BH_ERR_SITE_KEY);
}

static void damage_rule(struct guard_fixture *fixture)
{
    struct bh_site_rule_record rule;
    ok(bh_site_rule_find(fixture->store->db, fixture->site, BH_SPAN("sgr_a"), &fixture->store->arena, &rule));
    rule.allowed_paths = BH_SPAN("[5]");
    ok(bh_site_rule_update(fixture->store->db, &rule, NOON));
    ok(bh_site_bump(fixture->store->db, fixture->store->account, fixture->site));
}

/* A rule that cannot be read refuses the check, and not the transaction that others are recorded in. */
static void test_damaged_rule(void **state)
{
    assert_refused_after(*state, damage_rule, BH_ERR_STORE_CORRUPT);
}

/* The use of a key is written with other stamps, and not in the transaction of the check. */
static void test_use_of_a_key(void **state)
{
    struct guard_fixture *fixture = *state;
    evaluate(fixture);
    begin(fixture);
    record(fixture);
    fixture_commit(fixture->store);
    assert_int_equal(fixture_sql_int(fixture->store, "SELECT last_used_at FROM site_key"), 0);
    bh_touches_flush(&fixture->touches, fixture->store->db);
    assert_int_equal(fixture_sql_int(fixture->store, "SELECT last_used_at FROM site_key"), NOON + 1);
}

/* Each site counts its checks from 1 without a gap, whoever else is in the batch and whatever was undone. */
static void test_numbers(void **state)
{
    struct guard_fixture *fixture = *state;
    struct store_fixture *store = fixture->store;
    fixture_begin(store);
    int64_t other = add_site(fixture, "site_b", "b.example");
    fixture_commit(store);
    evaluate(fixture);
    struct bh_site_snapshot *second;
    ok(bh_site_snapshot_load_site(store->db, other, &second));
    struct bh_site_snapshot *first = fixture->inquiry.snapshot;
    for (int round = 0; round < 3; round++) {
        begin(fixture);
        for (int i = 0; i < 4; i++) {
            fixture->inquiry.snapshot = i % 2 == 0 ? first : second;
            record(fixture);
        }
        if (round == 1)
            bh_db_rollback(store->db);
        else
            fixture_commit(store);
    }
    fixture->inquiry.snapshot = first;
    bh_site_snapshot_release(second);
    assert_int_equal(fixture_sql_int(store, "SELECT count(*) FROM site_check"), 8);
    assert_int_equal(fixture_sql_int(store, "SELECT max(number) FROM site_check"), 4);
    assert_int_equal(fixture_sql_int(store, "SELECT min(number) FROM site_check"), 1);
}

#define guard_test(function) cmocka_unit_test_setup_teardown(function, guard_setup, guard_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        guard_test(test_rule_disabled_before_the_commit),
        guard_test(test_change_that_is_undone),
        guard_test(test_change_elsewhere_in_the_account),
        guard_test(test_key_revoked_before_the_commit),
        guard_test(test_site_deleted_before_the_commit),
        guard_test(test_damaged_rule),
        guard_test(test_use_of_a_key),
        guard_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
