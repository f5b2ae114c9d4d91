// SPDX-License-Identifier: Apache-2.0
/*
 * The keys that sign passports: numbered; the secret part is derived from the server key and the number, and
 * stored nowhere. The newest signs. One that was replaced stays published for BH_SIGNING_OVERLAP_MS, so that
 * what it has signed can be verified until it expires.
 */
#ifndef BH_STORE_SIGNING_KEYS_H
#define BH_STORE_SIGNING_KEYS_H

#include "lib/jwk.h"
#include "store/store.h"

#define BH_SIGNING_OVERLAP_MS INT64_C(172800000) /* two days: more than a passport can live */
#define BH_SIGNING_KEYS 16                       /* published at the same time */

struct bh_signing_key {
    int64_t number;                      /* 1, 2, 3 ... */
    int64_t created_at, published_until; /* 0 = the newest */
};

/* The published ones at `now_ms`, newest first; before the first rotation number 1, also when nothing is
 * stored. */
BH_MUST_USE
enum bh_err bh_signing_key_list(struct bh_db *db, int64_t now_ms,
    struct bh_signing_key ret_keys[static BH_SIGNING_KEYS], size_t *ret_count);
/* In a write transaction: makes a new one, and gives the one before its end. BH_ERR_CONFLICT when
 * BH_SIGNING_KEYS are published. */
BH_MUST_USE
enum bh_err bh_signing_key_rotate(struct bh_db *db, int64_t now_ms, int64_t *ret_number);
/* The secret part; the caller wipes it. */
struct bh_sha256 bh_signing_key_seed(const struct bh_server_key *key, int64_t number);
/* The public part. False when libcrypto fails. */
BH_MUST_USE
bool bh_signing_key_public(const struct bh_server_key *key, int64_t number, struct bh_signature_key *ret_key);
/* As an array item, for those who run the server: {"number","kid","createdAt","publishedUntil","signs"}. The
 * times are null for a key that was there from the start, and for one that has no end yet. */
void bh_signing_key_write(
    const struct bh_signing_key *record, const struct bh_signature_key *key, struct bh_buf *out);

#endif
