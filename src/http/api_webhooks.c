// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/webhooks.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/present_webhooks.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "store/reader.h"
#include "webhooks/url.h"

#define SHOWN_DELIVERIES 50
#define ITEM_LIMIT 65536

/* ---- who is calling, about which endpoint ---- */

/* The endpoint of the path, for whoever may change it. Whether it exists is found out by the change. */
static enum bh_err find_ref(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_webhook_ref *ret_webhook)
{
    struct bh_principal principal;
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        *ret_webhook = (struct bh_webhook_ref){app, principal.authority, exchange->params[0]};
    return err;
}

static enum bh_err load(
    struct bh_exchange *exchange, const struct bh_webhook_ref *ref, struct bh_webhook_record *ret_webhook)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(ref->app->store, &reader);
    if (err != BH_OK)
        return err;
    return bh_webhook_find(reader.db, ref->authority.account, ref->webhook_id, &exchange->arena, ret_webhook);
}

/* The last step of a change whose answer is always the same. */
static void reply_done(struct bh_exchange *exchange, enum bh_err err, const char *answer)
{
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        bh_buf_add_text(bh_reply_json(exchange, 200), answer);
}

/* ---- look ---- */

void bh_api_webhook_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    struct bh_webhook_record *webhooks = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err = bh_webhook_list(reader.db, principal.account, &exchange->arena, &webhooks, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    int64_t now_ms = bh_clock_wall_ms();
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"webhooks\":[");
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(body);
        bh_present_webhook(&webhooks[i], now_ms, body);
    }
    bh_buf_add_text(body, "],\"eventTypes\":");
    bh_present_event_types(body);
    bh_buf_add_text(body, ",\"plan\":null,\"webhooksEnabled\":true,\"upgradeHint\":null}");
}

void bh_api_webhook_read(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    struct bh_webhook_record webhook;
    struct bh_delivery_view *deliveries = NULL;
    size_t count = 0;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err = bh_webhook_find(reader.db, principal.account, exchange->params[0], &exchange->arena, &webhook);
    if (err == BH_OK)
        err = bh_delivery_list_by_webhook(
            reader.db, webhook.id, SHOWN_DELIVERIES, &exchange->arena, &deliveries, &count);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"webhook\":");
    bh_present_webhook(&webhook, bh_clock_wall_ms(), body);
    bh_buf_add_text(body, ",\"deliveries\":");
    bh_present_deliveries(deliveries, count, body);
    bh_buf_add_char(body, '}');
}

/* ---- fields ---- */

/* What a body says about an endpoint. */
struct draft {
    struct bh_arena *arena;
    struct bh_span url;    /* absent = not named */
    int64_t event_mask;    /* 0 = not named */
    struct bh_span detail; /* for the text of an error */
};

static enum bh_err read_url(const struct bh_app *app, const json_t *value, struct draft *draft)
{
    draft->detail = BH_SPAN("url");
    return bh_webhook_url_check(
        bh_json_text(value), app->config->allow_private_webhooks, draft->arena, &draft->url);
}

/* What is no string is named as it was sent. */
static enum bh_err refuse_item(const json_t *item, struct draft *draft)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, ITEM_LIMIT);
    if (json_is_string(item))
        bh_buf_add(&text, bh_span_trim(bh_json_text(item)));
    else
        bh_json_add_value(&text, item);
    if (!bh_arena_copy(
            draft->arena, bh_span_utf16_prefix(bh_buf_span(&text), BH_DETAIL_UNITS), &draft->detail))
        return BH_ERR_NO_MEMORY;
    return BH_ERR_WEBHOOK_EVENT_TYPE;
}

static enum bh_err read_events(const json_t *array, struct draft *draft)
{
    int64_t mask = 0;
    if (!json_is_array(array) || json_array_size(array) == 0)
        return BH_ERR_WEBHOOK_EVENTS;
    for (size_t i = 0; i < json_array_size(array); i++) {
        enum bh_event_type type;
        const json_t *item = json_array_get(array, i);
        if (!bh_event_type_find(bh_span_trim(bh_json_text(item)), &type))
            return refuse_item(item, draft);
        mask |= bh_event_bit(type);
    }
    draft->event_mask = mask;
    return BH_OK;
}

static enum bh_err parse(struct bh_exchange *exchange, json_t **ret_body, struct draft *draft)
{
    static const char *const keys[] = {"url", "events", NULL};
    return bh_fields_parse(exchange, keys, ret_body, &draft->detail);
}

/* ---- change ---- */

static void reply_created(
    struct bh_exchange *exchange, const struct bh_webhook_record *webhook, const char *secret)
{
    struct bh_buf *body = bh_reply_json(exchange, 201);
    bh_buf_add_text(body, "{\"webhook\":");
    bh_present_webhook(webhook, bh_clock_wall_ms(), body);
    bh_json_add_text_member(body, "secret", bh_span_from(secret));
    bh_buf_add_char(body, '}');
}

void bh_api_webhook_create(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    struct draft draft = {.arena = &exchange->arena};
    struct bh_principal principal;
    struct bh_webhook_record webhook;
    char webhook_id[BH_ID_TEXT];
    char secret[BH_WEBHOOK_SECRET_TEXT] = "";
    enum bh_err err = bh_credential_require_caller(app, exchange, &principal);
    if (err == BH_OK)
        err = parse(exchange, &body, &draft);
    if (err == BH_OK)
        err = read_url(app, json_object_get(body, "url"), &draft);
    if (err == BH_OK)
        err = read_events(json_object_get(body, "events"), &draft);
    if (err == BH_OK)
        err = bh_webhooks_create(app, &principal.authority, draft.url, draft.event_mask, webhook_id, secret);
    if (err == BH_OK) {
        const struct bh_webhook_ref ref = {app, principal.authority, bh_span_from(webhook_id)};
        err = load(exchange, &ref, &webhook);
    }
    if (err == BH_OK)
        reply_created(exchange, &webhook, secret);
    else
        bh_reply_error(exchange, err, draft.detail);
    bh_wipe(secret, sizeof(secret));
}

/* Only what is named changes. */
static enum bh_err read_changes(const struct bh_app *app, const json_t *body, struct draft *draft)
{
    const json_t *url = json_object_get(body, "url");
    const json_t *events = json_object_get(body, "events");
    if (url == NULL && events == NULL)
        return BH_ERR_WEBHOOK_NO_CHANGE;
    enum bh_err err = url == NULL ? BH_OK : read_url(app, url, draft);
    return err == BH_OK && events != NULL ? read_events(events, draft) : err;
}

void bh_api_webhook_update(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_json_release) json_t *body = NULL;
    struct draft draft = {.arena = &exchange->arena};
    struct bh_webhook_ref ref;
    struct bh_webhook_record webhook;
    enum bh_err err = find_ref(app, exchange, &ref);
    if (err == BH_OK)
        err = parse(exchange, &body, &draft);
    if (err == BH_OK)
        err = read_changes(app, body, &draft);
    if (err == BH_OK)
        err = bh_webhooks_update(&ref, draft.url, draft.event_mask);
    if (err == BH_OK)
        err = load(exchange, &ref, &webhook);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, draft.detail);
        return;
    }
    struct bh_buf *answer = bh_reply_json(exchange, 200);
    bh_buf_add_text(answer, "{\"webhook\":");
    bh_present_webhook(&webhook, bh_clock_wall_ms(), answer);
    bh_buf_add_char(answer, '}');
}

void bh_api_webhook_delete(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_webhook_ref ref;
    enum bh_err err = find_ref(app, exchange, &ref);
    reply_done(exchange, err == BH_OK ? bh_webhooks_delete(&ref) : err, "{\"deleted\":true}");
}

void bh_api_webhook_enable(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_webhook_ref ref;
    enum bh_err err = find_ref(app, exchange, &ref);
    reply_done(exchange, err == BH_OK ? bh_webhooks_enable(&ref) : err, "{\"enabled\":true}");
}

void bh_api_webhook_disable(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_webhook_ref ref;
    enum bh_err err = find_ref(app, exchange, &ref);
    reply_done(exchange, err == BH_OK ? bh_webhooks_disable(&ref) : err, "{\"disabled\":true}");
}

void bh_api_webhook_rotate(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_webhook_ref ref;
    char secret[BH_WEBHOOK_SECRET_TEXT] = "";
    int64_t previous_until = 0;
    enum bh_err err = find_ref(app, exchange, &ref);
    if (err == BH_OK)
        err = bh_webhooks_rotate(&ref, secret, &previous_until);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "webhookId", ref.webhook_id);
    bh_json_add_text_member(body, "secret", bh_span_from(secret));
    bh_json_add_time_member(body, "previousSecretExpiresAt", previous_until);
    bh_buf_add_char(body, '}');
    bh_wipe(secret, sizeof(secret));
}

void bh_api_webhook_test(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_webhook_ref ref;
    char event_id[BH_ID_TEXT];
    enum bh_err err = find_ref(app, exchange, &ref);
    if (err == BH_OK)
        err = bh_webhooks_test(&ref, event_id);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_char(body, '{');
    bh_json_add_text_member(body, "eventId", bh_span_from(event_id));
    bh_buf_add_char(body, '}');
}

void bh_api_webhook_replay(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_webhook_ref ref;
    struct bh_webhook_record webhook;
    int64_t replayed = 0;
    bool more = false;
    enum bh_err err = find_ref(app, exchange, &ref);
    if (err == BH_OK)
        err = load(exchange, &ref, &webhook);
    if (err == BH_OK && !bh_span_equal(webhook.status, BH_SPAN("active")))
        err = BH_ERR_WEBHOOK_NOT_ACTIVE;
    if (err == BH_OK)
        err = bh_webhooks_replay_all(app, &ref.authority, webhook.id, &replayed, &more);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        bh_buf_addf(bh_reply_json(exchange, 200), "{\"replayed\":%lld,\"more\":%s}", (long long)replayed,
            more ? "true" : "false");
}
