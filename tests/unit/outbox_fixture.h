// SPDX-License-Identifier: Apache-2.0
/* What the tests of the outbox share: endpoints, events and what came of attempts. */
#ifndef BH_TESTS_UNIT_OUTBOX_FIXTURE_H
#define BH_TESTS_UNIT_OUTBOX_FIXTURE_H

#include "store_fixture.h"

#include "store/deliveries.h"

#define DENIED BH_EVENT_VERIFICATION_DENIED
#define ALLOWED BH_EVENT_VERIFICATION_ALLOWED

static inline int64_t add_webhook(struct store_fixture *fixture, const char *webhook_id, int64_t mask)
{
    int64_t id;
    const struct bh_webhook_record webhook = {.account = fixture->account,
        .webhook_id = bh_span_from(webhook_id),
        .url = BH_SPAN("https://example.com/"),
        .event_mask = mask,
        .secret = BH_SPAN("sealed-1"),
        .secret_preview = BH_SPAN("whsec_abcd...efgh="),
        .created_at = NOON};
    fixture_begin(fixture);
    ok(bh_webhook_create(fixture->db, &webhook, &id));
    fixture_commit(fixture);
    return id;
}

static inline int64_t add_event(
    struct store_fixture *fixture, int agent, enum bh_event_type type, int64_t created_at)
{
    struct bh_event_record event = {.salt = 7,
        .account = fixture->account,
        .agent = agent < 0 ? 0 : fixture->agents[agent],
        .type = type,
        .created_at = created_at,
        .payload = BH_SPAN("{\"eventId\":\"evt_1\"}")};
    fixture_begin(fixture);
    ok(bh_event_next_id(fixture->db, &event.id));
    ok(bh_event_append(fixture->db, &event));
    fixture_commit(fixture);
    return event.id;
}

static inline void record(struct store_fixture *fixture, int64_t webhook, int64_t event, int64_t attempt,
    bool has_row, bool succeeded, int64_t next_retry_at)
{
    const struct bh_delivery_result result = {.webhook = webhook,
        .event = event,
        .attempt = attempt,
        .has_row = has_row,
        .succeeded = succeeded,
        .http_status = succeeded ? 200 : 500,
        .error = succeeded ? BH_ABSENT : BH_SPAN("Endpoint returned HTTP 500."),
        .next_retry_at = next_retry_at,
        .ended_at = NOON + attempt};
    fixture_begin(fixture);
    ok(bh_delivery_record(fixture->db, &result, 1));
    fixture_commit(fixture);
}

static inline void settle(struct store_fixture *fixture, int64_t webhook, int64_t through)
{
    const struct bh_delivery_progress progress = {
        .webhook = webhook, .settled_through = through, .last_triggered_at = NOON, .version = 1};
    fixture_begin(fixture);
    ok(bh_delivery_progress(fixture->db, &progress));
    fixture_commit(fixture);
}

static inline void public_id(int64_t event, char ret_text[static BH_RECORD_ID_TEXT])
{
    bh_event_id_encode(event, 7, ret_text);
}

static inline struct bh_event_view view_of(struct store_fixture *fixture, int64_t event)
{
    char text[BH_RECORD_ID_TEXT];
    struct bh_event_view view;
    public_id(event, text);
    ok(bh_event_find(fixture->db, fixture->account, bh_span_from(text), &fixture->arena, &view));
    return view;
}

static inline size_t list(
    struct store_fixture *fixture, const struct bh_event_filter *filter, int64_t *ret_first)
{
    struct bh_event_view *views;
    size_t count;
    int64_t next;
    ok(bh_event_list(fixture->db, filter, &fixture->arena, &views, &count, &next));
    *ret_first = count == 0 ? 0 : views[0].event.id;
    return count;
}

#endif
