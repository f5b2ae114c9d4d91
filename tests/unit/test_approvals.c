// SPDX-License-Identifier: Apache-2.0
#include "store_fixture.h"

#include <sys/wait.h>

#define GRANT_MS INT64_C(1800000)
#define GRANT_END (NOON + 1 + GRANT_MS)

static struct bh_approval_record wanted(const struct store_fixture *fixture)
{
    return (struct bh_approval_record){
        .account = fixture->account,
        .agent = fixture->agents[0],
        .approval_id = BH_SPAN("apr_first"),
        .permission_id = BH_SPAN("perm_a"),
        .action = BH_SPAN("deploy"),
        .request_row = 17,
        .grant_minutes = 30,
    };
}

static enum bh_err try_request(
    struct store_fixture *fixture, const struct bh_approval_record *approval, int64_t now_ms)
{
    struct bh_span approval_id;
    bool created;
    fixture_begin(fixture);
    enum bh_err err =
        bh_approval_request(fixture->db, approval, now_ms, &fixture->arena, &approval_id, &created);
    fixture_commit(fixture);
    return err;
}

/* Asks for an approval and returns whether a new request was made. */
static bool request(struct store_fixture *fixture, const struct bh_approval_record *approval, int64_t now_ms)
{
    struct bh_span approval_id;
    bool created;
    fixture_begin(fixture);
    ok(bh_approval_request(fixture->db, approval, now_ms, &fixture->arena, &approval_id, &created));
    fixture_commit(fixture);
    return created;
}

static enum bh_err resolve(
    struct store_fixture *fixture, const char *approval_id, bool approve, int64_t now_ms)
{
    int64_t grant_expires_at = -1;
    fixture_begin(fixture);
    enum bh_err err = bh_approval_resolve(fixture->db, fixture->account, bh_span_from(approval_id), approve,
        BH_SPAN("user_a"), now_ms, &grant_expires_at);
    fixture_commit(fixture);
    if (err == BH_OK)
        assert_int_equal(grant_expires_at, approve ? now_ms + GRANT_MS : 0);
    return err;
}

static enum bh_err consume(
    struct store_fixture *fixture, const struct bh_approval_record *approval, int64_t now_ms)
{
    struct bh_span approval_id;
    fixture_begin(fixture);
    enum bh_err err = bh_approval_consume(fixture->db, approval, now_ms, &fixture->arena, &approval_id);
    fixture_commit(fixture);
    return err;
}

static size_t count_with_status(struct store_fixture *fixture, const char *status, int64_t now_ms)
{
    struct bh_approval_record *approvals;
    size_t count;
    const struct bh_approval_filter filter = {.status = bh_span_from(status), .limit = 1000};
    ok(bh_approval_list(fixture->db, &filter, now_ms, &fixture->arena, &approvals, &count));
    return count;
}

/* Repeated calls share one pending request until it is settled. */
static void test_one_request_is_pending(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_record approval = wanted(fixture);
    struct bh_span approval_id;
    bool created;
    assert_true(request(fixture, &approval, NOON));
    approval.approval_id = BH_SPAN("apr_second");
    fixture_begin(fixture);
    ok(bh_approval_request(fixture->db, &approval, NOON + 1, &fixture->arena, &approval_id, &created));
    fixture_commit(fixture);
    assert_false(created);
    assert_text(approval_id, "apr_first");
    ok(resolve(fixture, "apr_first", false, NOON + 2));
    assert_int_equal(count_with_status(fixture, "pending", NOON + 3), 0);
    assert_true(request(fixture, &approval, NOON + 2 + BH_APPROVAL_COOLDOWN_MS));
    assert_int_equal(count_with_status(fixture, "pending", NOON + 3), 1);
    assert_int_equal(count_with_status(fixture, "denied", NOON + 3), 1);
}

/* For sixty seconds after a denial nobody is asked the same again, to the millisecond; another tuple is free.
 */
static void test_a_denial_cools_down(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_record approval = wanted(fixture);
    request(fixture, &approval, NOON - 5);
    ok(resolve(fixture, "apr_first", false, NOON));
    approval.approval_id = BH_SPAN("apr_second");
    assert_int_equal(try_request(fixture, &approval, NOON), BH_ERR_APPROVAL_COOLDOWN);
    assert_int_equal(try_request(fixture, &approval, NOON + 59999), BH_ERR_APPROVAL_COOLDOWN);
    assert_int_equal(count_with_status(fixture, "pending", NOON + 59999), 0);
    approval.amount = 1;
    approval.has_amount = true;
    assert_true(request(fixture, &approval, NOON + 1));
    approval.approval_id = BH_SPAN("apr_third");
    approval.has_amount = false;
    assert_true(request(fixture, &approval, NOON + 60000));
}

/* Only a denial cools down: after an approval that was used or ran out a person is asked at once. */
static void test_an_approval_does_not_cool_down(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_record approval = wanted(fixture);
    request(fixture, &approval, NOON);
    ok(resolve(fixture, "apr_first", true, NOON + 1));
    ok(consume(fixture, &approval, NOON + 2));
    approval.approval_id = BH_SPAN("apr_second");
    assert_true(request(fixture, &approval, NOON + 3));
}

/* Makes the agent's n-th pending request, each of an amount of its own. */
static enum bh_err request_nth(struct store_fixture *fixture, int agent, int n, int64_t now_ms)
{
    char approval_id[32];
    struct bh_approval_record approval = wanted(fixture);
    snprintf(approval_id, sizeof(approval_id), "apr_%d_%d", agent, n);
    approval.agent = fixture->agents[agent];
    approval.approval_id = bh_span_from(approval_id);
    approval.has_amount = true;
    approval.amount = n;
    return try_request(fixture, &approval, now_ms);
}

/* An agent has a hundred pending requests at most; a settled or expired one makes room, and other agents have
 * their own hundred. */
static void test_pending_requests_are_limited(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t end = NOON + BH_APPROVAL_PENDING_MS;
    for (int i = 0; i < 100; i++)
        ok(request_nth(fixture, 0, i, i == 0 ? NOON : NOON + 1));
    assert_int_equal(request_nth(fixture, 0, 100, NOON + 1), BH_ERR_APPROVAL_LIMIT);
    ok(request_nth(fixture, 0, 50, NOON + 1));
    ok(request_nth(fixture, 1, 100, NOON + 1));
    ok(resolve(fixture, "apr_0_1", true, NOON + 2));
    ok(request_nth(fixture, 0, 101, NOON + 2));
    assert_int_equal(request_nth(fixture, 0, 102, NOON + 2), BH_ERR_APPROVAL_LIMIT);
    assert_int_equal(request_nth(fixture, 0, 102, end - 1), BH_ERR_APPROVAL_LIMIT);
    ok(request_nth(fixture, 0, 102, end));
    assert_int_equal(request_nth(fixture, 0, 103, end), BH_ERR_APPROVAL_LIMIT);
}

/* A grant is spent by the first equal request, and by no second one. */
static void test_a_grant_is_spent_once(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_approval_record approval = wanted(fixture);
    request(fixture, &approval, NOON);
    assert_int_equal(consume(fixture, &approval, NOON), BH_ERR_NOT_FOUND);
    ok(resolve(fixture, "apr_first", true, NOON + 1));
    ok(consume(fixture, &approval, NOON + 2));
    assert_int_equal(consume(fixture, &approval, NOON + 2), BH_ERR_NOT_FOUND);
    assert_int_equal(fixture_sql_int(fixture, "SELECT used_at FROM approval"), NOON + 2);
    assert_int_equal(count_with_status(fixture, "used", NOON + 2), 1);
}

/* A grant ends thirty minutes after it was given, to the millisecond. */
static void test_a_grant_ends(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_approval_record approval = wanted(fixture);
    request(fixture, &approval, NOON);
    ok(resolve(fixture, "apr_first", true, NOON + 1));
    assert_int_equal(count_with_status(fixture, "approved", GRANT_END - 1), 1);
    assert_int_equal(count_with_status(fixture, "expired", GRANT_END), 1);
    assert_int_equal(count_with_status(fixture, "approved", GRANT_END), 0);
    assert_int_equal(consume(fixture, &approval, GRANT_END), BH_ERR_NOT_FOUND);
    ok(consume(fixture, &approval, GRANT_END - 1));
}

/* A request that nobody answers ends after seven days: it cannot be approved then, and is replaced by the
 * next. */
static void test_a_pending_request_ends(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_record approval = wanted(fixture);
    int64_t end = NOON + BH_APPROVAL_PENDING_MS;
    request(fixture, &approval, NOON);
    assert_false(request(fixture, &approval, end - 1));
    assert_int_equal(count_with_status(fixture, "pending", end - 1), 1);
    assert_int_equal(count_with_status(fixture, "expired", end), 1);
    assert_int_equal(resolve(fixture, "apr_first", true, end), BH_ERR_APPROVAL_NOT_FOUND);
    approval.approval_id = BH_SPAN("apr_second");
    assert_true(request(fixture, &approval, end));
    assert_int_equal(count_with_status(fixture, "expired", end), 1);
    assert_int_equal(count_with_status(fixture, "pending", end), 1);
    ok(resolve(fixture, "apr_second", true, end));
}

/* A grant covers exactly one tuple: any other value, and any value instead of none, is another tuple. */
static void test_a_grant_covers_its_tuple_only(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_approval_record approval = wanted(fixture);
    request(fixture, &approval, NOON);
    ok(resolve(fixture, "apr_first", true, NOON + 1));
    struct bh_approval_record others[10];
    for (size_t i = 0; i < BH_COUNT(others); i++)
        others[i] = approval;
    others[0].account++;
    others[1].agent = fixture->agents[1];
    others[2].permission_id = BH_SPAN("perm_b");
    others[3].action = BH_SPAN("Deploy");
    others[4].vendor = BH_SPAN("");
    others[5].vendor = BH_SPAN("v");
    others[6].has_amount = true; /* zero is not none */
    others[7].fingerprint = BH_SPAN("00");
    others[8].permission_id = BH_SPAN("perm_a6:deploy"); /* lengths keep neighbours apart */
    others[8].action = BH_SPAN("");
    others[9].permission_id = BH_ABSENT;
    for (size_t i = 0; i < BH_COUNT(others); i++)
        assert_int_equal(consume(fixture, &others[i], NOON + 2), BH_ERR_NOT_FOUND);
    ok(consume(fixture, &approval, NOON + 2));
}

/* Amounts are equal when the numbers are: minus zero is zero, and neighbours differ. */
static void test_amounts_compare_as_numbers(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_record approval = wanted(fixture);
    approval.has_amount = true;
    approval.amount = -0.0;
    request(fixture, &approval, NOON);
    ok(resolve(fixture, "apr_first", true, NOON + 1));
    approval.amount = 5e-324;
    assert_int_equal(consume(fixture, &approval, NOON + 2), BH_ERR_NOT_FOUND);
    approval.amount = 0.0;
    ok(consume(fixture, &approval, NOON + 2));
}

/* A request is settled once, in its account, and what binds a target must have one to be approved. */
static void test_resolving(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_record approval = wanted(fixture);
    int64_t grant;
    request(fixture, &approval, NOON);
    assert_int_equal(resolve(fixture, "apr_none", true, NOON + 1), BH_ERR_APPROVAL_NOT_FOUND);
    fixture_begin(fixture);
    assert_int_equal(bh_approval_resolve(fixture->db, fixture->account + 1, BH_SPAN("apr_first"), true,
                         BH_SPAN("user_a"), NOON + 1, &grant),
        BH_ERR_APPROVAL_NOT_FOUND);
    ok(bh_approval_resolve(fixture->db, 0, BH_SPAN("apr_first"), true, BH_SPAN("user_a"), NOON + 1, &grant));
    fixture_commit(fixture);
    assert_int_equal(resolve(fixture, "apr_first", true, NOON + 2), BH_ERR_APPROVAL_NOT_FOUND);
    assert_int_equal(resolve(fixture, "apr_first", false, NOON + 2), BH_ERR_APPROVAL_NOT_FOUND);
    approval.approval_id = BH_SPAN("apr_unbound");
    approval.action = BH_SPAN("execute_command");
    request(fixture, &approval, NOON);
    assert_int_equal(resolve(fixture, "apr_unbound", true, NOON + 1), BH_ERR_APPROVAL_UNBOUND);
    ok(resolve(fixture, "apr_unbound", false, NOON + 1));
    approval.approval_id = BH_SPAN("apr_bound");
    approval.fingerprint = BH_SPAN("abcd");
    request(fixture, &approval, NOON);
    ok(resolve(fixture, "apr_bound", true, NOON + 1));
}

/* The list is newest first, of one account or of all, of one status or of all, and reads back what was
 * stored. */
static void test_listing(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_record approval = wanted(fixture), *approvals;
    size_t count;
    request(fixture, &approval, NOON);
    approval.approval_id = BH_SPAN("apr_second");
    approval.vendor = BH_SPAN("aws");
    approval.has_amount = true;
    approval.amount = 12.5;
    approval.fingerprint = BH_SPAN("abcd");
    approval.target_kind = BH_SPAN("command");
    approval.target = BH_SPAN("make deploy");
    request(fixture, &approval, NOON + 5);
    ok(resolve(fixture, "apr_first", true, NOON + 6));
    struct bh_approval_filter filter = {.account = fixture->account, .limit = 10};
    ok(bh_approval_list(fixture->db, &filter, NOON + 7, &fixture->arena, &approvals, &count));
    assert_int_equal(count, 2);
    assert_text(approvals[0].approval_id, "apr_second");
    assert_text(approvals[0].agent_id, fixture_agent_ids[0]);
    assert_text(approvals[0].vendor, "aws");
    assert_true(approvals[0].has_amount && approvals[0].amount == 12.5);
    assert_text(approvals[0].target_kind, "command");
    assert_text(approvals[0].target, "make deploy");
    assert_text(approvals[0].status, "pending");
    assert_int_equal(approvals[0].request_row, 17);
    assert_int_equal(approvals[0].expires_at, NOON + 5 + BH_APPROVAL_PENDING_MS);
    assert_text(approvals[1].status, "approved");
    assert_text(approvals[1].resolved_by, "user_a");
    assert_int_equal(approvals[1].resolved_at, NOON + 6);
    assert_false(approvals[1].has_amount);
    assert_true(bh_span_is_absent(approvals[1].vendor));
    filter = (struct bh_approval_filter){.limit = 1};
    ok(bh_approval_list(fixture->db, &filter, NOON + 7, &fixture->arena, &approvals, &count));
    assert_int_equal(count, 1);
    filter = (struct bh_approval_filter){.account = fixture->account + 1, .limit = 10};
    ok(bh_approval_list(fixture->db, &filter, NOON + 7, &fixture->arena, &approvals, &count));
    assert_int_equal(count, 0);
}

/* The list can be of one agent. */
static void test_listing_of_an_agent(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_record *approvals;
    size_t count;
    ok(request_nth(fixture, 0, 1, NOON));
    ok(request_nth(fixture, 1, 1, NOON));
    struct bh_approval_filter filter = {.agent = fixture->agents[1], .limit = 10};
    ok(bh_approval_list(fixture->db, &filter, NOON, &fixture->arena, &approvals, &count));
    assert_int_equal(count, 1);
    assert_text(approvals[0].approval_id, "apr_1_1");
    filter.agent = fixture->agents[2];
    ok(bh_approval_list(fixture->db, &filter, NOON, &fixture->arena, &approvals, &count));
    assert_int_equal(count, 0);
}

static void make_all_kinds(struct store_fixture *fixture);

/* How many a list shows, of everybody, of the account and of the agent alike. */
static size_t count_listed(struct store_fixture *fixture, const char *status,
    const struct bh_approval_record *before, int64_t now_ms)
{
    const struct bh_approval_filter filters[] = {
        {.status = bh_span_from(status), .before = before, .limit = 100},
        {.account = fixture->account, .status = bh_span_from(status), .before = before, .limit = 100},
        {.agent = fixture->agents[0], .status = bh_span_from(status), .before = before, .limit = 100},
    };
    size_t counts[BH_COUNT(filters)];
    struct bh_approval_record *approvals;
    for (size_t i = 0; i < BH_COUNT(filters); i++)
        ok(bh_approval_list(fixture->db, &filters[i], now_ms, &fixture->arena, &approvals, &counts[i]));
    assert_int_equal(counts[0], counts[1]);
    assert_int_equal(counts[0], counts[2]);
    return counts[0];
}

/* Each state is listed under its name until the last millisecond of its time, then as expired. */
static void test_listing_of_a_state(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t late = NOON + BH_APPROVAL_PENDING_MS;
    make_all_kinds(fixture);
    assert_int_equal(count_listed(fixture, NULL, NULL, NOON + 1), 4);
    assert_int_equal(count_listed(fixture, "approved", NULL, NOON + GRANT_MS - 1), 1);
    assert_int_equal(count_listed(fixture, "expired", NULL, NOON + GRANT_MS - 1), 0);
    assert_int_equal(count_listed(fixture, "approved", NULL, NOON + GRANT_MS), 0);
    assert_int_equal(count_listed(fixture, "expired", NULL, NOON + GRANT_MS), 1);
    assert_int_equal(count_listed(fixture, "pending", NULL, late - 1), 1);
    assert_int_equal(count_listed(fixture, "pending", NULL, late), 0);
    assert_int_equal(count_listed(fixture, "expired", NULL, late), 2);
    assert_int_equal(count_listed(fixture, "denied", NULL, late), 1);
    assert_int_equal(count_listed(fixture, "used", NULL, late), 1);
    assert_int_equal(count_listed(fixture, NULL, NULL, late), 4);
    assert_int_equal(count_listed(fixture, "something", NULL, late), 0);
}

/* A list goes on behind any of its entries, also among entries of one millisecond. */
static void test_listing_goes_on(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_record *approvals;
    size_t count;
    const struct bh_approval_filter filter = {.account = fixture->account, .limit = 100};
    for (int i = 0; i < 5; i++)
        ok(request_nth(fixture, 0, i, i < 2 ? NOON : NOON + 1));
    ok(bh_approval_list(fixture->db, &filter, NOON, &fixture->arena, &approvals, &count));
    assert_int_equal(count, 5);
    assert_text(approvals[0].approval_id, "apr_0_4");
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(count_listed(fixture, NULL, &approvals[i], NOON), 4 - i);
        assert_int_equal(count_listed(fixture, "pending", &approvals[i], NOON), 4 - i);
    }
}

/* A grant lasts as long as the request said when it was made. */
static void test_minutes_of_a_grant(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_record approval = wanted(fixture), found;
    int64_t grant_expires_at = 0;
    approval.grant_minutes = 1440;
    request(fixture, &approval, NOON);
    fixture_begin(fixture);
    ok(bh_approval_resolve(fixture->db, fixture->account, approval.approval_id, true, BH_SPAN("a"), NOON + 7,
        &grant_expires_at));
    fixture_commit(fixture);
    assert_int_equal(grant_expires_at, NOON + 7 + INT64_C(86400000));
    ok(bh_approval_find(fixture->db, approval.approval_id, NOON + 7, &fixture->arena, &found));
    assert_int_equal(found.grant_minutes, 1440);
    assert_int_equal(found.owner_person, 0);
    assert_false(found.has_request);
    assert_int_equal(consume(fixture, &approval, grant_expires_at - 1), BH_OK);
}

/* One approval is found by its id, with the status that it has at that time. */
static void test_finding(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_record approval = wanted(fixture), found;
    approval.target = BH_SPAN("make deploy");
    request(fixture, &approval, NOON);
    ok(bh_approval_find(fixture->db, BH_SPAN("apr_first"), NOON, &fixture->arena, &found));
    assert_text(found.target, "make deploy");
    assert_text(found.status, "pending");
    int64_t end = NOON + BH_APPROVAL_PENDING_MS;
    ok(bh_approval_find(fixture->db, BH_SPAN("apr_first"), end, &fixture->arena, &found));
    assert_text(found.status, "expired");
    assert_int_equal(bh_approval_find(fixture->db, BH_SPAN("apr_none"), NOON, &fixture->arena, &found),
        BH_ERR_APPROVAL_NOT_FOUND);
}

static size_t purge(struct store_fixture *fixture, int64_t older_than, size_t limit)
{
    size_t removed;
    fixture_begin(fixture);
    ok(bh_approval_purge(fixture->db, older_than, limit, &removed));
    fixture_commit(fixture);
    return removed;
}

/* Makes one approval of each status, all at NOON. */
static void make_all_kinds(struct store_fixture *fixture)
{
    struct bh_approval_record used = wanted(fixture);
    for (int i = 0; i < 3; i++)
        ok(request_nth(fixture, 0, i, NOON));
    ok(resolve(fixture, "apr_0_0", true, NOON));
    ok(resolve(fixture, "apr_0_1", false, NOON));
    request(fixture, &used, NOON);
    ok(resolve(fixture, "apr_first", true, NOON));
    ok(consume(fixture, &used, NOON));
}

/* What was made longer ago than a request can live is purged, whatever came of it; to the millisecond, and no
 * more at once than asked for. */
static void test_purging(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t edge = NOON + BH_APPROVAL_PENDING_MS + BH_APPROVAL_GRANT_MAX_MS;
    make_all_kinds(fixture);
    assert_int_equal(purge(fixture, edge, 100), 0);
    assert_int_equal(purge(fixture, edge + 1, 3), 3);
    assert_int_equal(purge(fixture, edge + 1, 3), 1);
    assert_int_equal(purge(fixture, edge + 1, 3), 0);
    assert_int_equal(fixture_sql_int(fixture, "SELECT COUNT(*) FROM approval"), 0);
}

/* What is still good is never purged, however old: neither a pending request nor a grant. */
static void test_purging_spares_what_is_open(void **state)
{
    struct store_fixture *fixture = *state;
    char sql[256];
    int64_t edge = NOON + BH_APPROVAL_PENDING_MS + BH_APPROVAL_GRANT_MAX_MS + 1;
    make_all_kinds(fixture);
    snprintf(sql, sizeof(sql),
        "UPDATE approval SET expires_at = CASE status WHEN 'pending' THEN %lld ELSE expires_at END, "
        "grant_expires_at = CASE status WHEN 'approved' THEN %lld ELSE grant_expires_at END",
        (long long)edge, (long long)edge);
    fixture_sql(fixture, sql);
    assert_int_equal(purge(fixture, edge, 100), 2);
    assert_int_equal(count_with_status(fixture, "pending", NOON), 1);
    assert_int_equal(count_with_status(fixture, "approved", NOON), 1);
    assert_int_equal(purge(fixture, edge + 1, 100), 2);
}

/* ---- many at once ---------------------------------------------------------------------------------------
 */

/* Tries twenty times; the exit status of the process is how often it won, or 100 when something failed. */
static void try_to_consume(const struct store_fixture *fixture)
{
    struct bh_approval_record approval = wanted(fixture);
    struct bh_store *store;
    struct bh_span approval_id;
    struct bh_arena arena;
    int won = 0;
    bh_arena_init(&arena, 1024, 65536);
    if (fixture_open_with(fixture, &fixture->key, false, &store) != BH_OK)
        _exit(100);
    struct bh_db *db = bh_store_writer(store);
    for (int i = 0; i < 20; i++) {
        if (bh_db_begin(db) != BH_OK)
            _exit(100);
        enum bh_err err = bh_approval_consume(db, &approval, NOON + 2, &arena, &approval_id);
        if (bh_db_commit(db) != BH_OK || (err != BH_OK && err != BH_ERR_NOT_FOUND))
            _exit(100);
        won += err == BH_OK;
    }
    _exit(won);
}

/* Eight processes that want the same grant at the same time: one gets it. */
static void test_one_winner_among_many(void **state)
{
    struct store_fixture *fixture = *state;
    const struct bh_approval_record approval = wanted(fixture);
    int winners = 0;
    int status;
    request(fixture, &approval, NOON);
    ok(resolve(fixture, "apr_first", true, NOON + 1));
    fixture_close(fixture);
    for (int i = 0; i < 8; i++) {
        if (fork() == 0)
            try_to_consume(fixture);
    }
    while (wait(&status) > 0) {
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        winners += WEXITSTATUS(status);
    }
    assert_int_equal(winners, 1);
    fixture_open(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_one_request_is_pending),
        store_test(test_a_denial_cools_down),
        store_test(test_an_approval_does_not_cool_down),
        store_test(test_pending_requests_are_limited),
        store_test(test_a_grant_is_spent_once),
        store_test(test_a_grant_ends),
        store_test(test_a_pending_request_ends),
        store_test(test_a_grant_covers_its_tuple_only),
        store_test(test_amounts_compare_as_numbers),
        store_test(test_resolving),
        store_test(test_listing),
        store_test(test_listing_of_an_agent),
        store_test(test_listing_of_a_state),
        store_test(test_listing_goes_on),
        store_test(test_minutes_of_a_grant),
        store_test(test_finding),
        store_test(test_purging),
        store_test(test_purging_spares_what_is_open),
        store_test(test_one_winner_among_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
