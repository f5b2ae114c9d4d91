// SPDX-License-Identifier: Apache-2.0
/* Which requests for approval have changed since somebody looked. */
#include "store_fixture.h"

#define MOST 8
#define GRANT_MS INT64_C(1800000)
#define SEEN 16

struct seen {
    size_t count;
    char rows[SEEN][48]; /* "<approval id> <status>" */
};

static void see(void *context, const struct bh_approval_record *approval)
{
    struct seen *seen = context;
    assert_in_range(seen->count, 0, SEEN - 1);
    snprintf(seen->rows[seen->count++], sizeof(seen->rows[0]), "%.*s %.*s", (int)approval->approval_id.len,
        approval->approval_id.data, (int)approval->status.len, approval->status.data);
}

static struct seen look(struct store_fixture *fixture, const struct bh_approval_mark *after, int64_t now_ms)
{
    struct seen seen = {.count = 0};
    size_t count = 0;
    ok(bh_approval_read_changed(fixture->db, after, now_ms, MOST, &fixture->arena, see, &seen, &count));
    assert_int_equal(count, seen.count);
    return seen;
}

static struct bh_approval_mark mark(struct store_fixture *fixture, int64_t now_ms)
{
    struct bh_approval_mark found;
    ok(bh_approval_mark_read(fixture->db, now_ms, &found));
    return found;
}

static struct bh_approval_record wanted(const struct store_fixture *fixture, const char *approval_id)
{
    return (struct bh_approval_record){
        .account = fixture->account,
        .agent = fixture->agents[0],
        .approval_id = bh_span_from(approval_id),
        .permission_id = BH_SPAN("perm_a"),
        .action = bh_span_from(approval_id), /* another tuple for each */
        .request_row = 17,
        .grant_minutes = 30,
    };
}

static void request(struct store_fixture *fixture, const char *approval_id, int64_t now_ms)
{
    const struct bh_approval_record approval = wanted(fixture, approval_id);
    struct bh_span made;
    bool created;
    fixture_begin(fixture);
    ok(bh_approval_request(fixture->db, &approval, now_ms, &fixture->arena, &made, &created));
    fixture_commit(fixture);
}

static void resolve(struct store_fixture *fixture, const char *approval_id, bool approve, int64_t now_ms)
{
    int64_t until;
    fixture_begin(fixture);
    ok(bh_approval_resolve(fixture->db, fixture->account, bh_span_from(approval_id), approve,
        BH_SPAN("user_a"), now_ms, &until));
    fixture_commit(fixture);
}

static enum bh_err consume(struct store_fixture *fixture, const char *approval_id, int64_t now_ms)
{
    const struct bh_approval_record approval = wanted(fixture, approval_id);
    struct bh_span used;
    fixture_begin(fixture);
    enum bh_err err = bh_approval_consume(fixture->db, &approval, now_ms, &fixture->arena, &used);
    fixture_commit(fixture);
    return err;
}

/* Each change is seen once after the mark before it, in the order of the changes, and nothing else is. */
static void test_each_change_is_seen(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_mark start = mark(fixture, NOON);
    request(fixture, "apr_a", NOON);
    request(fixture, "apr_b", NOON);
    struct bh_approval_mark after = mark(fixture, NOON);
    assert_int_equal(look(fixture, &after, NOON).count, 0);
    struct seen seen = look(fixture, &start, NOON);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.rows[0], "apr_a pending");
    assert_string_equal(seen.rows[1], "apr_b pending");
    resolve(fixture, "apr_b", false, NOON);
    resolve(fixture, "apr_a", true, NOON);
    seen = look(fixture, &after, NOON);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.rows[0], "apr_b denied");
    assert_string_equal(seen.rows[1], "apr_a approved");
    after = mark(fixture, NOON);
    ok(consume(fixture, "apr_a", NOON));
    seen = look(fixture, &after, NOON);
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.rows[0], "apr_a used");
    assert_int_equal(look(fixture, &start, NOON).count, 2); /* each once, as it is now */
}

/* What changes nothing is no change: a grant that is not there, a request that waits already. */
static void test_what_changes_nothing_is_not_seen(void **state)
{
    struct store_fixture *fixture = *state;
    request(fixture, "apr_a", NOON);
    struct bh_approval_mark after = mark(fixture, NOON);
    request(fixture, "apr_a", NOON + 1);
    assert_int_equal(consume(fixture, "apr_a", NOON), BH_ERR_NOT_FOUND);
    assert_int_equal(mark(fixture, NOON).number, after.number);
    assert_int_equal(look(fixture, &after, NOON).count, 0);
}

/* A request, and a grant, is seen as expired by the first look at or after its end, and by no later one. */
static void test_the_end_of_time_is_seen_once(void **state)
{
    struct store_fixture *fixture = *state;
    request(fixture, "apr_waits", NOON);
    request(fixture, "apr_granted", NOON);
    resolve(fixture, "apr_granted", true, NOON);
    const struct {
        int64_t end;
        const char *row;
    } ends[] = {
        {NOON + GRANT_MS, "apr_granted expired"}, {NOON + BH_APPROVAL_PENDING_MS, "apr_waits expired"}};
    for (size_t i = 0; i < BH_COUNT(ends); i++) {
        struct bh_approval_mark before = mark(fixture, ends[i].end - 2);
        assert_int_equal(look(fixture, &before, ends[i].end - 1).count, 0);
        before = mark(fixture, ends[i].end - 1);
        struct seen seen = look(fixture, &before, ends[i].end);
        assert_int_equal(seen.count, 1);
        assert_string_equal(seen.rows[0], ends[i].row);
        before = mark(fixture, ends[i].end);
        assert_int_equal(look(fixture, &before, ends[i].end + 1).count, 0);
    }
}

/* An expired request that makes room for a new one is seen, with the new one. */
static void test_a_request_that_is_replaced_is_seen(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t late = NOON + BH_APPROVAL_PENDING_MS + 1;
    struct bh_approval_record again = wanted(fixture, "apr_a");
    struct bh_span made;
    bool created;
    request(fixture, "apr_a", NOON);
    struct bh_approval_mark after = mark(fixture, late);
    again.approval_id = BH_SPAN("apr_b");
    fixture_begin(fixture);
    ok(bh_approval_request(fixture->db, &again, late, &fixture->arena, &made, &created));
    fixture_commit(fixture);
    struct seen seen = look(fixture, &after, late);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.rows[0], "apr_a expired");
    assert_string_equal(seen.rows[1], "apr_b pending");
}

/* No more than asked for come, so that the caller knows that there were more. */
static void test_no_more_than_the_limit_come(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_approval_mark start = mark(fixture, NOON);
    for (int i = 0; i < MOST + 2; i++) {
        char approval_id[16];
        snprintf(approval_id, sizeof(approval_id), "apr_%d", i);
        request(fixture, approval_id, NOON);
    }
    assert_int_equal(look(fixture, &start, NOON).count, MOST);
}

/* Those that wait are counted until their time ends, to the millisecond. */
static void test_those_that_wait_are_counted(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t count;
    request(fixture, "apr_a", NOON);
    request(fixture, "apr_b", NOON + 1);
    request(fixture, "apr_c", NOON + 1);
    resolve(fixture, "apr_c", false, NOON + 1);
    const int64_t expected[] = {2, 1, 0};
    for (int i = 0; i < 3; i++) {
        int64_t now_ms = NOON + BH_APPROVAL_PENDING_MS - 1 + i;
        ok(bh_approval_count_pending(fixture->db, fixture->account, now_ms, &count));
        assert_int_equal(count, expected[i]);
    }
    ok(bh_approval_count_pending(fixture->db, fixture->account + 1, NOON, &count));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_each_change_is_seen),
        store_test(test_what_changes_nothing_is_not_seen),
        store_test(test_the_end_of_time_is_seen_once),
        store_test(test_a_request_that_is_replaced_is_seen),
        store_test(test_no_more_than_the_limit_come),
        store_test(test_those_that_wait_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
