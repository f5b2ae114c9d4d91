// SPDX-License-Identifier: Apache-2.0
#include "http/auth.h"

#include <string.h>

#include "app/app.h"
#include "core/redact.h"
#include "http/caller.h"
#include "http/credentials.h"
#include "http/fields.h"
#include "http/reply.h"
#include "http/route.h"

#define ADDRESS_FACTOR 10 /* many people may share an address */
#define EMAIL_FACTOR 10   /* whoever tries from many addresses still comes to an end */

bool bh_auth_within_address(struct bh_app *app, struct bh_exchange *exchange)
{
    return bh_route_within_auth_limit(
        app, exchange, "auth-ip", bh_route_caller(app, exchange), ADDRESS_FACTOR);
}

bool bh_auth_within_email(struct bh_app *app, struct bh_exchange *exchange, struct bh_span email)
{
    char known[BH_EMAIL_TEXT];
    if (bh_email_read(email, known) == BH_OK)
        email = bh_span_from(known);
    struct bh_span caller = bh_route_caller(app, exchange);
    struct bh_sha256 of_email = bh_sha256(email);
    struct bh_sha256 of_both = bh_hmac_sha256(bh_sha256_span(&of_email), caller);
    /* In this order: what the caller is refused here does not count against everybody's. */
    return bh_route_within_auth_limit(app, exchange, "auth", bh_sha256_span(&of_both), 1) &&
           bh_route_within_auth_limit(app, exchange, "auth-email", bh_sha256_span(&of_email), EMAIL_FACTOR);
}

bool bh_auth_within_person(
    struct bh_app *app, struct bh_exchange *exchange, const char *bucket, struct bh_span user_id)
{
    return bh_route_within_auth_limit(app, exchange, bucket, user_id, 1);
}

enum bh_err bh_auth_begin(struct bh_app *app, struct bh_exchange *exchange, const char *const *keys,
    json_t **ret_object, struct bh_span *ret_detail)
{
    enum bh_err err = bh_fields_parse(exchange, keys, ret_object, ret_detail);
    if (err == BH_OK && !bh_auth_within_address(app, exchange))
        err = BH_ERR_RATE_LIMIT;
    return err;
}

enum bh_err bh_auth_read_email(const json_t *object, char ret_email[static BH_EMAIL_TEXT])
{
    return bh_email_read(bh_json_member_text(object, "email"), ret_email);
}

enum bh_err bh_auth_read_password(const json_t *object, const char *key, struct bh_span *ret_password)
{
    struct bh_span password = bh_json_member_text(object, key);
    enum bh_err err = bh_password_check(password);
    if (err == BH_OK)
        *ret_password = password;
    return err;
}

enum bh_err bh_auth_hash(struct bh_span password, char ret_text[static BH_PASSWORD_TEXT])
{
    unsigned char salt[BH_PASSWORD_SALT];
    bh_random_bytes(salt, sizeof(salt));
    return bh_password_hash(password, salt, ret_text);
}

void bh_auth_set_cookie(const struct bh_app *app, struct bh_exchange *exchange, const char *secret)
{
    for (size_t i = 0; i < exchange->reply.header_count; i++) {
        if (strcmp(exchange->reply.headers[i].name, "Set-Cookie") == 0)
            return; /* the session was slid along by looking at it */
    }
    bh_session_set_cookie(app, exchange, secret);
}

/* Of what the caller says about itself: text, without secrets that got there by mistake. */
static enum bh_err read_user_agent(struct bh_exchange *exchange, struct bh_span *ret_text)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf clean = {0};
    struct bh_span text = bh_span_trim(bh_exchange_header(exchange, "user-agent"));
    if (text.len == 0 || !bh_span_is_utf8(text))
        return BH_OK;
    bh_buf_init(&clean, BH_BODY_LIMIT);
    bh_redact(text, &clean);
    text = bh_span_utf16_prefix(bh_buf_span(&clean), BH_SESSION_USER_AGENT_UNITS);
    return !clean.failed && bh_arena_copy(&exchange->arena, text, ret_text) ? BH_OK : BH_ERR_NO_MEMORY;
}

enum bh_err bh_auth_read_source(const struct bh_app *app, struct bh_exchange *exchange, const char *kind,
    struct bh_session_source *ret_source)
{
    struct bh_session_source source = {.kind = bh_span_from(kind)};
    struct bh_span address = bh_route_caller(app, exchange);
    if (address.len > 0 && bh_span_is_utf8(address))
        source.address = bh_span_utf16_prefix(address, BH_CALLER_TEXT);
    enum bh_err err = read_user_agent(exchange, &source.user_agent);
    if (err == BH_OK)
        *ret_source = source;
    return err;
}
