// SPDX-License-Identifier: Apache-2.0
/* The key directories of guarded sites. */
#include "sites_fixture.h"

static struct bh_site_directory_record directory_of(struct store_fixture *fixture, int64_t site, int number)
{
    return (struct bh_site_directory_record){.site = site,
        .directory_id = numbered(fixture, "dir_", number),
        .url = numbered(fixture, "https://bot", number % 1000),
        .next_at = NOON + number,
        .created_at = NOON + number};
}

static void new_directory(struct store_fixture *fixture, int64_t site, int number, bool pinned)
{
    int64_t id;
    struct bh_site_directory_record directory = directory_of(fixture, site, number);
    directory.is_pinned = pinned;
    ok(bh_site_directory_create(fixture->db, &directory, &id));
}

static struct bh_site_directory_record find(struct store_fixture *fixture, int64_t site, int number)
{
    struct bh_site_directory_record directory = {0};
    ok(bh_site_directory_find(
        fixture->db, site, numbered(fixture, "dir_", number), &fixture->arena, &directory));
    return directory;
}

static enum bh_err note(
    struct store_fixture *fixture, int64_t site, int number, const char *keys, const char *error, int64_t at)
{
    const struct bh_directory_outcome outcome = {.site = site,
        .directory_id = numbered(fixture, "dir_", number),
        .keys = keys == NULL ? BH_ABSENT : bh_span_from(keys),
        .error = error == NULL ? BH_ABSENT : bh_span_from(error),
        .failures = error == NULL ? 0 : 3,
        .next_at = at + 1000,
        .asked_at = at + 5};
    return bh_site_directory_fetched(fixture->db, &outcome, at);
}

/* A directory keeps its keys when a fetch fails, and remembers why, when and how often. */
static void test_a_failed_fetch_leaves_the_keys(void **state)
{
    struct store_fixture *fixture = *state;
    const struct sites_fixture sites = begin(fixture);
    new_directory(fixture, sites.mine, 1, false);
    struct bh_site_directory_record directory = find(fixture, sites.mine, 1);
    assert_text(directory.keys, "[]");
    assert_int_equal(directory.fetched_at, 0);
    ok(note(fixture, sites.mine, 1, "[1]", NULL, NOON + 20));
    ok(note(fixture, sites.mine, 1, NULL, "away", NOON + 30));
    directory = find(fixture, sites.mine, 1);
    assert_text(directory.keys, "[1]");
    assert_text(directory.error, "away");
    assert_int_equal(directory.fetched_at, NOON + 20);
    assert_int_equal(directory.attempted_at, NOON + 30);
    assert_int_equal(directory.next_at, NOON + 1030);
    assert_int_equal(directory.failures, 3);
    ok(note(fixture, sites.mine, 1, "[2]", NULL, NOON + 40));
    directory = find(fixture, sites.mine, 1);
    assert_true(bh_span_is_absent(directory.error));
    assert_int_equal(directory.failures, 0);
    assert_int_equal(bh_site_directory_delete(fixture->db, sites.theirs, directory.directory_id),
        BH_ERR_DIRECTORY_NOT_FOUND);
    ok(bh_site_directory_delete(fixture->db, sites.mine, directory.directory_id));
    assert_int_equal(note(fixture, sites.mine, 1, "[3]", NULL, NOON + 50), BH_ERR_DIRECTORY_NOT_FOUND);
    fixture_commit(fixture);
}

/*
 * What became of a directory that was deleted meanwhile reaches no other, also not one that has its number
 * now, and no keys that somebody gave.
 */
static void test_an_outcome_reaches_its_own_directory_alone(void **state)
{
    struct store_fixture *fixture = *state;
    const struct sites_fixture sites = begin(fixture);
    new_directory(fixture, sites.mine, 1, false);
    const struct bh_site_directory_record gone = find(fixture, sites.mine, 1);
    ok(bh_site_directory_delete(fixture->db, sites.mine, gone.directory_id));
    new_directory(fixture, sites.theirs, 2, false);
    assert_int_equal(find(fixture, sites.theirs, 2).id, gone.id);
    assert_int_equal(note(fixture, sites.mine, 1, "[9]", NULL, NOON), BH_ERR_DIRECTORY_NOT_FOUND);
    assert_int_equal(note(fixture, sites.mine, 2, "[9]", NULL, NOON), BH_ERR_DIRECTORY_NOT_FOUND);
    assert_text(find(fixture, sites.theirs, 2).keys, "[]");
    new_directory(fixture, sites.mine, 3, true);
    const struct bh_site_directory_record pinned = find(fixture, sites.mine, 3);
    assert_int_equal(note(fixture, sites.mine, 3, "[9]", NULL, NOON), BH_ERR_DIRECTORY_NOT_FOUND);
    assert_int_equal(bh_site_directory_claim(fixture->db, fixture->account, &pinned, NOON, NOON + 1),
        BH_ERR_DIRECTORY_NOT_FOUND);
    assert_int_equal(
        bh_site_directory_ask(fixture->db, fixture->account, &pinned, NOON), BH_ERR_DIRECTORY_NOT_FOUND);
    assert_text(find(fixture, sites.mine, 3).keys, "[]");
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

/* The sites of one account can trust so many directories and no more; another account is not concerned. */
static void test_an_account_has_a_limit(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t site = 0;
    int64_t id;
    const struct sites_fixture sites = begin(fixture);
    for (int number = 0; number < BH_ACCOUNT_DIRECTORIES_MAX; number++) {
        if (number % BH_SITE_DIRECTORIES_MAX == 0)
            site = new_site(fixture, fixture->account, 2 + number);
        new_directory(fixture, site, number, number % 2 == 0);
    }
    const struct bh_site_directory_record more = directory_of(fixture, sites.mine, 5000);
    assert_int_equal(bh_site_directory_create(fixture->db, &more, &id), BH_ERR_ACCOUNT_DIRECTORY_LIMIT);
    new_directory(fixture, sites.theirs, 5001, false);
    ok(bh_site_directory_delete(fixture->db, site, numbered(fixture, "dir_", 499)));
    ok(bh_site_directory_create(fixture->db, &more, &id));
    fixture_commit(fixture);
}

/* ---- whose turn it is ---- */

static const struct bh_directory_turn at_noon = {.now_ms = NOON + 10, .latest_ms = NOON + 1000};

/* The number of the directory that is next, which is claimed; 0 = none is due. */
static int take(struct store_fixture *fixture, const struct bh_directory_turn *turn, int64_t until)
{
    struct bh_site_directory_record directory;
    int64_t account;
    enum bh_err err = bh_site_directory_next(fixture->db, turn, &fixture->arena, &directory, &account);
    if (err == BH_ERR_NOT_FOUND)
        return 0;
    ok(err);
    ok(bh_site_directory_claim(fixture->db, account, &directory, turn->now_ms, until));
    return (int)strtol(directory.directory_id.data + strlen("dir_"), NULL, 10);
}

/*
 * Accounts take turns, however many directories one has due; of one account those come first that have been
 * due the longest. Pinned ones and those to come never do.
 */
static void test_accounts_take_turns(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_directory_turn turn = at_noon;
    const int expected[] = {1, 6, 2, 7, 3, 0};
    const struct sites_fixture sites = begin(fixture);
    for (int number = 1; number <= 3; number++)
        new_directory(fixture, sites.mine, number, false);
    new_directory(fixture, sites.mine, 4, true);
    new_directory(fixture, sites.mine, 400, false);
    new_directory(fixture, sites.theirs, 7, false);
    new_directory(fixture, sites.theirs, 6, false);
    for (size_t i = 0; i < BH_COUNT(expected); i++, turn.now_ms++)
        assert_int_equal(take(fixture, &turn, NOON + 500), expected[i]);
    fixture_commit(fixture);
}

/* What waits for an account that is busy is not due, and does not count for when something is. */
static void test_busy_accounts_are_passed_over(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t soonest;
    const struct sites_fixture sites = begin(fixture);
    new_directory(fixture, sites.mine, 1, false);
    new_directory(fixture, sites.theirs, 300, false);
    struct bh_directory_turn turn = at_noon;
    ok(bh_site_directory_soonest(fixture->db, &turn, &soonest));
    assert_int_equal(soonest, NOON + 1);
    turn.busy[BH_DIRECTORIES_AT_ONCE - 1] = fixture->account;
    assert_int_equal(take(fixture, &turn, NOON + 500), 0);
    ok(bh_site_directory_soonest(fixture->db, &turn, &soonest));
    assert_int_equal(soonest, NOON + 300);
    turn.busy[0] = sites.other;
    assert_int_equal(bh_site_directory_soonest(fixture->db, &turn, &soonest), BH_ERR_NOT_FOUND);
    turn.busy[BH_DIRECTORIES_AT_ONCE - 1] = 0;
    assert_int_equal(take(fixture, &turn, NOON + 500), 1);
    fixture_commit(fixture);
}

/* Once the clock is set back, times that it had set make nobody wait: neither directories nor accounts. */
static void test_a_clock_that_is_set_back_delays_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t soonest;
    struct bh_directory_turn later = at_noon;
    const struct sites_fixture sites = begin(fixture);
    new_directory(fixture, sites.mine, 1, false);
    new_directory(fixture, sites.theirs, 2, false);
    later.now_ms += BH_MS_PER_DAY;
    assert_int_equal(take(fixture, &later, NOON + 2 * BH_MS_PER_DAY), 1);
    ok(bh_site_directory_soonest(fixture->db, &at_noon, &soonest));
    assert_int_equal(soonest, NOON + 2);
    assert_int_equal(take(fixture, &at_noon, NOON + 500), 2);
    assert_int_equal(take(fixture, &at_noon, NOON + 500), 1);
    assert_int_equal(take(fixture, &at_noon, NOON + 500), 0);
    fixture_commit(fixture);
}

/* Whoever asks while it is fetched already gets it fetched once more, soon after. */
static void test_who_asks_during_a_fetch_is_not_forgotten(void **state)
{
    struct store_fixture *fixture = *state;
    const struct sites_fixture sites = begin(fixture);
    new_directory(fixture, sites.mine, 1, false);
    const struct bh_site_directory_record directory = find(fixture, sites.mine, 1);
    ok(bh_site_directory_ask(fixture->db, fixture->account, &directory, NOON + 3));
    assert_int_equal(take(fixture, &at_noon, NOON + 500), 1);
    assert_false(find(fixture, sites.mine, 1).is_asked);
    ok(bh_site_directory_ask(fixture->db, fixture->account, &directory, NOON + 12));
    ok(note(fixture, sites.mine, 1, "[1]", NULL, NOON + 20));
    assert_int_equal(find(fixture, sites.mine, 1).next_at, NOON + 25);
    assert_true(find(fixture, sites.mine, 1).is_asked);
    fixture_commit(fixture);
}

/* An account can wait for so many directories and no more, one of them as often as it likes. */
static void test_an_account_waits_for_a_few(void **state)
{
    struct store_fixture *fixture = *state;
    const struct sites_fixture sites = begin(fixture);
    for (int number = 1; number <= BH_DIRECTORIES_ASKED_MAX + 1; number++)
        new_directory(fixture, sites.mine, number, false);
    for (int number = 1; number <= BH_DIRECTORIES_ASKED_MAX; number++) {
        const struct bh_site_directory_record asked = find(fixture, sites.mine, number);
        ok(bh_site_directory_ask(fixture->db, fixture->account, &asked, NOON));
    }
    const struct bh_site_directory_record first = find(fixture, sites.mine, 1);
    const struct bh_site_directory_record more = find(fixture, sites.mine, BH_DIRECTORIES_ASKED_MAX + 1);
    ok(bh_site_directory_ask(fixture->db, fixture->account, &first, NOON));
    assert_int_equal(
        bh_site_directory_ask(fixture->db, fixture->account, &more, NOON), BH_ERR_DIRECTORIES_ASKED);
    new_directory(fixture, sites.theirs, 50, false);
    const struct bh_site_directory_record theirs = find(fixture, sites.theirs, 50);
    ok(bh_site_directory_ask(fixture->db, sites.other, &theirs, NOON));
    assert_int_equal(take(fixture, &at_noon, NOON + 500), 1);
    ok(bh_site_directory_ask(fixture->db, fixture->account, &more, NOON));
    fixture_commit(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_a_failed_fetch_leaves_the_keys),
        store_test(test_an_outcome_reaches_its_own_directory_alone),
        store_test(test_directories_have_limits),
        store_test(test_an_account_has_a_limit),
        store_test(test_accounts_take_turns),
        store_test(test_busy_accounts_are_passed_over),
        store_test(test_a_clock_that_is_set_back_delays_nothing),
        store_test(test_who_asks_during_a_fetch_is_not_forgotten),
        store_test(test_an_account_waits_for_a_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
