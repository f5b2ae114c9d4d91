// SPDX-License-Identifier: Apache-2.0
#include "http/credentials.h"

#include "app/app.h"
#include "http/route.h"

static bool is_blank_char(char c)
{
    return c == ' ' || c == '\t';
}

/* The next run of characters that are not blanks; moves *at behind it. */
static struct bh_span next_word(struct bh_span text, size_t *at)
{
    while (*at < text.len && is_blank_char(text.data[*at]))
        *at += 1;
    size_t start = *at;
    while (*at < text.len && !is_blank_char(text.data[*at]))
        *at += 1;
    return (struct bh_span){text.data + start, *at - start};
}

struct bh_span bh_credential_bearer(const struct bh_exchange *exchange, struct bh_span prefix)
{
    struct bh_span header = bh_exchange_header(exchange, "authorization");
    size_t at = 0;
    struct bh_span scheme = next_word(header, &at);
    struct bh_span token = next_word(header, &at);
    struct bh_span surplus = next_word(header, &at);
    if (!bh_span_equal_ascii_nocase(scheme, BH_SPAN("bearer")) || token.len == 0 || surplus.len > 0 ||
        !bh_span_starts_with(token, prefix))
        return BH_ABSENT;
    return token;
}

struct bh_span bh_credential_developer_token(const struct bh_exchange *exchange)
{
    struct bh_span token = bh_span_trim(bh_exchange_header(exchange, "x-developer-token"));
    return bh_span_starts_with(token, BH_SPAN("bhf_dev_")) ? token : BH_ABSENT;
}

enum bh_err bh_credential_explain_mismatch(
    struct bh_db *db, int64_t account, struct bh_span agent_id, struct bh_arena *arena)
{
    struct bh_agent_record other;
    enum bh_err err = bh_agent_find(db, agent_id, arena, &other);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    return err == BH_OK && other.account == account ? BH_ERR_AGENT_KEY_MISMATCH : BH_ERR_AGENT_UNKNOWN;
}

static enum bh_err find_holder(
    struct bh_exchange *exchange, struct bh_db *db, struct bh_agent_record *ret_holder)
{
    struct bh_span key = bh_credential_bearer(exchange, BH_SPAN("bhf_sk_"));
    if (bh_span_is_absent(key))
        return BH_ERR_AGENT_AUTH_REQUIRED;
    struct bh_sha256 hash = bh_sha256(key);
    enum bh_err err = bh_agent_find_by_key(db, &hash, &exchange->arena, ret_holder);
    return err == BH_ERR_NOT_FOUND ? BH_ERR_AGENT_AUTH_REQUIRED : err;
}

static enum bh_err accept_holder(
    struct bh_app *app, struct bh_exchange *exchange, const struct bh_agent_record *holder)
{
    exchange->authenticated = true;
    return bh_route_within_limit(app, exchange, "key", bh_sha256_span(&holder->key_hash)) ? BH_OK
                                                                                          : BH_ERR_RATE_LIMIT;
}

enum bh_err bh_credential_require_agent(struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db,
    struct bh_span agent_id, struct bh_agent_record *ret_agent)
{
    struct bh_agent_record holder;
    enum bh_err err = find_holder(exchange, db, &holder);
    if (err == BH_OK && !bh_span_equal(holder.agent_id, agent_id))
        err = bh_credential_explain_mismatch(db, holder.account, agent_id, &exchange->arena);
    if (err == BH_OK)
        err = accept_holder(app, exchange, &holder);
    if (err == BH_OK)
        *ret_agent = holder;
    return err;
}

enum bh_err bh_credential_find_agent(
    struct bh_app *app, struct bh_exchange *exchange, struct bh_db *db, struct bh_agent_record *ret_agent)
{
    struct bh_agent_record holder;
    enum bh_err err = find_holder(exchange, db, &holder);
    if (err == BH_OK)
        err = accept_holder(app, exchange, &holder);
    if (err == BH_OK)
        *ret_agent = holder;
    return err;
}

/* Constant time. False when none is configured. */
static bool bearer_is(struct bh_exchange *exchange, const char *configured)
{
    struct bh_span wanted = bh_span_from(configured);
    struct bh_span given = bh_credential_bearer(exchange, BH_SPAN(""));
    if (wanted.len == 0 || bh_span_is_absent(given))
        return false;
    struct bh_sha256 wanted_hash = bh_sha256(wanted);
    struct bh_sha256 given_hash = bh_sha256(given);
    if (!bh_equal_constant_time(bh_sha256_span(&wanted_hash), bh_sha256_span(&given_hash)))
        return false;
    exchange->authenticated = true;
    return true;
}

bool bh_credential_is_setup_token(const struct bh_app *app, struct bh_exchange *exchange)
{
    return bearer_is(exchange, app->config->setup_token);
}

bool bh_credential_is_metrics_token(const struct bh_app *app, struct bh_exchange *exchange)
{
    return bearer_is(exchange, app->config->metrics_token);
}
