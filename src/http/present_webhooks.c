// SPDX-License-Identifier: Apache-2.0
#include "http/present_webhooks.h"

#include "http/present.h"

static void add_int(struct bh_buf *out, const char *key, int64_t value)
{
    bh_json_add_key(out, key);
    bh_buf_add_int(out, value);
}

/* The texts of the types whose bits are set. */
static void add_types(struct bh_buf *out, int64_t mask)
{
    bh_buf_add_char(out, '[');
    for (unsigned i = 0; i < BH_EVENT_TYPES; i++) {
        if ((mask & bh_event_bit((enum bh_event_type)i)) == 0)
            continue;
        bh_json_add_separator(out);
        bh_json_add_string(out, bh_span_from(bh_event_type_text((enum bh_event_type)i)));
    }
    bh_buf_add_char(out, ']');
}

void bh_present_event_types(struct bh_buf *out)
{
    add_types(out, INT64_MAX);
}

void bh_present_webhook(const struct bh_webhook_record *webhook, int64_t now_ms, struct bh_buf *out)
{
    bool overlaps = !bh_span_is_absent(webhook->previous_secret) && webhook->previous_until > now_ms;
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "webhookId", webhook->webhook_id);
    bh_json_add_text_member(out, "url", webhook->url);
    bh_json_add_text_member(out, "secretPreview", webhook->secret_preview);
    bh_json_add_time_member(out, "previousSecretExpiresAt", overlaps ? webhook->previous_until : 0);
    bh_json_add_key(out, "events");
    add_types(out, webhook->event_mask);
    bh_json_add_text_member(out, "status", webhook->status);
    bh_present_redacted(out, "disabledReason", webhook->disabled_reason);
    bh_json_add_time_member(out, "failingSince", webhook->failing_since);
    bh_json_add_time_member(out, "lastTriggeredAt", webhook->last_triggered_at);
    bh_json_add_time_member(out, "createdAt", webhook->created_at);
    bh_json_add_time_member(out, "updatedAt", webhook->updated_at);
    bh_buf_add_char(out, '}');
}

void bh_present_event(const struct bh_event_view *event, bool with_account, struct bh_buf *out)
{
    char event_id[BH_RECORD_ID_TEXT];
    bh_event_id_encode(event->event.id, event->event.salt, event_id);
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "eventId", bh_span_from(event_id));
    bh_json_add_text_member(out, "type", bh_span_from(bh_event_type_text(event->event.type)));
    if (with_account)
        bh_json_add_text_member(out, "accountId", event->account_id);
    bh_json_add_text_member(out, "agentId", event->agent_id);
    bh_json_add_text_member(out, "status", bh_span_from(bh_event_state_text(event->state)));
    add_int(out, "attempts", event->attempts);
    bh_json_add_bool_member(out, "deadLetter", event->dead_letter);
    bh_present_redacted(out, "lastError", event->last_error);
    bh_json_add_time_member(out, "nextAttemptAt", event->next_attempt_at);
    bh_json_add_time_member(out, "createdAt", event->event.created_at);
    bh_json_add_key(out, "payload");
    bh_buf_add(out, event->event.payload.len > 0 ? event->event.payload : BH_SPAN("null")); /* erased */
    bh_buf_add_char(out, '}');
}

void bh_present_events(
    const struct bh_event_view *events, size_t count, bool with_account, struct bh_buf *out)
{
    bh_buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(out);
        bh_present_event(&events[i], with_account, out);
    }
    bh_buf_add_char(out, ']');
}

static void add_delivery(const struct bh_delivery_view *delivery, struct bh_buf *out)
{
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, "deliveryId", delivery->delivery_id);
    bh_json_add_text_member(out, "eventId", bh_span_from(delivery->event_id));
    bh_json_add_text_member(out, "eventType", bh_span_from(bh_event_type_text(delivery->type)));
    bh_json_add_text_member(out, "webhookId", delivery->webhook_id);
    bh_json_add_text_member(out, "status", delivery->succeeded ? BH_SPAN("success") : BH_SPAN("failed"));
    bh_json_add_key(out, "httpStatus");
    if (delivery->http_status == 0)
        bh_buf_add_text(out, "null");
    else
        bh_buf_add_int(out, delivery->http_status);
    bh_present_redacted(out, "error", delivery->error);
    add_int(out, "attempt", delivery->attempt);
    add_int(out, "maxAttempts", BH_DELIVERY_ATTEMPTS);
    bh_json_add_time_member(out, "nextRetryAt", delivery->next_retry_at);
    bh_json_add_time_member(out, "createdAt", delivery->created_at);
    bh_buf_add_char(out, '}');
}

void bh_present_deliveries(const struct bh_delivery_view *deliveries, size_t count, struct bh_buf *out)
{
    bh_buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        bh_json_add_separator(out);
        add_delivery(&deliveries[i], out);
    }
    bh_buf_add_char(out, ']');
}
