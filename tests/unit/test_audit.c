// SPDX-License-Identifier: Apache-2.0
/* Appending to the audit log: ids, links, counts, and what a rollback leaves of them. */
#include "store_fixture.h"

#include "store/audit_owners.h"
#include "store/db.h"

static void append_one(struct store_fixture *fixture, int agent, int64_t created_at)
{
    struct bh_audit_row row = fixture_row(fixture, agent, created_at);
    fixture_begin(fixture);
    ok(bh_audit_append(fixture->log, &row));
    fixture_commit(fixture);
}

static void assert_intact(struct store_fixture *fixture)
{
    struct bh_audit_report report;
    struct bh_db *reader;
    ok(bh_store_reader_borrow(fixture->store, &reader));
    ok(bh_audit_verify(reader, &fixture->key, NULL, NULL, NULL, NULL, &report));
    bh_store_reader_return(fixture->store, reader);
    assert_true(report.intact);
}

/* The links of every row lead to the row before of the same owner, as counted from the rows themselves. */
static void assert_links(const struct store_fixture *fixture)
{
    assert_int_equal(
        fixture_sql_int(fixture,
            "SELECT count(*) FROM audit a WHERE back_account <> coalesce(id - (SELECT max(id) FROM "
            "audit b WHERE b.account = a.account AND b.id < a.id), 0)"),
        0);
    assert_int_equal(
        fixture_sql_int(fixture,
            "SELECT count(*) FROM audit a WHERE back_agent <> coalesce(id - (SELECT max(id) FROM "
            "audit b WHERE b.agent = a.agent AND b.id < a.id), 0)"),
        0);
}

/* Ids count from 1 without gaps, also across reopening. */
static void test_ids_have_no_gaps(void **state)
{
    struct store_fixture *fixture = *state;
    assert_int_equal(bh_audit_next_id(fixture->log), 1);
    fixture_append(fixture, 10, NOON);
    fixture_reopen(fixture);
    assert_int_equal(bh_audit_next_id(fixture->log), 11);
    fixture_append(fixture, 10, NOON + 100);
    assert_int_equal(fixture_sql_int(fixture, "SELECT min(id) FROM audit"), 1);
    assert_int_equal(fixture_sql_int(fixture, "SELECT max(id) FROM audit"), 20);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM audit"), 20);
    assert_links(fixture);
    assert_intact(fixture);
}

/* The row gets its id and a time that never goes back. */
static void test_time_never_goes_back(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_row row = fixture_row(fixture, 0, NOON);
    fixture_begin(fixture);
    ok(bh_audit_append(fixture->log, &row));
    row.created_at = NOON - 5;
    ok(bh_audit_append(fixture->log, &row));
    assert_int_equal(row.id, 2);
    assert_int_equal(row.created_at, NOON);
    fixture_commit(fixture);
    fixture_reopen(fixture);
    fixture_begin(fixture);
    row.created_at = NOON - 1;
    ok(bh_audit_append(fixture->log, &row));
    fixture_commit(fixture);
    assert_int_equal(row.created_at, NOON);
}

/* After a rollback the ids, links and counts go on from what was committed. */
static void test_a_rollback_is_followed(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_counts counts;
    fixture_append(fixture, 4, NOON);
    struct bh_audit_row row = fixture_row(fixture, 1, NOON + 50);
    fixture_begin(fixture);
    ok(bh_audit_append(fixture->log, &row));
    ok(bh_audit_append(fixture->log, &row));
    assert_int_equal(row.id, 6);
    bh_db_rollback(fixture->db);
    bh_audit_rolled_back(fixture->log);
    assert_int_equal(bh_audit_next_id(fixture->log), 5);
    fixture_append(fixture, 4, NOON + 60);
    assert_int_equal(fixture_sql_int(fixture, "SELECT max(id) FROM audit"), 8);
    ok(bh_audit_count_days(fixture->db, fixture->account, 0, 0, 0, true, &counts));
    assert_int_equal(counts.allowed, 8);
    assert_links(fixture);
    assert_intact(fixture);
}

/* A job that is undone to its savepoint takes its rows with it; those before and after are chained to each
 * other. */
static void test_a_savepoint_is_followed(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_counts counts;
    fixture_append(fixture, 2, NOON);
    fixture_begin(fixture);
    for (int job = 0; job < 6; job++) {
        struct bh_audit_row row = fixture_row(fixture, job % AGENTS, NOON + 10 + job);
        ok(bh_db_savepoint(fixture->db));
        ok(bh_audit_append(fixture->log, &row));
        if (job % 2 == 0)
            ok(bh_db_savepoint_rollback(fixture->db));
        else
            ok(bh_db_savepoint_release(fixture->db));
    }
    fixture_commit(fixture);
    assert_int_equal(fixture_sql_int(fixture, "SELECT max(id) FROM audit"), 5);
    ok(bh_audit_count_days(fixture->db, fixture->account, 0, 0, 0, true, &counts));
    assert_int_equal(counts.allowed, 5);
    assert_links(fixture);
    assert_intact(fixture);
    fixture_append(fixture, 3, NOON + 100);
    assert_links(fixture);
    assert_intact(fixture);
}

/* When the last thing of a transaction is undone, what stays of it is still signed. */
static void test_a_flush_after_an_undone_job(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_row row = fixture_row(fixture, 0, NOON);
    fixture_begin(fixture);
    ok(bh_audit_append(fixture->log, &row));
    ok(bh_db_savepoint(fixture->db));
    ok(bh_audit_append(fixture->log, &row));
    ok(bh_db_savepoint_rollback(fixture->db));
    fixture_commit(fixture);
    assert_int_equal(fixture_sql_int(fixture, "SELECT head FROM audit_state"), 1);
    assert_int_equal(fixture_sql_int(fixture, "SELECT allowed FROM audit_owner WHERE owner > 0"), 1);
    assert_intact(fixture);
}

/* When the disk is full nothing is recorded, and once there is room the log goes on without a gap. */
static void test_a_full_disk_is_survived(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 3, NOON);
    ok(bh_db_run_script(fixture->db, "PRAGMA max_page_count = 1"));
    fixture_begin(fixture);
    enum bh_err err = BH_OK;
    for (int i = 0; i < 1000 && err == BH_OK; i++) {
        struct bh_audit_row row = fixture_row(fixture, 0, NOON + 10);
        err = bh_audit_append(fixture->log, &row);
    }
    assert_int_equal(err, BH_ERR_STORE_FULL);
    bh_db_rollback(fixture->db);
    assert_int_equal(fixture_sql_int(fixture, "SELECT max(id) FROM audit"), 3);
    ok(bh_db_run_script(fixture->db, "PRAGMA max_page_count = 1073741823"));
    fixture_append(fixture, 3, NOON + 20);
    assert_int_equal(fixture_sql_int(fixture, "SELECT max(id) FROM audit"), 6);
    assert_links(fixture);
    assert_intact(fixture);
}

/* A transaction without audit rows writes nothing to the log. */
static void test_an_empty_flush_writes_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 1, NOON);
    fixture_begin(fixture);
    int64_t before = sqlite3_total_changes64(fixture->db->handle);
    ok(bh_audit_flush(fixture->log));
    assert_int_equal(sqlite3_total_changes64(fixture->db->handle), before);
    fixture_commit(fixture);
}

/* A row without owner, or with an amount that is no number, is refused and leaves the log as it was. */
static void test_impossible_rows_are_refused(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_row row = fixture_row(fixture, 0, NOON);
    fixture_begin(fixture);
    row.account = 0;
    assert_int_equal(bh_audit_append(fixture->log, &row), BH_ERR_INTERNAL);
    row = fixture_row(fixture, 0, NOON);
    row.agent = -1;
    assert_int_equal(bh_audit_append(fixture->log, &row), BH_ERR_INTERNAL);
    row = fixture_row(fixture, 0, NOON);
    row.has_amount = true;
    row.amount = strtod("nan", NULL);
    assert_int_equal(bh_audit_append(fixture->log, &row), BH_ERR_INTERNAL);
    fixture_commit(fixture);
    assert_int_equal(bh_audit_next_id(fixture->log), 1);
}

/* ---- counts ---------------------------------------------------------------------------------------------
 */

static void vary(struct bh_audit_row *row, uint32_t number)
{
    row->allowed = number % 3 == 0;
    row->approval_required = !row->allowed && number % 5 == 0;
    row->shadow = number % 7 == 0;
    row->has_amount = number % 2 == 0;
    row->amount = number % 11;
}

static void assert_counts(struct store_fixture *fixture, int64_t agent, int64_t from, int64_t to)
{
    struct bh_audit_counts counts;
    char sql[512];
    static const char *const kinds[] = {"flags & 4 = 0 AND flags & 1 = 1", "flags & 4 = 0 AND flags & 1 = 0",
        "flags & 4 = 0 AND flags & 2 = 2", "flags & 4 = 4"};
    ok(bh_audit_count_days(fixture->db, fixture->account, agent, from, to, true, &counts));
    const int64_t given[] = {counts.allowed, counts.denied, counts.approval_required, counts.shadow};
    for (size_t i = 0; i < BH_COUNT(kinds); i++) {
        snprintf(sql, sizeof(sql),
            "SELECT count(*) FROM audit WHERE flags & 8 = 0 AND %s AND (%lld = 0 OR agent = %lld) AND "
            "created_at / 86400000 BETWEEN %lld AND %lld",
            kinds[i], (long long)agent, (long long)agent, (long long)(from / BH_MS_PER_DAY),
            (long long)(to == 0 ? INT64_MAX : to / BH_MS_PER_DAY));
        assert_int_equal(given[i], fixture_sql_int(fixture, sql));
    }
}

/* Counts of any days of an agent or account equal those counted row by row, across days, reopening and
 * rollbacks. */
static void test_counts_equal_the_rows(void **state)
{
    struct store_fixture *fixture = *state;
    uint32_t number = 1;
    for (int batch = 0; batch < 60; batch++) {
        fixture_begin(fixture);
        for (int i = 0; i < 20; i++) {
            number = number * 1664525u + 1013904223u;
            struct bh_audit_row row =
                fixture_row(fixture, (int)(number >> 8) % AGENTS, NOON + (batch * 20 + i) * INT64_C(400000));
            vary(&row, number >> 16);
            ok(bh_audit_append(fixture->log, &row));
        }
        if (batch % 7 == 3)
            bh_db_rollback(fixture->db);
        else
            fixture_commit(fixture);
        if (batch % 10 == 5)
            fixture_reopen(fixture);
    }
    for (int agent = -1; agent < AGENTS; agent++) {
        int64_t id = agent < 0 ? 0 : fixture->agents[agent];
        assert_counts(fixture, id, 0, 0);
        for (int day = -1; day < 7; day++) {
            assert_counts(fixture, id, NOON + day * BH_MS_PER_DAY, NOON + day * BH_MS_PER_DAY);
            assert_counts(fixture, id, NOON + day * BH_MS_PER_DAY, 0);
        }
    }
    assert_links(fixture);
    assert_intact(fixture);
}

/* ---- many agents: their heads are written later ----------------------------------------------------------
 */

#define MANY 600
#define FIRST_MANY 1000

/* Rows of many agents, who need not exist for that. */
static void append_many(struct store_fixture *fixture, int count, uint32_t *seed, int64_t from_ms)
{
    fixture_begin(fixture);
    for (int i = 0; i < count; i++) {
        *seed = *seed * 1664525u + 1013904223u;
        struct bh_audit_row row = fixture_row(fixture, 0, from_ms + i);
        row.agent = FIRST_MANY + (int64_t)(*seed >> 8) % MANY;
        row.agent_id = BH_ABSENT;
        row.allowed = (*seed >> 20) % 2 == 0;
        ok(bh_audit_append(fixture->log, &row));
    }
    fixture_commit(fixture);
}

static void assert_newest_rows(struct store_fixture *fixture)
{
    struct bh_db *reader;
    ok(bh_store_reader_borrow(fixture->store, &reader));
    for (int64_t agent = FIRST_MANY; agent < FIRST_MANY + MANY; agent += 37) {
        char sql[128];
        struct bh_audit_page page;
        const struct bh_audit_filter filter = {.account = fixture->account, .agent = agent};
        ok(bh_audit_list(reader, &filter, 0, 0, 1, &fixture->arena, &page));
        snprintf(
            sql, sizeof(sql), "SELECT coalesce(max(id), 0) FROM audit WHERE agent = %lld", (long long)agent);
        int64_t newest = fixture_sql_int(fixture, sql);
        assert_int_equal(page.count, newest == 0 ? 0 : 1);
        assert_true(newest == 0 || page.rows[0].id == newest);
        assert_counts(fixture, agent, 0, 0);
    }
    bh_store_reader_return(fixture->store, reader);
}

/*
 * While heads and counts of many agents wait to be written, lists and counts are right all the same; and so
 * they are when the process ends without having written them.
 */
static void test_late_heads_do_not_show(void **state)
{
    struct store_fixture *fixture = *state;
    uint32_t seed = 7;
    bool waited = false;
    for (int batch = 0; batch < 14; batch++) {
        append_many(fixture, 500, &seed, NOON + batch * 1000);
        int64_t waiting = fixture_sql_int(fixture, "SELECT head - counted_through FROM audit_state");
        assert_in_range(waiting, 0, BH_OWNERS_LAG + 500);
        waited |= waiting > 1000;
        if (batch % 5 == 0)
            assert_newest_rows(fixture);
        if (batch % 4 == 3)
            fixture_reopen(fixture);
    }
    assert_true(waited);
    assert_newest_rows(fixture);
    assert_links(fixture);
    for (int i = 0; i < 10; i++) /* few agents: the rest is written in passing, sooner or later */
        append_one(fixture, 0, NOON + 20000 + i);
    assert_counts(fixture, 0, 0, 0);
    assert_newest_rows(fixture);
}

/* Late heads survive the end of a day: the day that ends is counted whole, and once. */
static void test_late_heads_survive_midnight(void **state)
{
    struct store_fixture *fixture = *state;
    uint32_t seed = 9;
    for (int batch = 0; batch < 8; batch++) {
        append_many(fixture, 400, &seed, NOON + batch * (BH_MS_PER_DAY / 4));
        if (batch % 3 == 1)
            fixture_reopen(fixture);
    }
    for (int64_t agent = FIRST_MANY; agent < FIRST_MANY + MANY; agent += 53) {
        for (int day = 0; day < 3; day++)
            assert_counts(fixture, agent, NOON + day * BH_MS_PER_DAY, NOON + day * BH_MS_PER_DAY);
    }
    for (int day = 0; day < 3; day++)
        assert_counts(fixture, 0, NOON + day * BH_MS_PER_DAY, NOON + day * BH_MS_PER_DAY);
}

/* More owners than are kept in memory are dropped and read again without a loss. */
static void test_owners_leave_memory_and_return(void **state)
{
    struct store_fixture *fixture = *state;
    enum { LEAVES = BH_OWNERS_LEAVES + 50 };
    for (int round = 0; round < 2; round++) {
        for (int first = 0; first < LEAVES; first += 8) {
            fixture_begin(fixture);
            for (int i = first; i < first + 8; i++) {
                struct bh_audit_row row = fixture_row(fixture, 0, NOON + round);
                row.agent = FIRST_MANY + (int64_t)i * BH_OWNERS_PER_LEAF;
                ok(bh_audit_append(fixture->log, &row));
            }
            fixture_commit(fixture);
        }
    }
    assert_int_equal(fixture_sql_int(fixture,
                         "SELECT count(*) FROM audit a JOIN audit b ON b.id = a.id - a.back_agent WHERE "
                         "a.back_agent > 0 AND a.agent = b.agent"),
        (LEAVES + 7) / 8 * 8);
    assert_int_equal(fixture_sql_int(fixture, "SELECT min(allowed) FROM audit_owner WHERE owner > 0"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_ids_have_no_gaps),
        store_test(test_time_never_goes_back),
        store_test(test_a_rollback_is_followed),
        store_test(test_a_savepoint_is_followed),
        store_test(test_a_flush_after_an_undone_job),
        store_test(test_a_full_disk_is_survived),
        store_test(test_an_empty_flush_writes_nothing),
        store_test(test_impossible_rows_are_refused),
        store_test(test_counts_equal_the_rows),
        store_test(test_late_heads_do_not_show),
        store_test(test_late_heads_survive_midnight),
        store_test(test_owners_leave_memory_and_return),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
