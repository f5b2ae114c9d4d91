// SPDX-License-Identifier: Apache-2.0
#include "guard/inquiry.h"

#include "app/app.h"
#include "http/credentials.h"
#include "store/reader.h"

/* The snapshot of the key's site: from the cache, or loaded and published. */
static enum bh_err find_by_key(struct bh_inquiry *inquiry, struct bh_span key)
{
    struct bh_app *app = inquiry->app;
    inquiry->key_hash = bh_sha256(key);
    inquiry->snapshot = bh_site_snapshot_find(app->sites, &inquiry->key_hash);
    if (inquiry->snapshot != NULL)
        return BH_OK;
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_site_snapshot_load(reader.db, &inquiry->key_hash, &inquiry->snapshot);
    if (err == BH_OK)
        bh_site_snapshot_put(app->sites, inquiry->snapshot);
    return err;
}

static enum bh_err accept_token(struct bh_inquiry *inquiry, struct bh_db *db)
{
    struct bh_token_record token;
    enum bh_err err = bh_credential_find_token(inquiry->exchange, db, &token);
    if (err != BH_OK)
        return err == BH_ERR_AUTH_REQUIRED ? BH_ERR_SITE_AUTH_REQUIRED : err;
    if (!token.email_verified)
        return BH_ERR_EMAIL_UNVERIFIED;
    inquiry->authority = (struct bh_authority){token.account, token.owner_person, 0, token.id, BH_MAY_READ};
    return bh_authority_check(db, &inquiry->authority);
}

static enum bh_err load_named_site(struct bh_inquiry *inquiry, struct bh_db *db)
{
    const struct bh_site_request *request = &inquiry->request;
    struct bh_arena *arena = &inquiry->exchange->arena;
    int64_t account = inquiry->authority.account;
    struct bh_site_record site;
    enum bh_err err = bh_span_is_absent(request->site_id)
                          ? bh_site_find_by_domain(db, account, request->domain, arena, &site)
                          : bh_site_find(db, account, request->site_id, arena, &site);
    return err == BH_OK ? bh_site_snapshot_load_site(db, site.id, &inquiry->snapshot) : err;
}

static enum bh_err find_by_token(struct bh_inquiry *inquiry)
{
    struct bh_exchange *exchange = inquiry->exchange;
    enum bh_err err = bh_site_request_parse_site(inquiry->body, &exchange->arena, &inquiry->request);
    if (err != BH_OK)
        return err;
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    err = bh_reader_open(inquiry->app->store, &reader);
    if (err == BH_OK)
        err = accept_token(inquiry, reader.db);
    if (err != BH_OK)
        return err;
    exchange->authenticated = true;
    err = load_named_site(inquiry, reader.db);
    return err == BH_ERR_SITE_NOT_FOUND ? BH_OK : err;
}

enum bh_err bh_inquiry_authenticate(struct bh_inquiry *inquiry)
{
    struct bh_span key = bh_credential_bearer(inquiry->exchange, BH_SPAN("bhf_site_"));
    if (bh_span_is_absent(key))
        return inquiry->by_proxy ? BH_ERR_SITE_KEY : find_by_token(inquiry);
    enum bh_err err = find_by_key(inquiry, key);
    if (err == BH_OK)
        inquiry->exchange->authenticated = true;
    return err;
}
