// SPDX-License-Identifier: Apache-2.0
/* What the background check of the audit log's chain says, turn by turn. */
#include "audit_fixture.h"

#include "app/chain_check.h"

struct checked {
    struct bh_chain_check *check;
    int64_t now_ms; /* of both clocks */
};

static struct checked start(const struct store_fixture *fixture)
{
    struct checked checked = {.check = bh_chain_check_create(fixture->store, &fixture->key), .now_ms = 1000};
    assert_non_null(checked.check);
    return checked;
}

/* One turn, when it is due. */
static struct bh_chain_status turn(struct checked *checked)
{
    checked->now_ms += bh_chain_check_turn(checked->check, checked->now_ms, checked->now_ms);
    return bh_chain_check_status(checked->check);
}

/* Before the first turn nothing is known; until a pass is through it says so; then everything is verified. */
static void test_a_first_pass_comes_to_its_end(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 2 * BH_CHAIN_STEP_ROWS + 1, NOON);
    struct checked checked = start(fixture);
    assert_int_equal(bh_chain_check_status(checked.check).state, BH_CHAIN_VERIFYING);
    for (int64_t steps = 1; steps <= 2; steps++) {
        struct bh_chain_status status = turn(&checked);
        assert_int_equal(status.state, BH_CHAIN_VERIFYING);
        assert_int_equal(status.through, steps * BH_CHAIN_STEP_ROWS);
        assert_int_equal(status.verified_at, 0);
        assert_int_equal(checked.now_ms, 1000 + steps * BH_CHAIN_STEP_MS);
    }
    int64_t before = checked.now_ms;
    struct bh_chain_status status = turn(&checked);
    assert_int_equal(status.state, BH_CHAIN_VERIFIED);
    assert_int_equal(status.through, 2 * BH_CHAIN_STEP_ROWS + 1);
    assert_int_equal(status.verified_at, before);
    assert_int_equal(checked.now_ms, before + BH_CHAIN_IDLE_MS);
    bh_chain_check_destroy(checked.check);
}

/* An empty log is verified. */
static void test_an_empty_log_is_verified(void **state)
{
    struct checked checked = start(*state);
    struct bh_chain_status status = turn(&checked);
    assert_int_equal(status.state, BH_CHAIN_VERIFIED);
    assert_int_equal(status.through, 0);
    bh_chain_check_destroy(checked.check);
}

/* What is new is checked at the next look, and stays verified while it is more than one step. */
static void test_new_rows_are_followed(void **state)
{
    struct store_fixture *fixture = *state;
    struct checked checked = start(fixture);
    (void)turn(&checked);
    fixture_append(fixture, BH_CHAIN_STEP_ROWS + 10, NOON);
    struct bh_chain_status status = turn(&checked);
    assert_int_equal(status.state, BH_CHAIN_VERIFIED);
    assert_int_equal(status.through, BH_CHAIN_STEP_ROWS);
    status = turn(&checked);
    assert_int_equal(status.through, BH_CHAIN_STEP_ROWS + 10);
    bh_chain_check_destroy(checked.check);
}

/* An altered row is found, named, and what lies before it stays the last that was checked. */
static void test_an_altered_row_breaks_it(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 100, NOON);
    fixture_sql(fixture, "UPDATE audit SET vendor = 'other' WHERE id = 40");
    struct checked checked = start(fixture);
    struct bh_chain_status status = turn(&checked);
    assert_int_equal(status.state, BH_CHAIN_BROKEN);
    assert_int_equal(status.broken_row, 40);
    assert_int_equal(status.through, 39);
    assert_int_equal(status.verified_at, 0);
    bh_chain_check_destroy(checked.check);
}

/* A cut-off end breaks it too, though no row is to blame. */
static void test_a_cut_off_end_breaks_it(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 100, NOON);
    fixture_sql(fixture, "DELETE FROM audit WHERE id > 90");
    struct checked checked = start(fixture);
    struct bh_chain_status status = turn(&checked);
    assert_int_equal(status.state, BH_CHAIN_BROKEN);
    assert_int_equal(status.broken_row, 0);
    assert_int_equal(status.through, 90);
    bh_chain_check_destroy(checked.check);
}

/* A row that is altered after it was checked is found when the check begins again, a day later. */
static void test_it_begins_again_after_a_day(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 100, NOON);
    struct checked checked = start(fixture);
    assert_int_equal(turn(&checked).state, BH_CHAIN_VERIFIED);
    fixture_sql(fixture, "UPDATE audit SET vendor = 'other' WHERE id = 40");
    checked.now_ms = 1000 + BH_CHAIN_AGAIN_MS - 1;
    assert_int_equal(turn(&checked).state, BH_CHAIN_VERIFIED);
    struct bh_chain_status status = turn(&checked);
    assert_int_equal(status.state, BH_CHAIN_BROKEN);
    assert_int_equal(status.broken_row, 40);
    bh_chain_check_destroy(checked.check);
}

/* A pass that takes longer than a day goes on to its end; only then does the next one begin. */
static void test_a_pass_longer_than_a_day_comes_to_its_end(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, 2 * BH_CHAIN_STEP_ROWS + 1, NOON);
    struct checked checked = start(fixture);
    assert_int_equal(turn(&checked).through, BH_CHAIN_STEP_ROWS);
    checked.now_ms += BH_CHAIN_AGAIN_MS;
    assert_int_equal(turn(&checked).through, 2 * BH_CHAIN_STEP_ROWS);
    struct bh_chain_status status = turn(&checked);
    assert_int_equal(status.state, BH_CHAIN_VERIFIED);
    assert_int_equal(status.through, 2 * BH_CHAIN_STEP_ROWS + 1);
    fixture_sql(fixture, "UPDATE audit SET vendor = 'other' WHERE id = 40");
    assert_int_equal(turn(&checked).state, BH_CHAIN_BROKEN); /* the next one, from the beginning */
    bh_chain_check_destroy(checked.check);
}

/* A broken log stays broken, new rows or not, until a whole pass finds nothing any more. */
static void test_a_broken_log_stays_broken_for_its_day(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_append(fixture, BH_CHAIN_STEP_ROWS, NOON);
    int64_t salt = fixture_sql_int(fixture, "SELECT salt FROM audit WHERE id = 40");
    fixture_sql(fixture, "UPDATE audit SET salt = salt + 1 WHERE id = 40");
    struct checked checked = start(fixture);
    assert_int_equal(turn(&checked).state, BH_CHAIN_BROKEN);
    char repair[96];
    snprintf(repair, sizeof(repair), "UPDATE audit SET salt = %lld WHERE id = 40", (long long)salt);
    fixture_sql(fixture, repair);
    fixture_append(fixture, 10, NOON);
    assert_int_equal(turn(&checked).state, BH_CHAIN_BROKEN);
    checked.now_ms += BH_CHAIN_AGAIN_MS;
    assert_int_equal(turn(&checked).state, BH_CHAIN_BROKEN); /* the new pass is not through yet */
    struct bh_chain_status status = turn(&checked);
    assert_int_equal(status.state, BH_CHAIN_VERIFIED);
    assert_int_equal(status.broken_row, 0);
    assert_int_equal(status.through, BH_CHAIN_STEP_ROWS + 10);
    bh_chain_check_destroy(checked.check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_a_first_pass_comes_to_its_end),
        store_test(test_an_empty_log_is_verified),
        store_test(test_new_rows_are_followed),
        store_test(test_an_altered_row_breaks_it),
        store_test(test_a_cut_off_end_breaks_it),
        store_test(test_it_begins_again_after_a_day),
        store_test(test_a_pass_longer_than_a_day_comes_to_its_end),
        store_test(test_a_broken_log_stays_broken_for_its_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
