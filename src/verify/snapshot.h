// SPDX-License-Identifier: Apache-2.0
/*
 * Policy snapshots: what a decision needs to know of one agent, immutable, reference-counted, found by the
 * SHA-256 of the agent's key. Loaded on first use, bounded in number.
 *
 * INVARIANT: a snapshot may be old; a decision made on it is committed only if its versions are still the
 * current ones inside the deciding transaction. The cache is for speed, the transaction is for truth.
 */
#ifndef BH_VERIFY_SNAPSHOT_H
#define BH_VERIFY_SNAPSHOT_H

#include <stdatomic.h>

#include "core/decide.h"
#include "store/store.h"

struct bh_snapshot {
    atomic_uint references;
    atomic_llong account_version; /* raised when only other agents of the account have changed */
    int64_t agent_version;
    int64_t account, agent;
    struct bh_sha256 key_hash;
    struct bh_span agent_id;
    struct bh_policy policy;
    struct bh_arena arena;
    atomic_bool recently_used;
    struct bh_snapshot *next; /* in the cache's chain */
};

/* Reads the agent of that key and its permissions. BH_ERR_AGENT_AUTH_REQUIRED when no agent has it. */
BH_MUST_USE
enum bh_err bh_snapshot_load(
    struct bh_db *db, const struct bh_sha256 *key_hash, struct bh_snapshot **ret_snapshot);
void bh_snapshot_release(struct bh_snapshot *snapshot);

struct bh_snapshot_cache;

/* At most `capacity` snapshots; beyond that, one that was not used lately makes room. NULL when there is no
 * memory. */
struct bh_snapshot_cache *bh_snapshot_cache_create(size_t capacity);
void bh_snapshot_cache_destroy(struct bh_snapshot_cache *cache);
/* A new reference, or NULL when it is not there. */
struct bh_snapshot *bh_snapshot_cache_find(struct bh_snapshot_cache *cache, const struct bh_sha256 *key_hash);
/* Publishes the snapshot in place of one with the same key; the cache takes a reference of its own. */
void bh_snapshot_cache_put(struct bh_snapshot_cache *cache, struct bh_snapshot *snapshot);
void bh_snapshot_cache_drop(struct bh_snapshot_cache *cache, const struct bh_sha256 *key_hash);

#endif
