// SPDX-License-Identifier: Apache-2.0
#include "verify/verify.h"

#include "app/app.h"
#include "http/credentials.h"
#include "http/route.h"
#include "store/reader.h"

/* The snapshot of the key's agent: from the cache, or loaded and published. */
static enum bh_err find_snapshot(
    struct bh_app *app, const struct bh_sha256 *key_hash, struct bh_snapshot **ret_snapshot)
{
    *ret_snapshot = bh_snapshot_find(app->snapshots, key_hash);
    if (*ret_snapshot != NULL)
        return BH_OK;
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_snapshot_load(reader.db, key_hash, ret_snapshot);
    if (err == BH_OK)
        bh_cache_put(app->snapshots, &(*ret_snapshot)->cached);
    return err;
}

static enum bh_err explain_mismatch(struct bh_verification *verification)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(verification->app->store, &reader);
    if (err != BH_OK)
        return err;
    return bh_credential_explain_mismatch(reader.db, verification->snapshot->account,
        verification->request.agent_id, &verification->exchange->arena);
}

/* A developer token is optional here; if there is one, it must be valid and of the agent's account. */
static enum bh_err check_developer_token(struct bh_verification *verification)
{
    struct bh_exchange *exchange = verification->exchange;
    if (bh_span_is_absent(bh_credential_developer_token(exchange)))
        return BH_OK;
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_token_record token;
    enum bh_err err = bh_reader_open(verification->app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_find_token(exchange, reader.db, &token);
    if (err == BH_OK && token.account != verification->snapshot->account)
        err = BH_ERR_ACCOUNT_MISMATCH;
    return err;
}

enum bh_err bh_verify_authenticate(struct bh_verification *verification, bool with_token)
{
    struct bh_exchange *exchange = verification->exchange;
    struct bh_span key = bh_credential_bearer(exchange, BH_SPAN("bhf_sk_"));
    if (bh_span_is_absent(key))
        return BH_ERR_AGENT_AUTH_REQUIRED;
    verification->key_hash = bh_sha256(key);
    enum bh_err err = find_snapshot(verification->app, &verification->key_hash, &verification->snapshot);
    if (err != BH_OK)
        return err;
    if (!bh_span_equal(verification->snapshot->agent_id, verification->request.agent_id))
        return explain_mismatch(verification);
    if (with_token)
        err = check_developer_token(verification);
    if (err != BH_OK)
        return err;
    exchange->authenticated = true;
    if (!bh_route_within_limit(verification->app, exchange, "key", bh_sha256_span(&verification->key_hash)))
        return BH_ERR_RATE_LIMIT;
    return BH_OK;
}
