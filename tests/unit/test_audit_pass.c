// SPDX-License-Identifier: Apache-2.0
/* What a pass over the audit log finds when it is made in steps while the log goes on. */
#include "audit_fixture.h"

/* A pass that has come to the end goes on with what is new, and finds it altered when it is. */
static void test_a_pass_follows_the_log(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_finding first;
    struct bh_audit_pass *pass = start_pass(fixture, &first);
    assert_true(step(fixture, pass, 10));
    fixture_append(fixture, 25, NOON);
    assert_false(step(fixture, pass, 10));
    assert_int_equal(bh_audit_pass_through(pass), 10);
    fixture_append(fixture, 5, NOON);
    assert_false(step(fixture, pass, 10));
    assert_false(step(fixture, pass, 10));
    assert_true(step(fixture, pass, 10));
    assert_int_equal(bh_audit_pass_through(pass), 30);
    assert_true(is_intact(pass));
    fixture_append(fixture, 5, NOON);
    fixture_sql(fixture, "UPDATE audit SET vendor = 'other' WHERE id = 33");
    assert_true(step(fixture, pass, 10));
    assert_false(is_intact(pass));
    assert_int_equal(first.kind, BH_AUDIT_ALTERED);
    assert_int_equal(first.first, 33);
    bh_audit_pass_destroy(pass);
}

/* Rows that retention removes before and behind the pass are no breach; the pass goes on behind them. */
static void test_retention_does_not_break_a_pass(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_finding first;
    fixture_append(fixture, 2000, NOON);
    fixture_append(fixture, 100, NOON + 10 * BH_MS_PER_DAY);
    for (size_t walked = 100; walked <= 900; walked += 800) {
        struct bh_audit_pass *pass = start_pass(fixture, &first);
        assert_false(step(fixture, pass, walked));
        assert_true(retain(fixture, NOON + BH_MS_PER_DAY, 512) > 0);
        assert_false(step(fixture, pass, 100));
        while (!step(fixture, pass, 100))
            continue;
        assert_true(is_intact(pass));
        assert_int_equal(bh_audit_pass_through(pass), 2100);
        bh_audit_pass_destroy(pass);
    }
}

/* Rows that are erased before and behind the pass are no breach, one by one or all of them. */
static void test_erasing_does_not_break_a_pass(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_finding first;
    int64_t entries;
    bool more = true;
    fixture_append(fixture, 100, NOON);
    struct bh_audit_pass *pass = start_pass(fixture, &first);
    assert_false(step(fixture, pass, 50));
    erase(fixture, 10);
    erase(fixture, 90);
    assert_false(step(fixture, pass, 10));
    fixture_begin(fixture);
    ok(bh_audit_erase_all(fixture->log, fixture->account, BH_SPAN("user_x"), NOON, &entries));
    fixture_commit(fixture);
    assert_false(step(fixture, pass, 10));
    while (more) {
        fixture_begin(fixture);
        ok(bh_audit_erase_chunk(fixture->log, 60, NOON, &more));
        fixture_commit(fixture);
        assert_false(step(fixture, pass, 5));
    }
    while (!step(fixture, pass, 10))
        continue;
    assert_true(is_intact(pass));
    bh_audit_pass_destroy(pass);
}

/* Content that vanishes without an entry in the trail is found by the pass that comes there later. */
static void test_a_pass_finds_what_was_blanked_without_record(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_finding first;
    fixture_append(fixture, 100, NOON);
    erase(fixture, 20);
    struct bh_audit_pass *pass = start_pass(fixture, &first);
    assert_false(step(fixture, pass, 50));
    erase(fixture, 80);
    fixture_sql(fixture, "UPDATE audit SET erasure = 2 WHERE id = 80");
    fixture_sql(fixture, "DELETE FROM erasure WHERE id = 2");
    while (!step(fixture, pass, 10))
        continue;
    assert_false(is_intact(pass));
    assert_int_equal(first.kind, BH_AUDIT_TRAIL_BROKEN);
    bh_audit_pass_destroy(pass);
}

/* Of the trail, a pass reads what is new behind what it knows, and finds it altered when it is. */
static void test_a_pass_follows_the_trail(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_audit_finding first;
    struct bh_audit_report report;
    fixture_append(fixture, 100, NOON);
    struct bh_audit_pass *pass = start_pass(fixture, &first);
    for (int64_t entries = 1; entries <= 3; entries++) {
        erase(fixture, 10 * entries);
        assert_false(step(fixture, pass, 5));
        bh_audit_pass_report(pass, &report);
        assert_true(report.intact);
        assert_int_equal(report.erasures, entries);
    }
    erase(fixture, 90);
    fixture_sql(fixture, "UPDATE erasure SET erased_by = 'user_y' WHERE id = 4");
    assert_false(step(fixture, pass, 5));
    assert_false(is_intact(pass));
    assert_int_equal(first.kind, BH_AUDIT_TRAIL_BROKEN);
    assert_int_equal(first.first, 4);
    bh_audit_pass_destroy(pass);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_a_pass_follows_the_log),
        store_test(test_retention_does_not_break_a_pass),
        store_test(test_erasing_does_not_break_a_pass),
        store_test(test_a_pass_follows_the_trail),
        store_test(test_a_pass_finds_what_was_blanked_without_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
