// SPDX-License-Identifier: Apache-2.0
/*
 * The keys that sign passports: for everybody as a key set, for operators as a list that they can add to.
 */
#include "http/handlers.h"

#include "app/signed_passport.h"
#include "http/credentials.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "store/reader.h"
#include "store/signing_keys.h"

/* For that long a new key may be unknown to who has fetched the set before. */
#define KEEP "public, max-age=300"

struct published {
    struct bh_signing_key records[BH_SIGNING_KEYS];
    struct bh_signature_key keys[BH_SIGNING_KEYS];
    size_t count;
};

static enum bh_err load(const struct bh_app *app, struct bh_db *db, struct published *ret_published)
{
    struct published published = {.count = 0};
    enum bh_err err = bh_signing_key_list(db, bh_clock_wall_ms(), published.records, &published.count);
    if (err != BH_OK)
        return err;
    for (size_t i = 0; i < published.count; i++) {
        if (!bh_signing_key_public(&app->key, published.records[i].number, &published.keys[i]))
            return BH_ERR_INTERNAL;
    }
    *ret_published = published;
    return BH_OK;
}

void bh_api_jwks(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct published published;
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = load(app, reader.db, &published);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_reply_cache(exchange, KEEP);
    bh_buf_add_text(body, "{\"keys\":[");
    for (size_t i = 0; i < published.count; i++)
        bh_key_write(&published.keys[i], body);
    bh_buf_add_text(body, "]}");
}

static enum bh_err load_for_operator(struct bh_app *app, struct bh_exchange *exchange,
    struct bh_authority *ret_authority, struct published *ret_published)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_find_operator(app, exchange, reader.db, ret_authority);
    return err == BH_OK ? load(app, reader.db, ret_published) : err;
}

static void reply_list(struct bh_exchange *exchange, const struct published *published)
{
    struct bh_buf *body = bh_reply_json(exchange, 200);
    bh_buf_add_text(body, "{\"keys\":[");
    for (size_t i = 0; i < published->count; i++)
        bh_signing_key_write(&published->records[i], &published->keys[i], body);
    bh_buf_add_text(body, "]}");
}

void bh_api_operator_signing_keys(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_authority authority;
    struct published published;
    enum bh_err err = load_for_operator(app, exchange, &authority, &published);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        reply_list(exchange, &published);
}

void bh_api_operator_signing_key_rotate(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_authority authority;
    struct published published;
    enum bh_err err = load_for_operator(app, exchange, &authority, &published);
    if (err == BH_OK)
        err = bh_signed_passport_rotate_key(app, &authority);
    if (err == BH_OK)
        err = load_for_operator(app, exchange, &authority, &published);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        reply_list(exchange, &published);
}
