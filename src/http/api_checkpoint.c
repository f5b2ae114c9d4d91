// SPDX-License-Identifier: Apache-2.0
/*
 * What anybody may know of the log: how long it is and its chain hash, signed, and the key to check that
 * with; and what people may know of its check.
 */
#include "http/handlers.h"

#include "app/app.h"
#include "app/chain_check.h"
#include "http/checkpoint_cache.h"
#include "http/credentials.h"
#include "http/reply.h"
#include "store/audit_state.h"
#include "store/reader.h"
#include "store/request_id.h"

static void add_text(struct bh_buf *body, const char *key, const char *text)
{
    bh_json_add_text_member(body, key, bh_span_from(text));
}

static void add_checkpoint(struct bh_buf *body, const struct bh_signed_checkpoint *checkpoint)
{
    char chain[BH_SHA256_HEX + 1];
    bh_hex_encode(bh_sha256_span(&checkpoint->known.chain), chain);
    bh_buf_addf(body, "{\"size\":%lld", (long long)checkpoint->known.size);
    add_text(body, "chain", chain);
    bh_json_add_time_member(body, "time", checkpoint->time);
    bh_buf_add_char(body, '}');
}

void bh_api_audit_checkpoint(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_signed_checkpoint checkpoint;
    enum bh_err err = bh_checkpoint_cache_get(app->checkpoints, app->store, &checkpoint);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"checkpoint\":");
    add_checkpoint(body, &checkpoint);
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

/* ---- the check of the chain ---- */

struct chain {
    struct bh_chain_status status;
    int64_t entries, verified; /* that are kept, and the first so many of them */
    int64_t account;
    char broken_at[BH_REQUEST_ID_TEXT]; /* or empty */
};

static void name_row(void *context, const struct bh_audit_row *row)
{
    struct chain *chain = context;
    if (row->id == chain->status.broken_row && row->account == chain->account)
        bh_request_id_encode(row->id, row->salt, chain->broken_at);
}

static enum bh_err load_counts(struct bh_db *db, struct chain *chain)
{
    struct bh_audit_checkpoint removed = {.through_id = 0};
    int64_t newest;
    enum bh_err err = bh_audit_last(db, &newest);
    if (err == BH_OK)
        err = bh_audit_checkpoint_read(db, &removed);
    if (err == BH_ERR_STORE_CORRUPT) /* which the check has found, too */
        err = BH_OK;
    if (err != BH_OK)
        return err;
    chain->entries = newest > removed.through_id ? newest - removed.through_id : 0;
    chain->verified = chain->status.through - removed.through_id;
    if (chain->verified < 0)
        chain->verified = 0;
    if (chain->verified > chain->entries)
        chain->verified = chain->entries;
    return BH_OK;
}

static enum bh_err load_chain(struct bh_app *app, struct bh_exchange *exchange, struct chain *chain)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_principal principal;
    int64_t through;
    chain->status = bh_chain_check_status(app->chain_check);
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_person(app, exchange, reader.db, &principal);
    if (err == BH_OK)
        err = load_counts(reader.db, chain);
    if (err != BH_OK || chain->status.broken_row == 0)
        return err;
    chain->account = principal.account;
    return bh_audit_read_after(reader.db, chain->status.broken_row - 1, 1, name_row, chain, &through);
}

void bh_api_dashboard_audit(struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const states[] = {
        [BH_CHAIN_UNKNOWN] = "unknown",
        [BH_CHAIN_VERIFYING] = "verifying",
        [BH_CHAIN_VERIFIED] = "verified",
        [BH_CHAIN_BROKEN] = "broken",
    };
    struct chain chain = {.entries = 0};
    struct bh_signed_checkpoint checkpoint;
    enum bh_err err = load_chain(app, exchange, &chain);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    bool has_checkpoint = bh_checkpoint_cache_get(app->checkpoints, app->store, &checkpoint) == BH_OK;
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_addf(body, "{\"state\":\"%s\",\"entries\":%lld,\"verifiedThrough\":%lld",
        states[chain.status.state], (long long)chain.entries, (long long)chain.verified);
    bh_json_add_time_member(body, "verifiedAt", chain.status.verified_at);
    bh_json_add_text_member(
        body, "brokenAt", chain.broken_at[0] == 0 ? BH_ABSENT : bh_span_from(chain.broken_at));
    bh_json_add_key(body, "checkpoint");
    if (has_checkpoint)
        add_checkpoint(body, &checkpoint);
    else
        bh_buf_add_text(body, "null");
    bh_buf_add_char(body, '}');
}
