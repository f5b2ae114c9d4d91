// SPDX-License-Identifier: Apache-2.0
/*
 * What a check needs to know of one site, immutable, reference-counted, found by the SHA-256 of a site key.
 *
 * INVARIANT: as with the snapshots of agents, one may be old; an answer that was found on it is given only if
 * its versions are still the current ones inside the transaction that records it.
 */
#ifndef BH_GUARD_SITE_SNAPSHOT_H
#define BH_GUARD_SITE_SNAPSHOT_H

#include "core/http_signature.h"
#include "lib/cache.h"
#include "store/sites.h"

struct bh_site_directory {
    struct bh_key_directory keys;
    bool is_pinned;
    int64_t fetched_at;
};

struct bh_site_snapshot {
    struct bh_cached cached;      /* by the hash of the site key; zero when it was found without one */
    atomic_llong account_version; /* raised when only something else of the account has changed */
    int64_t site_version;
    int64_t account, site, key; /* internal */
    struct bh_span site_id, domain;
    struct bh_site_policy policy;
    const struct bh_site_directory *directories;
    size_t directory_count;
    struct bh_arena arena;
};

/* BH_ERR_SITE_KEY when there is no such key, BH_ERR_SITE_KEY_REVOKED. */
BH_MUST_USE
enum bh_err bh_site_snapshot_load(
    struct bh_db *db, const struct bh_sha256 *key_hash, struct bh_site_snapshot **ret_snapshot);
/* Of the site with that internal id, without a key. BH_ERR_SITE_NOT_FOUND when it is gone. */
BH_MUST_USE
enum bh_err bh_site_snapshot_load_site(
    struct bh_db *db, int64_t site, struct bh_site_snapshot **ret_snapshot);
/* Accepts NULL. */
void bh_site_snapshot_release(struct bh_site_snapshot *snapshot);

/* A new reference to the one in the cache, or NULL when it is not there. */
struct bh_site_snapshot *bh_site_snapshot_find(struct bh_cache *cache, const struct bh_sha256 *key_hash);
/* Not for one of more than BH_SITE_SNAPSHOT_CACHED bytes: it is loaded for each check. */
void bh_site_snapshot_put(struct bh_cache *cache, struct bh_site_snapshot *snapshot);
#define BH_SITE_SNAPSHOT_CACHED ((size_t)2 << 20)

#endif
