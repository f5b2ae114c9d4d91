// SPDX-License-Identifier: Apache-2.0
/*
 * The events and how far they are: of the caller's account, and for an operator of all accounts.
 */
#include "http/handlers.h"

#include "app/webhooks.h"
#include "http/credentials.h"
#include "http/present_webhooks.h"
#include "http/reply.h"
#include "store/reader.h"

#define SHOWN_EVENTS 50
#define SHOWN_EVENTS_OPERATOR 100
#define EVENTS_LIMIT 100
#define SHOWN_DELIVERIES 100

/* ---- whose events ---- */

struct scope {
    int64_t account;               /* 0 = of all accounts */
    struct bh_authority authority; /* not of an operator */
    bool all;
};

static enum bh_err find_scope(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db, bool all, struct scope *ret_scope)
{
    struct bh_principal principal = {0};
    enum bh_err err = all ? bh_credential_require_operator(app, exchange, db)
                          : bh_credential_require_person(app, exchange, db, &principal);
    if (err == BH_OK)
        *ret_scope = (struct scope){principal.account, principal.authority, all};
    return err;
}

/* ---- query ---- */

static enum bh_err read_limit(struct bh_span text, size_t fallback, size_t *ret_limit)
{
    size_t limit = 0;
    if (bh_span_is_absent(text)) {
        *ret_limit = fallback;
        return BH_OK;
    }
    if (text.len == 0 || text.len > 3)
        return BH_ERR_QUERY_LIMIT_100;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return BH_ERR_QUERY_LIMIT_100;
        limit = limit * 10 + (size_t)(text.data[i] - '0');
    }
    if (limit < 1 || limit > EVENTS_LIMIT)
        return BH_ERR_QUERY_LIMIT_100;
    *ret_limit = limit;
    return BH_OK;
}

/* Tests can be asked for too, though nobody can subscribe to them. */
static bool find_type(struct bh_span text, int *ret_type)
{
    enum bh_event_type type = BH_EVENT_WEBHOOK_TEST;
    if (!bh_span_equal(text, bh_span_from(bh_event_type_text(type))) && !bh_event_type_find(text, &type))
        return false;
    *ret_type = (int)type;
    return true;
}

static enum bh_err read_filter(const struct bh_exchange *exchange, size_t limit,
    struct bh_event_filter *filter, struct bh_span *ret_detail)
{
    struct bh_span status = bh_exchange_query(exchange, "status");
    struct bh_span type = bh_exchange_query(exchange, "type");
    struct bh_span dead = bh_exchange_query(exchange, "deadLetter");
    struct bh_span before = bh_exchange_query(exchange, "before");
    uint64_t salt;
    filter->state = BH_EVENT_STATES;
    filter->type = -1;
    if (!bh_span_is_absent(status) && !bh_event_state_find(status, &filter->state))
        return BH_ERR_EVENT_STATUS;
    *ret_detail = type;
    if (!bh_span_is_absent(type) && !find_type(type, &filter->type))
        return BH_ERR_WEBHOOK_EVENT_TYPE;
    *ret_detail = BH_SPAN("deadLetter");
    filter->only_dead_letters = bh_span_equal(dead, BH_SPAN("true"));
    if (!bh_span_is_absent(dead) && !filter->only_dead_letters && !bh_span_equal(dead, BH_SPAN("false")))
        return BH_ERR_QUERY_BOOLEAN;
    if (!bh_span_is_absent(before) && !bh_record_id_decode(BH_RECORD_EVENT, before, &filter->before, &salt))
        return BH_ERR_EVENT_BEFORE;
    return read_limit(bh_exchange_query(exchange, "limit"), limit, &filter->limit);
}

/* ---- list ---- */

/* `next` becomes the public id to go on with: of it only the row counts. */
static void reply_list(
    struct bh_exchange *exchange, const struct bh_event_view *events, size_t count, int64_t next, bool all)
{
    char text[BH_RECORD_ID_TEXT];
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"events\":");
    bh_present_events(events, count, all, body);
    bh_json_add_key(body, "nextBefore");
    if (next != 0)
        bh_event_id_encode(next, 0, text);
    bh_json_add_string_or_null(body, next == 0 ? BH_ABSENT : bh_span_from(text));
    bh_buf_add_char(body, '}');
}

static void list(struct bh_app *app, struct bh_exchange *exchange, bool all)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct scope scope = {0};
    struct bh_event_filter filter = {0};
    struct bh_span detail = BH_ABSENT;
    struct bh_event_view *events = NULL;
    size_t count = 0;
    int64_t next = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = find_scope(app, exchange, reader.db, all, &scope);
    if (err == BH_OK)
        err = read_filter(exchange, all ? SHOWN_EVENTS_OPERATOR : SHOWN_EVENTS, &filter, &detail);
    filter.account = scope.account;
    if (err == BH_OK)
        err = bh_event_list(reader.db, &filter, &exchange->arena, &events, &count, &next);
    if (err == BH_OK)
        reply_list(exchange, events, count, next, all);
    else
        bh_reply_error(exchange, err, detail);
}

void bh_api_webhook_event_list(struct bh_app *app, struct bh_exchange *exchange)
{
    list(app, exchange, false);
}

void bh_api_operator_event_list(struct bh_app *app, struct bh_exchange *exchange)
{
    list(app, exchange, true);
}

/* ---- one ---- */

static void read_one(struct bh_app *app, struct bh_exchange *exchange, bool all)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct scope scope = {0};
    struct bh_event_view event;
    struct bh_delivery_view *deliveries = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = find_scope(app, exchange, reader.db, all, &scope);
    if (err == BH_OK)
        err = bh_event_find(reader.db, scope.account, exchange->params[0], &exchange->arena, &event);
    if (err == BH_OK)
        err = bh_delivery_list_by_event(
            reader.db, event.event.id, SHOWN_DELIVERIES, &exchange->arena, &deliveries, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"event\":");
    bh_present_event(&event, all, body);
    bh_buf_add_text(body, ",\"deliveries\":");
    bh_present_deliveries(deliveries, count, body);
    bh_buf_add_char(body, '}');
}

void bh_api_webhook_event_read(struct bh_app *app, struct bh_exchange *exchange)
{
    read_one(app, exchange, false);
}

void bh_api_operator_event_read(struct bh_app *app, struct bh_exchange *exchange)
{
    read_one(app, exchange, true);
}

/* ---- replay ---- */

static enum bh_err find_scope_alone(
    struct bh_app *app, struct bh_exchange *exchange, bool all, struct scope *ret_scope)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    return err == BH_OK ? find_scope(app, exchange, reader.db, all, ret_scope) : err;
}

static enum bh_err load(
    struct bh_app *app, struct bh_exchange *exchange, int64_t account, struct bh_event_view *ret_event)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err != BH_OK)
        return err;
    return bh_event_find(reader.db, account, exchange->params[0], &exchange->arena, ret_event);
}

static void replay(struct bh_app *app, struct bh_exchange *exchange, bool all)
{
    struct scope scope = {0};
    struct bh_event_view event;
    enum bh_err err = find_scope_alone(app, exchange, all, &scope);
    if (err == BH_OK)
        err = bh_webhooks_replay_event(app, all ? NULL : &scope.authority, exchange->params[0]);
    if (err == BH_OK)
        err = load(app, exchange, scope.account, &event);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"replayed\":true,\"event\":");
    bh_present_event(&event, all, body);
    bh_buf_add_char(body, '}');
}

void bh_api_webhook_event_replay(struct bh_app *app, struct bh_exchange *exchange)
{
    replay(app, exchange, false);
}

void bh_api_operator_event_replay(struct bh_app *app, struct bh_exchange *exchange)
{
    replay(app, exchange, true);
}

void bh_api_webhook_event_replay_all(struct bh_app *app, struct bh_exchange *exchange)
{
    struct scope scope = {0};
    int64_t replayed = 0;
    bool more = false;
    enum bh_err err = find_scope_alone(app, exchange, false, &scope);
    if (err == BH_OK)
        err = bh_webhooks_replay_all(app, &scope.authority, 0, &replayed, &more);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        bh_buf_addf(bh_reply_json(exchange, 200), "{\"replayed\":%lld,\"more\":%s}", (long long)replayed,
            more ? "true" : "false");
}
