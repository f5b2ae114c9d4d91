// SPDX-License-Identifier: Apache-2.0
/*
 * What anybody may know of the log: how long it is and its chain hash, signed, and the key to check that
 * with.
 */
#include "http/handlers.h"

#include "app/app.h"
#include "http/checkpoint_cache.h"
#include "http/reply.h"

static void add_text(struct bh_buf *body, const char *key, const char *text)
{
    bh_json_add_key(body, key);
    bh_json_add_string(body, bh_span_from(text));
}

void bh_api_audit_checkpoint(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_signed_checkpoint checkpoint;
    char chain[BH_SHA256_HEX + 1];
    enum bh_err err = bh_checkpoint_cache_get(app->checkpoints, app->store, &checkpoint);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    bh_hex_encode(bh_sha256_span(&checkpoint.known.chain), chain);
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_addf(body, "{\"checkpoint\":{\"size\":%lld", (long long)checkpoint.known.size);
    add_text(body, "chain", chain);
    bh_json_add_key(body, "time");
    bh_json_add_time_or_null(body, checkpoint.time);
    bh_buf_add_char(body, '}');
    add_text(body, "text", checkpoint.text);
    add_text(body, "signature", checkpoint.signature);
    add_text(body, "keyId", checkpoint.key_id);
    bh_buf_add_char(body, '}');
}

void bh_api_public_keys(struct bh_app *app, struct bh_exchange *exchange)
{
    const struct bh_public_key *key = bh_checkpoint_cache_key(app->checkpoints);
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"keys\":[{");
    add_text(body, "keyId", key->key_id);
    add_text(body, "algorithm", "Ed25519");
    add_text(body, "publicKey", key->base64);
    add_text(body, "pem", key->pem);
    bh_buf_add_text(body, "}]}");
}
