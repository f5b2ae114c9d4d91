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

#include "core/decide.h"
#include "lib/cache.h"
#include "store/store.h"

struct bh_snapshot {
    struct bh_cached cached;      /* by the hash of the key */
    atomic_llong account_version; /* raised when only other agents of the account have changed */
    int64_t agent_version;
    int64_t account, agent;
    struct bh_span agent_id;
    struct bh_policy policy;
    struct bh_arena arena;
};

/* Reads the agent of that key and its permissions. BH_ERR_AGENT_AUTH_REQUIRED when no agent has it. */
BH_MUST_USE
enum bh_err bh_snapshot_load(
    struct bh_db *db, const struct bh_sha256 *key_hash, struct bh_snapshot **ret_snapshot);
void bh_snapshot_release(struct bh_snapshot *snapshot);

/* A new reference to the one in the cache, or NULL when it is not there. */
struct bh_snapshot *bh_snapshot_find(struct bh_cache *cache, const struct bh_sha256 *key_hash);

#endif
