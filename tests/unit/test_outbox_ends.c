// SPDX-License-Identifier: Apache-2.0
/* What becomes of events when endpoints are given up, disabled or changed, and what looking for them costs.
 */
#include "outbox_fixture.h"

#include "store/db.h"

#define ME fixture->db, fixture->account

static bool give_up(struct store_fixture *fixture, int64_t version)
{
    bool changed;
    fixture_begin(fixture);
    ok(bh_webhook_give_up(ME, BH_SPAN("wh_a"), version, BH_SPAN("why"), NOON, &changed));
    fixture_commit(fixture);
    return changed;
}

static void disable(struct store_fixture *fixture)
{
    bool changed;
    fixture_begin(fixture);
    ok(bh_webhook_disable(ME, BH_SPAN("wh_a"), NOON, &changed));
    assert_true(changed);
    fixture_commit(fixture);
}

static void enable(struct store_fixture *fixture)
{
    bool changed;
    fixture_begin(fixture);
    ok(bh_webhook_enable(ME, BH_SPAN("wh_a"), NOON, &changed));
    assert_true(changed);
    fixture_commit(fixture);
}

static void want(struct store_fixture *fixture, int64_t mask)
{
    fixture_begin(fixture);
    ok(bh_webhook_update(ME, BH_SPAN("wh_a"), mask, BH_ABSENT, NOON));
    fixture_commit(fixture);
}

static struct bh_webhook_record load(struct store_fixture *fixture)
{
    struct bh_webhook_record webhook;
    ok(bh_webhook_find(ME, BH_SPAN("wh_a"), &fixture->arena, &webhook));
    return webhook;
}

/* The new events that the endpoint would be sent; the first of them. */
static size_t load_new(struct store_fixture *fixture, int64_t *ret_first)
{
    struct bh_delivery_item items[16];
    size_t count;
    int64_t through;
    bool more;
    struct bh_webhook_record webhook = load(fixture);
    const struct bh_delivery_target target = {webhook.id, webhook.account, webhook.event_mask};
    ok(bh_delivery_load_new(
        fixture->db, &target, webhook.settled_through, 16, items, &count, &through, &more));
    *ret_first = count == 0 ? 0 : items[0].event;
    return count;
}

/* ---- the server gives up --------------------------------------------------------------------------------
 */

/* After the server has disabled an endpoint, what waited can be replayed, and what was untried is sent later.
 */
static void test_giving_up_loses_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t first;
    size_t count;
    int64_t a = add_webhook(fixture, "wh_a", 1);
    int64_t waiting = add_event(fixture, 0, ALLOWED, NOON);
    int64_t on_its_way = add_event(fixture, 0, ALLOWED, NOON);
    record(fixture, a, waiting, 1, false, false, NOON + 5000);
    settle(fixture, a, waiting);
    int64_t untried = add_event(fixture, 0, ALLOWED, NOON);
    assert_true(give_up(fixture, load(fixture).version));
    record(fixture, a, on_its_way, 1, false, false, NOON + 5000);
    assert_int_equal(view_of(fixture, waiting).state, BH_EVENT_FAILED);
    assert_true(view_of(fixture, waiting).dead_letter);
    assert_true(view_of(fixture, on_its_way).dead_letter);
    assert_int_equal(view_of(fixture, untried).state, BH_EVENT_PENDING);
    const struct bh_event_filter filter = {
        .account = fixture->account, .state = BH_EVENT_PENDING, .type = -1, .limit = 100};
    assert_int_equal(list(fixture, &filter, &first), 1);
    assert_int_equal(first, untried);
    enable(fixture);
    assert_int_equal(load_new(fixture, &first), 1);
    assert_int_equal(first, untried);
    fixture_begin(fixture);
    ok(bh_delivery_replay_all(ME, 0, 100, NOON, &count));
    fixture_commit(fixture);
    assert_int_equal(count, 2);
}

/* What waits for an endpoint to be enabled again can be erased meanwhile, and is then not sent. */
static void test_a_given_up_endpoint_holds_back_no_erasure(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t first;
    bool settled;
    add_webhook(fixture, "wh_a", 1);
    int64_t event = add_event(fixture, 0, ALLOWED, NOON);
    ok(bh_event_is_settled(fixture->db, event, &settled));
    assert_false(settled);
    assert_true(give_up(fixture, load(fixture).version));
    ok(bh_event_is_settled(fixture->db, event, &settled));
    assert_true(settled);
    fixture_sql(fixture, "UPDATE event SET payload = ''");
    assert_int_equal(view_of(fixture, event).state, BH_EVENT_COMPLETED);
    enable(fixture);
    assert_int_equal(load_new(fixture, &first), 0);
}

/* Whoever has changed the endpoint in the meantime is not overruled by the server. */
static void test_giving_up_respects_a_change(void **state)
{
    struct store_fixture *fixture = *state;
    add_webhook(fixture, "wh_a", 1);
    int64_t version = load(fixture).version;
    disable(fixture);
    enable(fixture);
    assert_true(load(fixture).version > version); /* within one millisecond */
    assert_false(give_up(fixture, version));
    assert_text(load(fixture).status, "active");
    assert_true(give_up(fixture, load(fixture).version));
    assert_text(load(fixture).disabled_reason, "why");
    assert_false(give_up(fixture, load(fixture).version));
}

/* ---- somebody disables it -------------------------------------------------------------------------------
 */

/* What a person's disabling or deleting dropped is shown as failed, tried or not, also after enabling. */
static void test_what_was_dropped_is_not_completed(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t first;
    int64_t a = add_webhook(fixture, "wh_a", 1);
    int64_t done = add_event(fixture, 0, ALLOWED, NOON);
    int64_t untried = add_event(fixture, 0, ALLOWED, NOON);
    int64_t unwanted = add_event(fixture, 0, DENIED, NOON);
    record(fixture, a, done, 1, false, true, 0);
    disable(fixture);
    int64_t meanwhile = add_event(fixture, 0, ALLOWED, NOON);
    enable(fixture);
    int64_t later = add_event(fixture, 0, ALLOWED, NOON);
    assert_int_equal(view_of(fixture, done).state, BH_EVENT_COMPLETED);
    assert_int_equal(view_of(fixture, untried).state, BH_EVENT_FAILED);
    assert_false(view_of(fixture, untried).dead_letter);
    assert_text(view_of(fixture, untried).last_error, "wh_a: Not sent: the webhook was disabled or deleted.");
    assert_int_equal(view_of(fixture, unwanted).state, BH_EVENT_COMPLETED);
    assert_int_equal(view_of(fixture, meanwhile).state, BH_EVENT_COMPLETED);
    assert_int_equal(load_new(fixture, &first), 1);
    assert_int_equal(first, later);
    fixture_begin(fixture);
    ok(bh_webhook_delete(ME, BH_SPAN("wh_a"), NOON));
    fixture_commit(fixture);
    assert_int_equal(view_of(fixture, later).state, BH_EVENT_FAILED);
    struct bh_event_filter filter = {
        .account = fixture->account, .state = BH_EVENT_FAILED, .type = -1, .limit = 100};
    assert_int_equal(list(fixture, &filter, &first), 2);
    assert_int_equal(first, later);
    filter.before = later;
    assert_int_equal(list(fixture, &filter, &first), 1);
    assert_int_equal(first, untried);
    filter.account = 0;
    assert_int_equal(list(fixture, &filter, &first), 1);
    filter.account = fixture->account + 1;
    assert_int_equal(list(fixture, &filter, &first), 0);
}

/* ---- wishes ---------------------------------------------------------------------------------------------
 */

/* A type that is added later is wanted from the next event on; what was wanted all along is not lost. */
static void test_a_new_wish_is_for_new_events(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t first;
    add_webhook(fixture, "wh_a", bh_event_bit(ALLOWED));
    add_event(fixture, 0, DENIED, NOON);
    int64_t wanted = add_event(fixture, 0, ALLOWED, NOON);
    want(fixture, bh_event_bit(ALLOWED) | bh_event_bit(DENIED));
    assert_int_equal(load_new(fixture, &first), 1);
    assert_int_equal(first, wanted);
    add_event(fixture, 0, DENIED, NOON);
    want(fixture, bh_event_bit(ALLOWED) | bh_event_bit(DENIED));
    assert_int_equal(load_new(fixture, &first), 2);
    want(fixture, bh_event_bit(ALLOWED));
    assert_int_equal(load_new(fixture, &first), 1);
    want(fixture, bh_event_bit(ALLOWED) | bh_event_bit(DENIED));
    assert_int_equal(load_new(fixture, &first), 1);
    assert_int_equal(view_of(fixture, 1).state, BH_EVENT_COMPLETED);
    assert_int_equal(view_of(fixture, wanted).state, BH_EVENT_PENDING);
}

/* A previous secret is removed when its time is over and not before. */
static void test_previous_secrets_are_forgotten(void **state)
{
    struct store_fixture *fixture = *state;
    size_t count;
    int64_t before, after;
    add_webhook(fixture, "wh_a", 1);
    fixture_begin(fixture);
    ok(bh_webhook_rotate(ME, BH_SPAN("wh_a"), BH_SPAN("sealed-2"), BH_SPAN("p"), NOON));
    ok(bh_webhook_forget_secrets(fixture->db, NOON + BH_WEBHOOK_OVERLAP_MS, 10, &count));
    assert_int_equal(count, 0);
    ok(bh_outbox_version(fixture->db, &before));
    ok(bh_webhook_forget_secrets(fixture->db, NOON + BH_WEBHOOK_OVERLAP_MS + 1, 10, &count));
    assert_int_equal(count, 1);
    ok(bh_outbox_version(fixture->db, &after));
    fixture_commit(fixture);
    assert_true(after > before);
    assert_true(bh_span_is_absent(load(fixture).previous_secret));
    assert_text(load(fixture).secret, "sealed-2");
}

/* ---- cost -----------------------------------------------------------------------------------------------
 */

static int count_step(void *steps)
{
    (*(int64_t *)steps)++;
    return 0;
}

/* In tens of SQLite's instructions. */
static void count_steps(struct store_fixture *fixture, int64_t *steps)
{
    *steps = 0;
    sqlite3_progress_handler(fixture->db->handle, 10, count_step, steps);
}

static int64_t replay_steps(struct store_fixture *fixture)
{
    int64_t steps;
    size_t count;
    fixture_begin(fixture);
    count_steps(fixture, &steps);
    ok(bh_delivery_replay_all(ME, 0, 100, NOON, &count));
    sqlite3_progress_handler(fixture->db->handle, 0, NULL, NULL);
    fixture_commit(fixture);
    assert_int_equal(count, 100);
    return steps;
}

/* A bulk replay costs what it replays, however many dead deliveries there are. */
static void test_a_replay_costs_what_it_replays(void **state)
{
    struct store_fixture *fixture = *state;
    add_webhook(fixture, "wh_a", 1);
    fixture_sql(fixture, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
                         "INSERT INTO delivery SELECT 1, i, 'dead', 5, 0, NULL FROM n");
    int64_t few = replay_steps(fixture);
    fixture_sql(fixture, "WITH RECURSIVE n(i) AS (SELECT 301 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
                         "INSERT INTO delivery SELECT 1, i, 'dead', 5, 0, NULL FROM n");
    assert_in_range(replay_steps(fixture), 1, 2 * few);
}

/* One call replays a bounded number, whatever the caller asks for. */
static void test_a_replay_is_bounded(void **state)
{
    struct store_fixture *fixture = *state;
    size_t count;
    add_webhook(fixture, "wh_a", 1);
    fixture_sql(fixture, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 201) "
                         "INSERT INTO delivery SELECT 1, i, 'dead', 5, 0, NULL FROM n");
    fixture_begin(fixture);
    ok(bh_delivery_replay_all(ME, 0, 1000, NOON, &count));
    assert_int_equal(count, BH_DELIVERY_REPLAY_MAX);
    ok(bh_delivery_replay_all(ME, 0, 1000, NOON, &count));
    assert_int_equal(count, 1);
    fixture_commit(fixture);
}

/* Looking whose accounts have new events costs what is new, however many old events there are. */
static void test_new_events_are_noticed_cheaply(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t steps, accounts[4];
    size_t count;
    fixture_sql(fixture,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
        "INSERT INTO event (id, salt, account, agent, type, only_webhook, created_at, request_row, payload) "
        "SELECT i, 7, 1 + i % 2, 0, 1, 0, 1, 0, '{}' FROM n");
    count_steps(fixture, &steps);
    ok(bh_event_accounts(fixture->db, 19990, 4, accounts, &count));
    sqlite3_progress_handler(fixture->db->handle, 0, NULL, NULL);
    assert_int_equal(count, 2);
    assert_in_range(steps, 0, 50); /* five hundred instructions */
}

/* However many endpoints were deleted since, what is dead at a live one is found. */
static void test_live_endpoints_are_looked_at_first(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t first;
    int64_t a = add_webhook(fixture, "wh_a", 1);
    int64_t event = add_event(fixture, 0, ALLOWED, NOON);
    record(fixture, a, event, 5, false, false, 0);
    settle(fixture, a, event);
    for (int i = 0; i < 205; i++) {
        add_webhook(fixture, "wh_b", 1);
        fixture_begin(fixture);
        ok(bh_webhook_delete(ME, BH_SPAN("wh_b"), NOON));
        fixture_commit(fixture);
        fixture_sql(fixture, "UPDATE webhook SET webhook_id = 'wh_x' || id WHERE webhook_id = 'wh_b'");
    }
    const struct bh_event_filter filter = {
        .account = fixture->account, .state = BH_EVENT_FAILED, .type = -1, .limit = 100};
    assert_int_equal(list(fixture, &filter, &first), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_giving_up_loses_nothing),
        store_test(test_giving_up_respects_a_change),
        store_test(test_a_given_up_endpoint_holds_back_no_erasure),
        store_test(test_what_was_dropped_is_not_completed),
        store_test(test_a_new_wish_is_for_new_events),
        store_test(test_previous_secrets_are_forgotten),
        store_test(test_a_replay_costs_what_it_replays),
        store_test(test_a_replay_is_bounded),
        store_test(test_new_events_are_noticed_cheaply),
        store_test(test_live_endpoints_are_looked_at_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
