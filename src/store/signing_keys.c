// SPDX-License-Identifier: Apache-2.0
#include "store/signing_keys.h"

#include <stdio.h>

#include "lib/json.h"
#include "store/db.h"

/* A server that never changed its key has no row: number 1 is there all the same. */
static const struct bh_signing_key first_key = {.number = 1};

struct bh_sha256 bh_signing_key_seed(const struct bh_server_key *key, int64_t number)
{
    char purpose[64];
    snprintf(purpose, sizeof(purpose), "passport-signing-%lld", (long long)number);
    return bh_server_key_derive(key, purpose);
}

bool bh_signing_key_public(const struct bh_server_key *key, int64_t number, struct bh_signature_key *ret_key)
{
    struct bh_signature_key public;
    struct bh_sha256 seed = bh_signing_key_seed(key, number);
    bool done = bh_ed25519_public(&seed, public.x);
    bh_wipe(&seed, sizeof(seed));
    if (!done)
        return false;
    bh_key_thumbprint(public.x, public.kid);
    *ret_key = public;
    return true;
}

void bh_signing_key_write(
    const struct bh_signing_key *record, const struct bh_signature_key *key, struct bh_buf *out)
{
    bh_json_add_separator(out);
    bh_buf_addf(out, "{\"number\":%lld", (long long)record->number);
    bh_json_add_text_member(out, "kid", bh_span_from(key->kid));
    bh_json_add_time_member(out, "createdAt", record->created_at);
    bh_json_add_time_member(out, "publishedUntil", record->published_until);
    bh_json_add_bool_member(out, "signs", record->published_until == 0);
    bh_buf_add_char(out, '}');
}

enum bh_err bh_signing_key_list(struct bh_db *db, int64_t now_ms,
    struct bh_signing_key ret_keys[static BH_SIGNING_KEYS], size_t *ret_count)
{
    struct bh_signing_key keys[BH_SIGNING_KEYS];
    size_t count = 0;
    struct bh_stmt *stmt = bh_db_statement(db, "SELECT number, created_at, published_until FROM signing_key "
                                               "WHERE published_until = 0 OR published_until > $1 "
                                               "ORDER BY number DESC LIMIT $2");
    bh_stmt_bind_int(stmt, 1, now_ms);
    bh_stmt_bind_int(stmt, 2, BH_SIGNING_KEYS);
    enum bh_err err;
    while ((err = bh_stmt_step(stmt)) == BH_OK && count < BH_SIGNING_KEYS)
        keys[count++] =
            (struct bh_signing_key){bh_stmt_int(stmt, 0), bh_stmt_int(stmt, 1), bh_stmt_int(stmt, 2)};
    bh_stmt_end(stmt);
    if (err != BH_OK && err != BH_ERR_NOT_FOUND)
        return err;
    if (count == 0)
        keys[count++] = first_key;
    for (size_t i = 0; i < count; i++)
        ret_keys[i] = keys[i];
    *ret_count = count;
    return BH_OK;
}

/* Stores the key, whether it was there or not. */
static enum bh_err put(struct bh_db *db, const struct bh_signing_key *key)
{
    struct bh_stmt *stmt =
        bh_db_statement(db, "INSERT INTO signing_key (number, created_at, published_until) "
                            "VALUES ($1, $2, $3) ON CONFLICT (number) DO UPDATE SET "
                            "published_until = excluded.published_until");
    bh_stmt_bind_int(stmt, 1, key->number);
    bh_stmt_bind_int(stmt, 2, key->created_at);
    bh_stmt_bind_int(stmt, 3, key->published_until);
    return bh_stmt_run(stmt);
}

enum bh_err bh_signing_key_rotate(struct bh_db *db, int64_t now_ms, int64_t *ret_number)
{
    struct bh_signing_key keys[BH_SIGNING_KEYS];
    size_t count;
    enum bh_err err = bh_signing_key_list(db, now_ms, keys, &count);
    if (err == BH_OK && count == BH_SIGNING_KEYS)
        return BH_ERR_CONFLICT;
    if (err != BH_OK)
        return err;
    struct bh_signing_key old = keys[0];
    old.published_until = now_ms + BH_SIGNING_OVERLAP_MS;
    const struct bh_signing_key new = {.number = old.number + 1, .created_at = now_ms};
    err = put(db, &old);
    if (err == BH_OK)
        err = put(db, &new);
    if (err == BH_OK)
        *ret_number = new.number;
    return err;
}
