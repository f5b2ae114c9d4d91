// SPDX-License-Identifier: Apache-2.0
/* Endpoints, events and deliveries in a real database. */
#include "outbox_fixture.h"

static int64_t account_mask(struct store_fixture *fixture)
{
    return fixture_sql_int(fixture, "SELECT event_mask FROM account");
}

/* What the account wants is the OR of its active endpoints, after every kind of change. */
static void test_the_account_wants_what_its_active_endpoints_want(void **state)
{
    struct store_fixture *fixture = *state;
    bool changed;
    assert_int_equal(account_mask(fixture), 0);
    add_webhook(fixture, "wh_a", bh_event_bit(ALLOWED));
    add_webhook(fixture, "wh_b", bh_event_bit(DENIED));
    assert_int_equal(account_mask(fixture), 3);
    fixture_begin(fixture);
    ok(bh_webhook_update(fixture->db, fixture->account, BH_SPAN("wh_b"), 16, BH_ABSENT, NOON + 1));
    fixture_commit(fixture);
    assert_int_equal(account_mask(fixture), 17);
    fixture_begin(fixture);
    ok(bh_webhook_disable(fixture->db, fixture->account, BH_SPAN("wh_a"), NOON + 2, &changed));
    assert_true(changed);
    ok(bh_webhook_disable(fixture->db, fixture->account, BH_SPAN("wh_a"), NOON + 3, &changed));
    assert_false(changed);
    fixture_commit(fixture);
    assert_int_equal(account_mask(fixture), 16);
    fixture_begin(fixture);
    ok(bh_webhook_enable(fixture->db, fixture->account, BH_SPAN("wh_a"), NOON + 4, &changed));
    assert_true(changed);
    ok(bh_webhook_delete(fixture->db, fixture->account, BH_SPAN("wh_b"), NOON + 5));
    fixture_commit(fixture);
    assert_int_equal(account_mask(fixture), 1);
}

/* Every change of an endpoint and every replay is noticed by who delivers. */
static void test_every_change_moves_the_version(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t before, after;
    ok(bh_outbox_version(fixture->db, &before));
    add_webhook(fixture, "wh_a", 1);
    ok(bh_outbox_version(fixture->db, &after));
    assert_true(after > before);
    before = after;
    fixture_begin(fixture);
    ok(bh_webhook_rotate(
        fixture->db, fixture->account, BH_SPAN("wh_a"), BH_SPAN("sealed-2"), BH_SPAN("p"), NOON));
    fixture_commit(fixture);
    ok(bh_outbox_version(fixture->db, &after));
    assert_true(after > before);
}

/* A rotation keeps the old secret for a day, and a deletion keeps none. */
static void test_rotation_overlaps_and_deletion_forgets(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_webhook_record webhook;
    add_webhook(fixture, "wh_a", 1);
    fixture_begin(fixture);
    ok(bh_webhook_rotate(
        fixture->db, fixture->account, BH_SPAN("wh_a"), BH_SPAN("sealed-2"), BH_SPAN("new"), NOON + 5));
    fixture_commit(fixture);
    ok(bh_webhook_find(fixture->db, fixture->account, BH_SPAN("wh_a"), &fixture->arena, &webhook));
    assert_text(webhook.secret, "sealed-2");
    assert_text(webhook.previous_secret, "sealed-1");
    assert_text(webhook.secret_preview, "new");
    assert_int_equal(webhook.previous_until, NOON + 5 + 86400000);
    fixture_begin(fixture);
    ok(bh_webhook_delete(fixture->db, fixture->account, BH_SPAN("wh_a"), NOON + 6));
    fixture_commit(fixture);
    assert_int_equal(
        bh_webhook_find(fixture->db, fixture->account, BH_SPAN("wh_a"), &fixture->arena, &webhook),
        BH_ERR_WEBHOOK_NOT_FOUND);
    assert_int_equal(
        fixture_sql_int(fixture, "SELECT length(secret) + (previous_secret IS NOT NULL) FROM webhook"), 0);
}

/* Nobody can see or change an endpoint of another account. */
static void test_endpoints_belong_to_one_account(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_webhook_record webhook;
    int64_t other = fixture->account + 1;
    bool changed;
    add_webhook(fixture, "wh_a", 1);
    fixture_begin(fixture);
    assert_int_equal(bh_webhook_find(fixture->db, other, BH_SPAN("wh_a"), &fixture->arena, &webhook),
        BH_ERR_WEBHOOK_NOT_FOUND);
    assert_int_equal(
        bh_webhook_update(fixture->db, other, BH_SPAN("wh_a"), 2, BH_ABSENT, NOON), BH_ERR_WEBHOOK_NOT_FOUND);
    assert_int_equal(
        bh_webhook_disable(fixture->db, other, BH_SPAN("wh_a"), NOON, &changed), BH_ERR_WEBHOOK_NOT_FOUND);
    assert_int_equal(
        bh_webhook_enable(fixture->db, other, BH_SPAN("wh_a"), NOON, &changed), BH_ERR_WEBHOOK_NOT_FOUND);
    assert_int_equal(bh_webhook_rotate(fixture->db, other, BH_SPAN("wh_a"), BH_SPAN("x"), BH_SPAN("x"), NOON),
        BH_ERR_WEBHOOK_NOT_FOUND);
    assert_int_equal(bh_webhook_delete(fixture->db, other, BH_SPAN("wh_a"), NOON), BH_ERR_WEBHOOK_NOT_FOUND);
    fixture_commit(fixture);
}

/* An account has at most BH_WEBHOOK_MAX endpoints, deleted ones not counted. */
static void test_endpoints_are_limited(void **state)
{
    struct store_fixture *fixture = *state;
    char name[32];
    int64_t id;
    for (int i = 0; i < BH_WEBHOOK_MAX; i++) {
        snprintf(name, sizeof(name), "wh_%d", i);
        add_webhook(fixture, name, 1);
    }
    const struct bh_webhook_record one_more = {.account = fixture->account,
        .webhook_id = BH_SPAN("wh_more"),
        .url = BH_SPAN("https://example.com/"),
        .event_mask = 1,
        .secret = BH_SPAN("s"),
        .secret_preview = BH_SPAN("p"),
        .created_at = NOON};
    fixture_begin(fixture);
    assert_int_equal(bh_webhook_create(fixture->db, &one_more, &id), BH_ERR_WEBHOOK_LIMIT);
    ok(bh_webhook_delete(fixture->db, fixture->account, BH_SPAN("wh_7"), NOON));
    ok(bh_webhook_create(fixture->db, &one_more, &id));
    fixture_commit(fixture);
}

/* An endpoint is given the events of its time that it wants, each once until it was tried. */
static void test_an_endpoint_gets_what_it_wants_from_its_time_on(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_delivery_item items[8];
    size_t count;
    int64_t through;
    bool more;
    add_event(fixture, 0, ALLOWED, NOON); /* before its time */
    int64_t webhook = add_webhook(fixture, "wh_a", bh_event_bit(ALLOWED));
    const struct bh_delivery_target target = {webhook, fixture->account, bh_event_bit(ALLOWED)};
    int64_t first = add_event(fixture, 0, ALLOWED, NOON);
    add_event(fixture, 0, DENIED, NOON); /* not wanted */
    int64_t second = add_event(fixture, 1, ALLOWED, NOON);
    ok(bh_delivery_load_new(fixture->db, &target, 1, 8, items, &count, &through, &more));
    assert_int_equal(count, 2);
    assert_int_equal(items[0].event, first);
    assert_int_equal(items[1].event, second);
    assert_int_equal(items[1].agent, fixture->agents[1]);
    assert_int_equal(through, second);
    assert_false(more);
    record(fixture, webhook, first, 1, false, true, 0);
    ok(bh_delivery_load_new(fixture->db, &target, 1, 2, items, &count, &through, &more));
    assert_int_equal(count, 0);
    assert_int_equal(through, first + 1);
    assert_true(more);
    ok(bh_delivery_load_new(fixture->db, &target, second, 8, items, &count, &through, &more));
    assert_int_equal(count, 0);
    assert_int_equal(through, second);
}

/* An event for one endpoint goes to that one, whatever it wants, and to no other. */
static void test_an_event_for_one_endpoint(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_delivery_item items[8];
    size_t count;
    int64_t through;
    bool more;
    int64_t a = add_webhook(fixture, "wh_a", 1);
    int64_t b = add_webhook(fixture, "wh_b", 1);
    struct bh_event_record event = {.account = fixture->account,
        .type = BH_EVENT_WEBHOOK_TEST,
        .only_webhook = b,
        .created_at = NOON,
        .payload = BH_SPAN("{}")};
    fixture_begin(fixture);
    ok(bh_event_next_id(fixture->db, &event.id));
    ok(bh_event_append(fixture->db, &event));
    fixture_commit(fixture);
    const struct bh_delivery_target target_a = {a, fixture->account, -1};
    const struct bh_delivery_target target_b = {b, fixture->account, 1};
    ok(bh_delivery_load_new(fixture->db, &target_a, 0, 8, items, &count, &through, &more));
    assert_int_equal(count, 0);
    ok(bh_delivery_load_new(fixture->db, &target_b, 0, 8, items, &count, &through, &more));
    assert_int_equal(count, 1);
}

/* An event's state follows its deliveries: waiting, partly done, done, dead. */
static void test_the_state_of_an_event_follows_its_deliveries(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t a = add_webhook(fixture, "wh_a", 1);
    int64_t b = add_webhook(fixture, "wh_b", 1);
    int64_t event = add_event(fixture, 0, ALLOWED, NOON);
    struct bh_event_view view = view_of(fixture, event);
    assert_int_equal(view.state, BH_EVENT_PENDING);
    assert_int_equal(view.attempts, 0);
    assert_text(view.agent_id, fixture_agent_ids[0]);
    record(fixture, a, event, 1, false, true, 0);
    view = view_of(fixture, event);
    assert_int_equal(view.state, BH_EVENT_PROCESSING);
    assert_int_equal(view.attempts, 1);
    record(fixture, b, event, 1, false, false, NOON + 5000);
    settle(fixture, a, event);
    settle(fixture, b, event);
    view = view_of(fixture, event);
    assert_int_equal(view.state, BH_EVENT_PROCESSING);
    assert_int_equal(view.next_attempt_at, NOON + 5000);
    assert_text(view.last_error, "wh_b: Endpoint returned HTTP 500.");
    record(fixture, b, event, 5, true, false, 0);
    view = view_of(fixture, event);
    assert_int_equal(view.state, BH_EVENT_FAILED);
    assert_true(view.dead_letter);
    assert_int_equal(view.attempts, 5);
    record(fixture, b, event, 1, true, true, 0);
    view = view_of(fixture, event);
    assert_int_equal(view.state, BH_EVENT_COMPLETED);
    assert_false(view.dead_letter);
    assert_true(bh_span_is_absent(view.last_error));
}

/* Only what is dead is replayed, at active endpoints, from the first attempt on and at once. */
static void test_only_dead_deliveries_are_replayed(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_delivery_item items[8];
    size_t count;
    bool changed;
    char text[BH_RECORD_ID_TEXT];
    int64_t a = add_webhook(fixture, "wh_a", 1);
    int64_t event = add_event(fixture, 0, ALLOWED, NOON);
    public_id(event, text);
    const struct bh_span id = bh_span_from(text);
    fixture_begin(fixture);
    assert_int_equal(
        bh_delivery_replay(fixture->db, fixture->account, id, NOON), BH_ERR_WEBHOOK_EVENT_NOT_DEAD);
    assert_int_equal(
        bh_delivery_replay(fixture->db, fixture->account + 1, id, NOON), BH_ERR_WEBHOOK_EVENT_NOT_FOUND);
    assert_int_equal(bh_delivery_replay(fixture->db, fixture->account, BH_SPAN("evt_no"), NOON),
        BH_ERR_WEBHOOK_EVENT_NOT_FOUND);
    fixture_commit(fixture);
    record(fixture, a, event, 5, true, false, 0);
    settle(fixture, a, event);
    fixture_begin(fixture);
    ok(bh_webhook_disable(fixture->db, fixture->account, BH_SPAN("wh_a"), NOON, &changed));
    assert_int_equal(bh_delivery_replay(fixture->db, fixture->account, id, NOON), BH_ERR_WEBHOOK_NOT_ACTIVE);
    ok(bh_webhook_enable(fixture->db, fixture->account, BH_SPAN("wh_a"), NOON, &changed));
    ok(bh_delivery_replay(fixture->db, fixture->account, id, NOON + 9));
    fixture_commit(fixture);
    ok(bh_delivery_load_due(fixture->db, a, NOON + 8, 8, items, &count));
    assert_int_equal(count, 0);
    ok(bh_delivery_load_due(fixture->db, a, NOON + 9, 8, items, &count));
    assert_int_equal(count, 1);
    assert_int_equal(items[0].attempts, 0);
    assert_true(items[0].has_row);
    assert_int_equal(view_of(fixture, event).state, BH_EVENT_PENDING);
}

/* A bulk replay takes at most as many as it is told, of one endpoint or of all, and says how many. */
static void test_bulk_replay(void **state)
{
    struct store_fixture *fixture = *state;
    size_t count;
    int64_t a = add_webhook(fixture, "wh_a", 1);
    int64_t b = add_webhook(fixture, "wh_b", 1);
    for (int i = 0; i < 5; i++) {
        int64_t event = add_event(fixture, 0, ALLOWED, NOON);
        record(fixture, a, event, 5, true, false, 0);
        record(fixture, b, event, 5, true, false, 0);
    }
    fixture_begin(fixture);
    ok(bh_delivery_replay_all(fixture->db, fixture->account, b, 3, NOON, &count));
    assert_int_equal(count, 3);
    ok(bh_delivery_replay_all(fixture->db, fixture->account, b, 3, NOON, &count));
    assert_int_equal(count, 2);
    ok(bh_delivery_replay_all(fixture->db, fixture->account + 1, 0, 100, NOON, &count));
    assert_int_equal(count, 0);
    ok(bh_delivery_replay_all(fixture->db, fixture->account, 0, 100, NOON, &count));
    assert_int_equal(count, 5);
    fixture_commit(fixture);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM delivery WHERE status = 'pending'"), 10);
}

/* Disabling drops what waits; a result that comes later does not bring it back. */
static void test_disabling_drops_what_waits(void **state)
{
    struct store_fixture *fixture = *state;
    bool changed;
    int64_t due_at;
    int64_t a = add_webhook(fixture, "wh_a", 1);
    int64_t first = add_event(fixture, 0, ALLOWED, NOON);
    int64_t second = add_event(fixture, 0, ALLOWED, NOON);
    record(fixture, a, first, 1, false, false, NOON + 5000);
    ok(bh_delivery_next_due(fixture->db, a, &due_at));
    assert_int_equal(due_at, NOON + 5000);
    fixture_begin(fixture);
    ok(bh_webhook_disable(fixture->db, fixture->account, BH_SPAN("wh_a"), NOON, &changed));
    fixture_commit(fixture);
    record(fixture, a, second, 1, false, false, NOON + 5000);
    ok(bh_delivery_next_due(fixture->db, a, &due_at));
    assert_true(due_at == INT64_MAX);
    assert_int_equal(view_of(fixture, second).state, BH_EVENT_FAILED);
    assert_false(view_of(fixture, second).dead_letter);
}

/* What happens while it is disabled is not for it, also when it is enabled again. */
static void test_a_pause_is_skipped(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_webhook_record webhook;
    bool changed;
    add_webhook(fixture, "wh_a", 1);
    fixture_begin(fixture);
    ok(bh_webhook_disable(fixture->db, fixture->account, BH_SPAN("wh_a"), NOON, &changed));
    fixture_commit(fixture);
    int64_t event = add_event(fixture, 0, ALLOWED, NOON);
    fixture_begin(fixture);
    ok(bh_webhook_enable(fixture->db, fixture->account, BH_SPAN("wh_a"), NOON, &changed));
    fixture_commit(fixture);
    ok(bh_webhook_find(fixture->db, fixture->account, BH_SPAN("wh_a"), &fixture->arena, &webhook));
    assert_int_equal(webhook.settled_through, event);
    assert_true(bh_span_is_absent(webhook.disabled_reason));
}

/* The mark never goes back, and a stamp from before somebody's change does not overwrite it. */
static void test_the_mark_never_goes_back(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_webhook_record webhook;
    int64_t a = add_webhook(fixture, "wh_a", 1);
    const struct bh_delivery_progress late = {
        .webhook = a, .settled_through = 3, .failing_since = 77, .version = 99};
    settle(fixture, a, 9);
    fixture_begin(fixture);
    ok(bh_delivery_progress(fixture->db, &late));
    fixture_commit(fixture);
    ok(bh_webhook_find(fixture->db, fixture->account, BH_SPAN("wh_a"), &fixture->arena, &webhook));
    assert_int_equal(webhook.settled_through, 9);
    assert_int_equal(webhook.failing_since, 0);
    assert_int_equal(webhook.last_triggered_at, NOON);
}

/* The list shows the newest first, by state, type and dead letters, and never another account's. */
static void test_events_are_listed_newest_first_by_filter(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t first;
    int64_t a = add_webhook(fixture, "wh_a", 3);
    for (int i = 0; i < 6; i++)
        add_event(fixture, -1, i % 2 == 0 ? ALLOWED : DENIED, NOON + i);
    record(fixture, a, 1, 5, true, false, 0);
    record(fixture, a, 2, 1, false, true, 0);
    record(fixture, a, 3, 1, false, false, NOON + 5000);
    settle(fixture, a, 3);
    struct bh_event_filter filter = {
        .account = fixture->account, .state = BH_EVENT_STATES, .type = -1, .limit = 100};
    assert_int_equal(list(fixture, &filter, &first), 6);
    assert_int_equal(first, 6);
    filter.before = 3;
    assert_int_equal(list(fixture, &filter, &first), 2);
    assert_int_equal(first, 2);
    filter.before = 0;
    filter.limit = 2;
    assert_int_equal(list(fixture, &filter, &first), 2);
    filter.limit = 100;
    filter.type = ALLOWED;
    assert_int_equal(list(fixture, &filter, &first), 3);
    filter.type = -1;
    filter.state = BH_EVENT_FAILED;
    assert_int_equal(list(fixture, &filter, &first), 1);
    assert_int_equal(first, 1);
    filter.state = BH_EVENT_COMPLETED;
    assert_int_equal(list(fixture, &filter, &first), 1);
    assert_int_equal(first, 2);
    filter.state = BH_EVENT_PENDING;
    assert_int_equal(list(fixture, &filter, &first), 4);
    assert_int_equal(first, 6);
    filter.type = DENIED;
    assert_int_equal(list(fixture, &filter, &first), 2);
    filter = (struct bh_event_filter){.account = fixture->account,
        .state = BH_EVENT_STATES,
        .type = -1,
        .only_dead_letters = true,
        .limit = 100};
    assert_int_equal(list(fixture, &filter, &first), 1);
    filter.account++;
    assert_int_equal(list(fixture, &filter, &first), 0);
}

/* The delivery log shows each attempt, newest first, by endpoint and by event. */
static void test_the_delivery_log(void **state)
{
    struct store_fixture *fixture = *state;
    struct bh_delivery_view *views;
    size_t count;
    char text[BH_RECORD_ID_TEXT];
    int64_t a = add_webhook(fixture, "wh_a", 1);
    int64_t event = add_event(fixture, 0, ALLOWED, NOON);
    public_id(event, text);
    record(fixture, a, event, 1, false, false, NOON + 5000);
    record(fixture, a, event, 2, true, true, 0);
    ok(bh_delivery_list_by_webhook(fixture->db, a, 50, &fixture->arena, &views, &count));
    assert_int_equal(count, 2);
    assert_true(views[0].succeeded);
    assert_int_equal(views[0].attempt, 2);
    assert_text(views[0].webhook_id, "wh_a");
    assert_string_equal(views[0].event_id, text);
    assert_memory_equal(views[0].delivery_id.data, "dlv_", 4);
    assert_false(views[1].succeeded);
    assert_int_equal(views[1].next_retry_at, NOON + 5000);
    assert_text(views[1].error, "Endpoint returned HTTP 500.");
    ok(bh_delivery_list_by_event(fixture->db, event, 1, &fixture->arena, &views, &count));
    assert_int_equal(count, 1);
}

/* Old events, attempts and deleted endpoints are removed in portions, and their ids are not given out again.
 */
static void test_what_is_old_is_removed_in_portions(void **state)
{
    struct store_fixture *fixture = *state;
    size_t removed;
    int64_t id;
    int64_t a = add_webhook(fixture, "wh_a", 1);
    for (int i = 0; i < 5; i++) {
        int64_t event = add_event(fixture, 0, ALLOWED, NOON + i);
        record(fixture, a, event, 1, false, false, NOON + 5000);
    }
    fixture_begin(fixture);
    ok(bh_event_purge(fixture->db, NOON + 4, 3, &removed));
    assert_int_equal(removed, 3);
    ok(bh_event_purge(fixture->db, NOON + 4, 3, &removed));
    assert_int_equal(removed, 1);
    ok(bh_event_purge(fixture->db, NOON + 4, 3, &removed));
    assert_int_equal(removed, 0);
    ok(bh_delivery_purge(fixture->db, NOON + 1, 3, &removed));
    assert_int_equal(removed, 0);
    ok(bh_delivery_purge(fixture->db, NOON + 2, 3, &removed));
    assert_int_equal(removed, 3);
    ok(bh_event_purge(fixture->db, NOON + 5, 3, &removed));
    assert_int_equal(removed, 1);
    ok(bh_event_next_id(fixture->db, &id));
    assert_int_equal(id, 6);
    ok(bh_webhook_delete(fixture->db, fixture->account, BH_SPAN("wh_a"), NOON));
    ok(bh_webhook_purge(fixture->db, NOON, 10, &removed));
    assert_int_equal(removed, 0);
    ok(bh_webhook_purge(fixture->db, NOON + 1, 10, &removed));
    assert_int_equal(removed, 1);
    fixture_commit(fixture);
    assert_int_equal(fixture_sql_int(fixture, "SELECT count(*) FROM delivery"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(test_the_account_wants_what_its_active_endpoints_want),
        store_test(test_every_change_moves_the_version),
        store_test(test_rotation_overlaps_and_deletion_forgets),
        store_test(test_endpoints_belong_to_one_account),
        store_test(test_endpoints_are_limited),
        store_test(test_an_endpoint_gets_what_it_wants_from_its_time_on),
        store_test(test_an_event_for_one_endpoint),
        store_test(test_the_state_of_an_event_follows_its_deliveries),
        store_test(test_only_dead_deliveries_are_replayed),
        store_test(test_bulk_replay),
        store_test(test_disabling_drops_what_waits),
        store_test(test_a_pause_is_skipped),
        store_test(test_the_mark_never_goes_back),
        store_test(test_events_are_listed_newest_first_by_filter),
        store_test(test_the_delivery_log),
        store_test(test_what_is_old_is_removed_in_portions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
