// SPDX-License-Identifier: Apache-2.0
/* Whether deliveries are late, in a real database. */
#include "outbox_fixture.h"

#include "store/health.h"

static struct bh_delivery_health look(struct store_fixture *fixture, int64_t now_ms)
{
    struct bh_delivery_health health;
    ok(bh_health_of_delivery(fixture->db, now_ms, &health));
    return health;
}

/* Without endpoints and events nothing is due, and nothing was tried. */
static void test_an_empty_outbox_owes_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_delivery_health health = look(fixture, NOON);
    assert_true(health.oldest_due == INT64_MAX);
    assert_int_equal(health.newest_attempt, 0);
    add_event(fixture, 0, DENIED, NOON); /* nobody wants it */
    add_webhook(fixture, "wh_a", bh_event_bit(ALLOWED));
    assert_true(look(fixture, NOON + 1).oldest_due == INT64_MAX);
}

/* An event that an active endpoint wants is due from its beginning until its first attempt, one whose attempt
 * failed from the time of the next one on; the earliest counts. */
static void test_the_earliest_wanted_event_is_the_oldest(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t webhook = add_webhook(fixture, "wh_a", bh_event_bit(DENIED));
    int64_t unwanted = add_event(fixture, 0, ALLOWED, NOON);
    int64_t first = add_event(fixture, 0, DENIED, NOON + 10);
    add_event(fixture, 0, DENIED, NOON + 20);
    assert_true(unwanted < first);
    assert_int_equal(look(fixture, NOON + 30).oldest_due, NOON + 10);
    record(
        fixture, webhook, first, 1, false, false, NOON + 500); /* the mark stands still, for other reasons */
    struct bh_delivery_health health = look(fixture, NOON + 30);
    assert_int_equal(health.oldest_due, NOON + 20);
    assert_int_equal(health.newest_attempt, NOON + 1);
    settle(fixture, webhook, first + 1);
    assert_true(look(fixture, NOON + 499).oldest_due == INT64_MAX);
    assert_int_equal(look(fixture, NOON + 500).oldest_due, NOON + 500);
}

/* What an endpoint that is switched off has not got is not owed to it. */
static void test_a_disabled_endpoint_is_owed_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    bool changed;
    add_webhook(fixture, "wh_a", bh_event_bit(DENIED));
    add_event(fixture, 0, DENIED, NOON);
    assert_int_equal(look(fixture, NOON + 1).oldest_due, NOON);
    fixture_begin(fixture);
    ok(bh_webhook_disable(fixture->db, fixture->account, BH_SPAN("wh_a"), NOON + 2, &changed));
    fixture_commit(fixture);
    assert_true(look(fixture, NOON + 3).oldest_due == INT64_MAX);
}

/* The probe writes, and needs a transaction for it. */
static void test_the_probe_writes(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_begin(fixture);
    ok(bh_health_probe(fixture->db, NOON));
    fixture_commit(fixture);
    assert_int_equal(fixture_sql_int(fixture, "SELECT probed_at FROM meta"), NOON);
    assert_int_not_equal(bh_health_probe(fixture->db, NOON + 1), BH_OK);
    assert_int_equal(fixture_sql_int(fixture, "SELECT probed_at FROM meta"), NOON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_an_empty_outbox_owes_nothing),
        store_test(test_the_earliest_wanted_event_is_the_oldest),
        store_test(test_a_disabled_endpoint_is_owed_nothing),
        store_test(test_the_probe_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
