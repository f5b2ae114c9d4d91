// SPDX-License-Identifier: Apache-2.0
#include "http/reply.h"

#include <string.h>

#include "core/redact.h"
#include "http/route.h"
#include "lib/log.h"

#define NOT_KEPT "no-store, private"

static const char type_json[] = "application/json; charset=utf-8";

static void begin(struct bh_exchange *exchange, int status, const char *content_type)
{
    bool first = exchange->reply.status == 0;
    exchange->reply.status = status;
    exchange->reply.content_type = content_type;
    exchange->reply.no_body = false;
    exchange->reply.file = BH_ABSENT;
    bh_buf_clear(&exchange->reply.body);
    if (first)
        bh_exchange_add_header(exchange, "Cache-Control", NOT_KEPT);
    else
        bh_reply_cache(exchange, NOT_KEPT); /* what was begun before may have said otherwise */
}

static bool is_permitted(const struct bh_exchange *exchange)
{
    const struct bh_route *route = exchange->route;
    if (route == NULL || route->credential == BH_CREDENTIAL_NONE || exchange->authenticated)
        return true;
    bh_log(BH_LOG_ERROR, "answer without authentication withheld", "route", route->pattern, NULL);
    return false;
}

struct bh_buf *bh_reply_text(struct bh_exchange *exchange, int status, const char *content_type)
{
    begin(exchange, status, content_type);
    if (!is_permitted(exchange))
        exchange->reply.status = 0;
    return &exchange->reply.body;
}

struct bh_buf *bh_reply_json(struct bh_exchange *exchange, int status)
{
    return bh_reply_text(exchange, status, type_json);
}

void bh_reply_cache(struct bh_exchange *exchange, const char *value)
{
    for (size_t i = 0; i < exchange->reply.header_count; i++) {
        if (strcmp(exchange->reply.headers[i].name, "Cache-Control") == 0)
            exchange->reply.headers[i].value = value;
    }
}

enum bh_err bh_reply_stream(
    struct bh_exchange *exchange, const char *content_type, struct bh_stream **ret_stream)
{
    if (!is_permitted(exchange))
        return BH_ERR_INTERNAL;
    enum bh_err err = bh_stream_begin(exchange, ret_stream);
    if (err == BH_OK)
        begin(exchange, 200, content_type);
    return err;
}

/* The text with its %s filled in, redacted, as a JSON string. `where` stands before the name of the field: in
 * place of the %s, else at the beginning. */
static void add_error_text(struct bh_buf *body, const char *text, struct bh_span where, struct bh_span detail)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf plain = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    bh_buf_init(&plain, BH_BODY_LIMIT + 1024);
    bh_buf_init(&clean, 2 * BH_BODY_LIMIT);
    const char *gap = strstr(text, "%s");
    if (gap == NULL) {
        bh_buf_add(&plain, where);
        bh_buf_add_text(&plain, text);
    } else {
        bh_buf_add(&plain, (struct bh_span){text, (size_t)(gap - text)});
        bh_buf_add(&plain, where);
        bh_buf_add(&plain, bh_span_utf16_prefix(detail, BH_DETAIL_UNITS));
        bh_buf_add_text(&plain, gap + 2);
    }
    bh_redact(bh_buf_span(&plain), &clean);
    bh_json_add_string(body, bh_buf_span(&clean));
}

void bh_reply_error(struct bh_exchange *exchange, enum bh_err err, struct bh_span detail)
{
    bh_reply_error_within(exchange, err, BH_SPAN(""), detail);
}

void bh_reply_error_within(
    struct bh_exchange *exchange, enum bh_err err, struct bh_span where, struct bh_span detail)
{
    const struct bh_err_info *info = bh_err_info(err);
    begin(exchange, info->status, type_json);
    struct bh_buf *body = &exchange->reply.body;
    bh_buf_add_char(body, '{');
    bh_json_add_key(body, "error");
    add_error_text(body, info->text, info->status == 400 ? where : BH_SPAN(""), detail);
    if (info->code[0] != 0)
        bh_json_add_text_member(body, "code", bh_span_from(info->code));
    if (info->hint[0] != 0)
        bh_json_add_text_member(body, "hint", bh_span_from(info->hint));
    bh_buf_add_char(body, '}');
}

void bh_reply_refusal(struct bh_exchange *exchange, enum bh_err err, struct bh_span detail)
{
    if (err != BH_ERR_RATE_LIMIT)
        bh_reply_error(exchange, err, detail);
}

void bh_reply_check(struct bh_exchange *exchange)
{
    if (exchange->reply.status == 0 || exchange->reply.body.failed)
        bh_reply_error(exchange, BH_ERR_INTERNAL, BH_ABSENT);
}
