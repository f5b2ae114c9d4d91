// SPDX-License-Identifier: Apache-2.0
/* The key directories and the access logs of guarded sites. */
#include "sites_fixture.h"

/* ---- directories ---- */

static struct bh_site_directory_record directory_of(struct store_fixture *fixture, int64_t site, int number)
{
    return (struct bh_site_directory_record){.site = site,
        .directory_id = numbered(fixture, "dir_", number),
        .url = numbered(fixture, "https://bot", number % 1000),
        .attempted_at = NOON + number,
        .created_at = NOON + number};
}

static void new_directory(struct store_fixture *fixture, int64_t site, int number, bool pinned)
{
    int64_t id;
    struct bh_site_directory_record directory = directory_of(fixture, site, number);
    directory.is_pinned = pinned;
    ok(bh_site_directory_create(fixture->db, &directory, &id));
}

/* A directory keeps its keys when a fetch fails, and remembers why and when. */
static void test_a_failed_fetch_leaves_the_keys(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_directory_record directory;
    int64_t id;
    const struct sites_fixture sites = begin(fixture);
    const struct bh_site_directory_record made = directory_of(fixture, sites.mine, 1);
    ok(bh_site_directory_create(fixture->db, &made, &id));
    ok(bh_site_directory_find(fixture->db, sites.mine, made.directory_id, &fixture->arena, &directory));
    assert_text(directory.keys, "[]");
    assert_int_equal(directory.fetched_at, 0);
    ok(bh_site_directory_fetched(fixture->db, id, BH_SPAN("[1]"), BH_ABSENT, NOON + 20));
    ok(bh_site_directory_fetched(fixture->db, id, BH_ABSENT, BH_SPAN("away"), NOON + 30));
    ok(bh_site_directory_find(fixture->db, sites.mine, made.directory_id, &fixture->arena, &directory));
    assert_text(directory.keys, "[1]");
    assert_text(directory.error, "away");
    assert_int_equal(directory.fetched_at, NOON + 20);
    assert_int_equal(directory.attempted_at, NOON + 30);
    ok(bh_site_directory_fetched(fixture->db, id, BH_SPAN("[2]"), BH_ABSENT, NOON + 40));
    ok(bh_site_directory_find(fixture->db, sites.mine, made.directory_id, &fixture->arena, &directory));
    assert_true(bh_span_is_absent(directory.error));
    assert_int_equal(
        bh_site_directory_delete(fixture->db, sites.theirs, made.directory_id), BH_ERR_DIRECTORY_NOT_FOUND);
    ok(bh_site_directory_delete(fixture->db, sites.mine, made.directory_id));
    assert_int_equal(
        bh_site_directory_fetched(fixture->db, id, BH_ABSENT, BH_ABSENT, NOON), BH_ERR_DIRECTORY_NOT_FOUND);
    fixture_commit(fixture);
}

/* A site trusts an address once, and no more of them than its limit. */
static void test_directories_have_limits(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_directory_record *list = NULL;
    size_t count;
    int64_t id;
    const struct sites_fixture sites = begin(fixture);
    new_directory(fixture, sites.mine, 1, false);
    const struct bh_site_directory_record twin = directory_of(fixture, sites.mine, 1001);
    assert_int_equal(bh_site_directory_create(fixture->db, &twin, &id), BH_ERR_DIRECTORY_TAKEN);
    for (int number = 2; number <= BH_SITE_DIRECTORIES_MAX; number++)
        new_directory(fixture, sites.mine, number, false);
    const struct bh_site_directory_record more = directory_of(fixture, sites.mine, 21);
    assert_int_equal(bh_site_directory_create(fixture->db, &more, &id), BH_ERR_DIRECTORY_LIMIT);
    new_directory(fixture, sites.theirs, 2001, false);
    ok(bh_site_directory_list(fixture->db, sites.mine, &fixture->arena, &list, &count));
    assert_int_equal(count, BH_SITE_DIRECTORIES_MAX);
    assert_text(list[0].directory_id, "dir_020");
    fixture_commit(fixture);
}

/* Due are those that are not pinned and were not tried since then, of all sites, longest ago first. */
static void test_due_directories_come_longest_ago_first(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_site_directory_record *list = NULL;
    size_t count;
    const struct sites_fixture sites = begin(fixture);
    new_directory(fixture, sites.mine, 3, false);
    new_directory(fixture, sites.theirs, 1, false);
    new_directory(fixture, sites.mine, 2, true);
    new_directory(fixture, sites.mine, 4, false);
    ok(bh_site_directory_due(fixture->db, NOON + 4, 10, &fixture->arena, &list, &count));
    assert_int_equal(count, 2);
    assert_text(list[0].directory_id, "dir_001");
    assert_text(list[1].directory_id, "dir_003");
    ok(bh_site_directory_due(fixture->db, NOON + 5, 1, &fixture->arena, &list, &count));
    assert_int_equal(count, 1);
    fixture_commit(fixture);
}

/* ---- the access log ---- */

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
        store_test(test_a_failed_fetch_leaves_the_keys),
        store_test(test_directories_have_limits),
        store_test(test_due_directories_come_longest_ago_first),
        store_test(test_the_log_reads_back_in_pages),
        store_test(test_an_unknown_reason_denies),
        store_test(test_retention_goes_in_portions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
