// SPDX-License-Identifier: Apache-2.0
/* The access logs of guarded sites. */
#include "sites_fixture.h"

/* An entry reads back as it was written; pages go on below the last number; sites are apart. */
static void test_the_log_reads_back_in_pages(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_check_record *rows = NULL;
    size_t count;
    int64_t last = 99;
    const struct sites_fixture sites = begin(fixture);
    ok(bh_site_check_last(fixture->db, sites.mine, &last));
    assert_int_equal(last, 0);
    append(fixture, sites.mine, 1, NOON);
    append(fixture, sites.theirs, 1, NOON);
    const struct bh_site_check_record full = {.site = sites.mine,
        .number = 2,
        .request_id = BH_SPAN("req_full"),
        .rule_id = BH_SPAN("sgr_1"),
        .domain = BH_SPAN("s001"),
        .path = BH_SPAN("/p"),
        .user_agent = BH_SPAN(""),
        .agent_identifier = BH_SPAN("me"),
        .verified_agent = BH_SPAN("https://bot.example"),
        .reason = BH_SITE_REASON_BLOCKED,
        .created_at = NOON + 2};
    ok(bh_site_check_append(fixture->db, &full));
    assert_int_equal(bh_site_check_append(fixture->db, &full), BH_ERR_CONFLICT);
    ok(bh_site_check_last(fixture->db, sites.mine, &last));
    assert_int_equal(last, 2);
    ok(bh_site_check_list(fixture->db, sites.mine, 0, 1, &fixture->arena, &rows, &count));
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].number, 2);
    assert_text(rows[0].request_id, "req_full");
    assert_text(rows[0].rule_id, "sgr_1");
    assert_text(rows[0].user_agent, "");
    assert_text(rows[0].agent_identifier, "me");
    assert_text(rows[0].verified_agent, "https://bot.example");
    assert_int_equal(rows[0].reason, BH_SITE_REASON_BLOCKED);
    assert_int_equal(rows[0].created_at, NOON + 2);
    ok(bh_site_check_list(fixture->db, sites.mine, 2, 10, &fixture->arena, &rows, &count));
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].number, 1);
    assert_true(bh_span_is_absent(rows[0].rule_id));
    ok(bh_site_check_list(fixture->db, sites.mine, 1, 10, &fixture->arena, &rows, &count));
    assert_int_equal(count, 0);
    fixture_commit(fixture);
    assert_int_equal(fixture_sql_int(fixture, "SELECT sum(allowed) FROM site_check"), 2);
}

/* A reason of a later version reads as one that denies. */
static void test_an_unknown_reason_denies(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_check_record *rows = NULL;
    size_t count;
    const struct sites_fixture sites = begin(fixture);
    append(fixture, sites.mine, 1, NOON);
    fixture_commit(fixture);
    fixture_sql(fixture, "UPDATE site_check SET reason = 99");
    ok(bh_site_check_list(fixture->db, sites.mine, 0, 10, &fixture->arena, &rows, &count));
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].reason, BH_SITE_REASON_FAILED_CLOSED);
}

/* Retention removes at most so many of the oldest, site by site, and none that is young enough. */
static void test_retention_goes_in_portions(void **state)
{
    struct store_fixture *fixture = *state;
    size_t removed = 99;
    const struct sites_fixture sites = begin(fixture);
    for (int64_t number = 1; number <= 10; number++) {
        append(fixture, sites.mine, number, NOON + number);
        append(fixture, sites.theirs, number, NOON + 2 * number);
    }
    ok(bh_site_check_purge(fixture->db, NOON + 1, 100, &removed));
    assert_int_equal(removed, 0);
    ok(bh_site_check_purge(fixture->db, NOON + 8, 4, &removed));
    assert_int_equal(removed, 4);
    assert_int_equal(checks(fixture, sites.mine), 6);
    ok(bh_site_check_purge(fixture->db, NOON + 8, 4, &removed));
    assert_int_equal(removed, 4);
    assert_int_equal(checks(fixture, sites.mine), 3);
    assert_int_equal(checks(fixture, sites.theirs), 9);
    ok(bh_site_check_purge(fixture->db, NOON + 8, 4, &removed));
    assert_int_equal(removed, 2);
    assert_int_equal(checks(fixture, sites.theirs), 7);
    ok(bh_site_check_purge(fixture->db, NOON + 8, 4, &removed));
    assert_int_equal(removed, 0);
    ok(bh_site_check_purge(fixture->db, NOON + 100, 100, &removed));
    assert_int_equal(removed, 10);
    fixture_commit(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_the_log_reads_back_in_pages),
        store_test(test_an_unknown_reason_denies),
        store_test(test_retention_goes_in_portions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
