// SPDX-License-Identifier: Apache-2.0
/*
 * The same question out of a proxy's headers: nginx names what it asks about X-Original-..., others
 * X-Forwarded-....
 */
#include "guard/parse.h"

#include <string.h>

/* The header under either name; absent when there is none. */
static enum bh_err read_one(
    const struct bh_exchange *exchange, const char *name, const char *other_name, struct bh_span *ret_value)
{
    struct bh_span value = BH_ABSENT;
    struct bh_span other = BH_ABSENT;
    size_t count = bh_exchange_headers(exchange, name, &value, 1);
    size_t others = other_name == NULL ? 0 : bh_exchange_headers(exchange, other_name, &other, 1);
    if (count > 1 || others > 1 || (count == 1 && others == 1 && !bh_span_equal(value, other)))
        return BH_ERR_SITE_PROXY_HEADER;
    *ret_value = count == 1 ? value : other;
    return BH_OK;
}

static struct bh_span path_of(struct bh_span target)
{
    const char *query = target.len == 0 ? NULL : memchr(target.data, '?', target.len);
    return query == NULL ? target : (struct bh_span){target.data, (size_t)(query - target.data)};
}

/* What is no UTF-8 matches no pattern, as if it were not there. */
static struct bh_span readable(struct bh_span text)
{
    struct bh_span trimmed = bh_span_trim(text);
    return trimmed.len > 0 && bh_span_is_utf8(trimmed) ? trimmed : BH_ABSENT;
}

static enum bh_err read_visitor(struct bh_exchange *exchange, struct bh_site_request *request)
{
    struct bh_span user_agent;
    struct bh_span identifier;
    enum bh_err err = read_one(exchange, "user-agent", NULL, &user_agent);
    if (err == BH_OK)
        err = read_one(exchange, "x-behalfid-agent", NULL, &identifier);
    if (err != BH_OK)
        return err;
    request->user_agent = readable(user_agent);
    request->agent_identifier = bh_span_utf16_prefix(readable(identifier), BH_SITE_IDENTIFIER_UNITS);
    return bh_span_utf16_length(request->user_agent) > BH_SITE_USER_AGENT_UNITS
               ? BH_ERR_SITE_USER_AGENT_LENGTH
               : BH_OK;
}

/* Signatures in web bots' profile cover these, and what the request line says. */
static enum bh_err read_signed_headers(struct bh_exchange *exchange, struct bh_site_request *request)
{
    static const char *const names[] = {"signature-input", "signature", "signature-agent", "user-agent"};
    struct bh_message_header *headers =
        bh_arena_alloc(&exchange->arena, BH_MESSAGE_HEADERS * sizeof(*headers));
    if (headers == NULL)
        return BH_ERR_NO_MEMORY;
    for (size_t i = 0; i < BH_COUNT(names); i++) {
        struct bh_span values[BH_MESSAGE_HEADERS / BH_COUNT(names)];
        size_t count = bh_exchange_headers(exchange, names[i], values, BH_COUNT(values));
        if (count > BH_COUNT(values))
            return BH_ERR_SITE_PROXY_HEADER;
        for (size_t j = 0; j < count; j++)
            headers[request->header_count++] = (struct bh_message_header){bh_span_from(names[i]), values[j]};
    }
    request->headers = headers;
    return BH_OK;
}

static enum bh_err read_message(
    struct bh_exchange *exchange, struct bh_span target, struct bh_site_request *request)
{
    request->is_signed = !bh_span_is_absent(bh_exchange_header(exchange, "signature-input")) ||
                         !bh_span_is_absent(bh_exchange_header(exchange, "signature"));
    if (!request->is_signed)
        return BH_OK;
    request->target = target;
    enum bh_err err = read_one(exchange, "x-original-method", "x-forwarded-method", &request->method);
    if (err == BH_OK)
        err = read_one(exchange, "x-forwarded-proto", NULL, &request->scheme);
    if (err == BH_OK)
        err = read_one(exchange, "x-forwarded-host", NULL, &request->authority);
    return err == BH_OK ? read_signed_headers(exchange, request) : err;
}

enum bh_err bh_site_request_read_headers(struct bh_exchange *exchange, struct bh_site_request *ret_request)
{
    struct bh_site_request request = {.path = BH_ABSENT};
    struct bh_span target;
    enum bh_err err = read_one(exchange, "x-original-uri", "x-forwarded-uri", &target);
    if (err == BH_OK && bh_span_is_absent(target))
        err = BH_ERR_SITE_PROXY_PATH;
    if (err == BH_OK)
        err = bh_site_request_read_path(path_of(target), &exchange->arena, &request.path);
    if (err == BH_OK)
        err = read_visitor(exchange, &request);
    if (err == BH_OK)
        err = read_message(exchange, target, &request);
    if (err == BH_OK)
        *ret_request = request;
    return err;
}
