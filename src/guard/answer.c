// SPDX-License-Identifier: Apache-2.0
#include "guard/inquiry.h"

#include "http/reply.h"
#include "lib/metrics.h"

static void add_members(const struct bh_inquiry *inquiry, enum bh_site_reason reason, struct bh_buf *out)
{
    const struct bh_site_rule *rule = inquiry->decision.rule;
    bool verified = inquiry->identity.result == BH_BOT_VERIFIED;
    bh_json_add_bool_member(out, "allowed", bh_site_reason_allows(reason));
    bh_json_add_text_member(out, "reason", bh_span_from(bh_site_reason_text(reason)));
    bh_json_add_text_member(out, "requestId", bh_span_from(inquiry->request_id));
    bh_json_add_text_member(out, "matchedRuleId", rule == NULL ? BH_ABSENT : rule->rule_id);
    bh_json_add_text_member(
        out, "siteId", inquiry->snapshot == NULL ? BH_ABSENT : inquiry->snapshot->site_id);
    bh_json_add_text_member(out, "verifiedAgent", verified ? inquiry->identity.agent : BH_ABSENT);
    if (inquiry->identity.result == BH_BOT_INVALID)
        bh_json_add_text_member(out, "signatureError", bh_span_from(inquiry->identity.error));
}

/* ---- for proxies: a status and headers ---- */

static void add_header(struct bh_exchange *exchange, const char *name, struct bh_span value)
{
    struct bh_span copy;
    if (!bh_span_is_absent(value) && bh_arena_copy(&exchange->arena, value, &copy))
        bh_exchange_add_header(exchange, name, copy.data);
}

static void add_headers(struct bh_inquiry *inquiry)
{
    struct bh_exchange *exchange = inquiry->exchange;
    add_header(exchange, "X-BehalfID-Request-Id", bh_span_from(inquiry->request_id));
    bh_exchange_add_header(exchange, "X-BehalfID-Reason", bh_site_reason_text(inquiry->decision.reason));
    if (inquiry->identity.result == BH_BOT_VERIFIED)
        add_header(exchange, "X-BehalfID-Verified-Agent", inquiry->identity.agent);
    if (inquiry->identity.result == BH_BOT_INVALID)
        bh_exchange_add_header(exchange, "X-BehalfID-Signature-Error", inquiry->identity.error);
}

static int status_of(const struct bh_inquiry *inquiry)
{
    if (!inquiry->by_proxy)
        return 200;
    return bh_site_reason_allows(inquiry->decision.reason) ? 204 : 403;
}

void bh_inquiry_answer(struct bh_inquiry *inquiry)
{
    struct bh_exchange *exchange = inquiry->exchange;
    int status = status_of(inquiry);
    bh_counter_add(
        bh_site_reason_allows(inquiry->decision.reason) ? BH_COUNTER_SITE_ALLOWED : BH_COUNTER_SITE_DENIED,
        1);
    struct bh_buf *body = bh_reply_json(exchange, status);
    if (inquiry->by_proxy)
        add_headers(inquiry);
    exchange->reply.no_body = status == 204;
    if (status != 204) {
        bh_buf_add_char(body, '{');
        add_members(inquiry, inquiry->decision.reason, body);
        bh_buf_add_char(body, '}');
    }
    bh_reply_check(exchange);
}

/* ---- errors ---- */

/* Who reads no more than `allowed` must read that it is false; so this is an answer as well as an error. */
static void answer_closed(struct bh_inquiry *inquiry)
{
    struct bh_exchange *exchange = inquiry->exchange;
    struct bh_buf *body = &exchange->reply.body;
    bh_counter_add(BH_COUNTER_SITE_FAILED, 1);
    inquiry->decision = (struct bh_site_decision){.reason = BH_SITE_REASON_FAILED_CLOSED};
    inquiry->identity = (struct bh_bot_identity){.result = BH_BOT_UNSIGNED};
    bh_reply_error(exchange, BH_ERR_SITE_FAILED_CLOSED, BH_ABSENT);
    if (inquiry->by_proxy)
        add_headers(inquiry);
    if (body->len > 0)
        body->len--; /* the brace, which comes behind the members */
    add_members(inquiry, BH_SITE_REASON_FAILED_CLOSED, body);
    bh_buf_add_char(body, '}');
}

void bh_inquiry_answer_error(struct bh_inquiry *inquiry, enum bh_err err)
{
    struct bh_exchange *exchange = inquiry->exchange;
    if (bh_err_info(err)->status >= 500) {
        answer_closed(inquiry);
        return;
    }
    bh_reply_error(exchange, err, inquiry->error_detail);
    if (inquiry->by_proxy && exchange->reply.status == 400) {
        exchange->reply.status = 403; /* proxies take anything but this and 401 for a fault of the server */
        bh_exchange_add_header(exchange, "X-BehalfID-Reason", bh_err_info(err)->text);
    }
}
