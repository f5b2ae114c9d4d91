// SPDX-License-Identifier: Apache-2.0
/* Erasing: who sees what from when on, the trail, the blanking afterwards, and what verification makes of it.
 */
#include "store_fixture.h"

#include "store/audit_row.h"

#define CHUNK 8

static struct bh_audit_report verify(struct store_fixture *fixture)
{
    struct bh_audit_report report;
    struct bh_db *reader;
    ok(bh_store_reader_borrow(fixture->store, &reader));
    ok(bh_audit_verify(reader, &fixture->key, NULL, NULL, NULL, NULL, &report));
    bh_store_reader_return(fixture->store, reader);
    return report;
}

static bool is_intact(struct store_fixture *fixture)
{
    return verify(fixture).intact;
}

static void erase_row(struct store_fixture *fixture, int64_t id)
{
    char sql[96];
    char request_id[BH_REQUEST_ID_TEXT];
    snprintf(sql, sizeof(sql), "SELECT salt FROM audit WHERE id = %lld", (long long)id);
    bh_request_id_encode(id, (uint64_t)fixture_sql_int(fixture, sql), request_id);
    fixture_begin(fixture);
    ok(bh_audit_erase(fixture->log, fixture->account, bh_span_from(request_id), BH_SPAN("user_a"), NOON + 1));
    fixture_commit(fixture);
}

static int64_t erase_all(struct store_fixture *fixture)
{
    int64_t entries = -1;
    fixture_begin(fixture);
    ok(bh_audit_erase_all(fixture->log, fixture->account, BH_SPAN("user_a"), NOON + 2, &entries));
    fixture_commit(fixture);
    return entries;
}

/* True while there was something to do. */
static bool blank_some(struct store_fixture *fixture)
{
    bool more;
    fixture_begin(fixture);
    ok(bh_audit_erase_chunk(fixture->log, CHUNK, NOON + 3, &more));
    fixture_commit(fixture);
    return more;
}

static void blank_all(struct store_fixture *fixture)
{
    while (blank_some(fixture))
        continue;
}

static void retain(struct store_fixture *fixture, int64_t older_than)
{
    size_t removed;
    fixture_begin(fixture);
    ok(bh_audit_retain(fixture->log, older_than, 4096, &removed));
    fixture_commit(fixture);
}

static int64_t visible(struct store_fixture *fixture, int64_t agent)
{
    struct bh_audit_counts counts;
    struct bh_audit_page page;
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    const struct bh_audit_filter filter = {.account = fixture->account, .agent = agent};
    bh_arena_init(&arena, 4096, 1u << 22);
    ok(bh_audit_count_days(fixture->db, fixture->account, agent, 0, 0, true, &counts));
    ok(bh_audit_list(fixture->db, &filter, 0, 0, 1000, &arena, &page));
    assert_int_equal(counts.allowed + counts.denied + counts.shadow, page.count);
    return (int64_t)page.count;
}

/* ---- what is seen ---------------------------------------------------------------------------------------
 */

/* Once all entries are erased nothing of them is listed or counted, though their content is still to be
 * blanked; what is decided afterwards appears. */
static void test_erased_entries_vanish_at_once(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_counts counts;
    fixture_append(fixture, 30, NOON);
    erase_row(fixture, 7);
    assert_int_equal(visible(fixture, 0), 29);
    assert_int_equal(erase_all(fixture), 29);
    assert_int_equal(visible(fixture, 0), 0);
    assert_int_equal(visible(fixture, fixture->agents[1]), 0);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM audit WHERE action IS NULL"), 1);
    fixture_append(fixture, 4, NOON + 100);
    assert_int_equal(visible(fixture, 0), 4);
    assert_int_equal(visible(fixture, fixture->agents[0]), 2);
    ok(bh_audit_count_days(fixture->db, fixture->account, 0, 0, 0, false, &counts));
    assert_int_equal(counts.allowed, 34);
    blank_all(fixture);
    assert_int_equal(visible(fixture, 0), 4);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM audit WHERE action IS NULL"), 30);
    assert_true(is_intact(fixture));
}

/* Erasing ends at the account: another's entries stay as they are, also between those that go. */
static void test_another_account_is_left_alone(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t other;
    fixture_begin(fixture);
    ok(bh_account_create(fixture->db, "acct_bbbbbbbbbbbbbbbb", BH_SPAN("Other"), NOON, &other));
    for (int i = 0; i < 20; i++) {
        struct bh_audit_row row = fixture_row(fixture, i % 2, NOON + i);
        row.account = i % 2 == 0 ? fixture->account : other;
        ok(bh_audit_append(fixture->log, &row));
    }
    fixture_commit(fixture);
    assert_int_equal(erase_all(fixture), 10);
    blank_all(fixture);
    struct bh_audit_page page;
    const struct bh_audit_filter filter = {.account = other};
    ok(bh_audit_list(fixture->db, &filter, 0, 0, 100, &fixture->arena, &page));
    assert_int_equal(page.count, 10);
    assert_true(is_intact(fixture));
}

/* Erasing where there is nothing leaves no line in the trail. */
static void test_erasing_nothing_is_not_recorded(void **state)
{
    struct store_fixture *fixture = *state;
    assert_int_equal(erase_all(fixture), 0);
    fixture_append(fixture, 3, NOON);
    assert_int_equal(erase_all(fixture), 3);
    assert_int_equal(erase_all(fixture), 0);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM erasure"), 1);
    assert_true(is_intact(fixture));
}

/* The trail says who erased what and when, newest first, and is paged by its numbers. */
static void test_the_trail_is_listed(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_erasure *erasures;
    size_t count;
    fixture_append(fixture, 10, NOON);
    erase_row(fixture, 3);
    assert_int_equal(erase_all(fixture), 9);
    ok(bh_erasure_list(fixture->db, fixture->account, 0, 10, &fixture->arena, &erasures, &count));
    assert_int_equal(count, 2);
    assert_int_equal(erasures[0].entries, 9);
    assert_int_equal(erasures[0].erased_at, NOON + 2);
    assert_true(!erasures[0].is_single);
    assert_true(erasures[0].done_through < erasures[0].last_row);
    assert_text(erasures[1].erased_by, "user_a");
    assert_int_equal(erasures[1].first_row, 3);
    ok(bh_erasure_list(fixture->db, fixture->account, 2, 10, &fixture->arena, &erasures, &count));
    assert_int_equal(count, 1);
    assert_int_equal(erasures[0].id, 1);
    ok(bh_erasure_list(fixture->db, fixture->account + 1, 0, 10, &fixture->arena, &erasures, &count));
    assert_int_equal(count, 0);
}

/* An erasure is undone with its transaction: nothing vanishes and the trail goes on from where it was. */
static void test_an_undone_erasure_of_all(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t entries;
    fixture_append(fixture, 6, NOON);
    fixture_begin(fixture);
    ok(bh_audit_erase_all(fixture->log, fixture->account, BH_SPAN("user_a"), NOON, &entries));
    bh_db_rollback(fixture->db);
    assert_int_equal(visible(fixture, 0), 6);
    erase_row(fixture, 2);
    assert_int_equal(fixture_sql_int(fixture, "SELECT max(id) FROM erasure"), 1);
    assert_true(is_intact(fixture));
}

/* Blanking goes on after an end of the process in its middle, and the log is intact at each step. */
static void test_blanking_survives_a_restart(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 50, NOON);
    assert_int_equal(erase_all(fixture), 50);
    int steps = 0;
    while (blank_some(fixture)) {
        steps++;
        assert_true(is_intact(fixture));
        fixture_reopen(fixture);
        fixture_append(fixture, 1, NOON + 100 + steps);
        assert_int_equal(visible(fixture, 0), steps);
    }
    assert_in_range(steps, 50 / CHUNK, 50);
    assert_int_equal(verify(fixture).erased, 50);
}

/* In whatever order erasures and retention come, the log stays intact and the counts are those of the rows.
 */
static void test_erasure_and_retention_in_any_order(void **state)
{
    struct store_fixture *fixture = *state;
    uint32_t random = 4711;
    int64_t next = NOON;
    int64_t oldest = NOON;
    for (int step = 0; step < 150; step++) {
        random = random * 1664525u + 1013904223u;
        switch (random >> 28) {
        case 0:
            erase_all(fixture);
            break;
        case 1:
        case 2:
            blank_some(fixture);
            break;
        case 3:
        case 4:
            oldest += (next - oldest) / 3;
            retain(fixture, oldest);
            break;
        case 5:
        case 6: {
            struct bh_audit_page page;
            const struct bh_audit_filter filter = {.account = fixture->account};
            ok(bh_audit_list(fixture->db, &filter, 0, random % 20, 1, &fixture->arena, &page));
            if (page.count == 1)
                erase_row(fixture, page.rows[0].id);
            break;
        }
        case 7:
            fixture_reopen(fixture);
            break;
        default:
            fixture_append(fixture, 1 + (int)(random % 23), next);
            next += BH_MS_PER_DAY / 5;
        }
        assert_true(is_intact(fixture));
        for (int agent = -1; agent < AGENTS; agent++)
            (void)visible(fixture, agent < 0 ? 0 : fixture->agents[agent]);
    }
    blank_all(fixture);
    assert_true(is_intact(fixture));
}

/* ---- tampering ------------------------------------------------------------------------------------------
 */

/* Rows blanked, put back or claimed by hand, and any change of the trail, are found. */
static void test_tampering_with_erasures_is_found(void **state)
{
    struct store_fixture *fixture = *state;
    static const char *const changes[] = {
        "UPDATE audit SET flags = 8, salt = NULL, action = NULL, permission_id = NULL WHERE id = 25",
        "UPDATE audit SET flags = 8, salt = NULL, action = NULL, permission_id = NULL, erasure = 1 WHERE id "
        "= 25",
        "UPDATE audit SET flags = 8, salt = NULL, action = NULL, permission_id = NULL, erasure = 2 WHERE id "
        "= 25",
        "UPDATE audit SET erasure = 9 WHERE id = 5", "UPDATE audit SET erasure = NULL WHERE id = 5",
        "UPDATE audit SET erasure = 1 WHERE id = 5", "UPDATE audit SET erasure = 3 WHERE id = 5",
        "DELETE FROM erasure WHERE id = 1", "DELETE FROM erasure WHERE id = 2",
        "DELETE FROM erasure WHERE id = 3", "DELETE FROM erasure",
        "UPDATE erasure SET erased_by = 'user_b' WHERE id = 1",
        "UPDATE erasure SET erased_at = 1 WHERE id = 2", "UPDATE erasure SET entries = 18 WHERE id = 2",
        "UPDATE erasure SET last_row = 25 WHERE id = 2", "UPDATE erasure SET first_row = 2 WHERE id = 2",
        "UPDATE erasure SET account = 9 WHERE id = 3", "UPDATE erasure SET request_hash = NULL WHERE id = 3",
        "UPDATE erasure SET mac = zeroblob(32) WHERE id = 3",
        "UPDATE erasure SET mac = zeroblob(32) WHERE id = 1",
        "INSERT INTO erasure SELECT 4, account, erased_at, erased_by, request_hash, first_row, last_row, "
        "entries, "
        "done_through, mac FROM erasure WHERE id = 3",
        "UPDATE audit_state SET trail = 2, trail_mac = (SELECT mac FROM erasure WHERE id = 2)",
        "UPDATE audit_state SET trail = 0"};
    fixture_append(fixture, 20, NOON);
    erase_row(fixture, 4);
    fixture_sql(fixture, "CREATE TABLE whole AS SELECT * FROM audit WHERE id = 6");
    assert_int_equal(erase_all(fixture), 19);
    blank_all(fixture);
    fixture_append(fixture, 10, NOON + 100);
    fixture_sql(fixture, "INSERT INTO whole SELECT * FROM audit WHERE id = 22");
    erase_row(fixture, 22);
    assert_true(is_intact(fixture));
    fixture_sql(fixture,
        "CREATE TABLE kept_audit AS SELECT * FROM audit; CREATE TABLE kept_erasure AS SELECT * "
        "FROM erasure; CREATE TABLE kept_state AS SELECT * FROM audit_state");
    static const char *const copies[] = {
        "DELETE FROM audit WHERE id = 6; INSERT INTO audit SELECT * FROM whole WHERE id = 6",
        "DELETE FROM audit WHERE id = 22; INSERT INTO audit SELECT * FROM whole WHERE id = 22"};
    for (size_t i = 0; i < BH_COUNT(changes) + BH_COUNT(copies); i++) {
        const char *sql = i < BH_COUNT(changes) ? changes[i] : copies[i - BH_COUNT(changes)];
        fixture_sql(fixture, sql);
        if (is_intact(fixture))
            fail_msg("not found: %s", sql);
        fixture_sql(fixture,
            "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept_audit; DELETE FROM erasure; "
            "INSERT INTO erasure SELECT * FROM kept_erasure; DELETE FROM audit_state; "
            "INSERT INTO audit_state SELECT * FROM kept_state");
        assert_true(is_intact(fixture));
    }
}

/* ---- a checkpoint that was kept elsewhere ---------------------------------------------------------------
 */

static enum bh_audit_held hold(
    struct store_fixture *fixture, int64_t size, struct bh_sha256 chain, bool expect_intact)
{
    struct bh_audit_report report;
    const struct bh_audit_known known = {size, chain};
    ok(bh_audit_verify(fixture->db, &fixture->key, &known, NULL, NULL, NULL, &report));
    assert_int_equal(report.intact, expect_intact);
    return report.held;
}

static struct bh_sha256 chain_of(struct store_fixture *fixture, int64_t id)
{
    struct bh_sha256 chain;
    struct bh_stmt *stmt = bh_db_statement(fixture->db, "SELECT chain FROM audit WHERE id = $1");
    bh_stmt_bind_int(stmt, 1, id);
    ok(bh_stmt_step(stmt));
    assert_true(bh_stmt_sha256(stmt, 0, &chain));
    bh_stmt_end(stmt);
    return chain;
}

/* A known row holds while the log only grows, is erased and shortened from its front; a shorter log and
 * another chain are found. */
static void test_a_known_row_is_held_against_the_log(void **state)
{
    struct store_fixture *fixture = *state;
    assert_int_equal(hold(fixture, 0, (struct bh_sha256){{0}}, true), BH_AUDIT_HOLDS);
    fixture_append(fixture, 10, NOON);
    struct bh_sha256 chain = chain_of(fixture, 10);
    assert_int_equal(hold(fixture, 10, chain, true), BH_AUDIT_HOLDS);
    fixture_append(fixture, 10, NOON + 100);
    erase_all(fixture);
    blank_all(fixture);
    assert_int_equal(hold(fixture, 10, chain, true), BH_AUDIT_HOLDS);
    assert_int_equal(hold(fixture, 9, chain, false), BH_AUDIT_RECOMPUTED);
    assert_int_equal(hold(fixture, 21, chain, false), BH_AUDIT_CUT);
    retain(fixture, NOON + 100);
    assert_int_equal(hold(fixture, 10, chain, true), BH_AUDIT_HOLDS);
    assert_int_equal(hold(fixture, 9, chain, true), BH_AUDIT_REMOVED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_erased_entries_vanish_at_once),
        store_test(test_another_account_is_left_alone),
        store_test(test_erasing_nothing_is_not_recorded),
        store_test(test_the_trail_is_listed),
        store_test(test_an_undone_erasure_of_all),
        store_test(test_blanking_survives_a_restart),
        store_test(test_erasure_and_retention_in_any_order),
        store_test(test_tampering_with_erasures_is_found),
        store_test(test_a_known_row_is_held_against_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
