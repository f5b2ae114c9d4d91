// SPDX-License-Identifier: Apache-2.0
#include "verify/snapshot.h"

#include <stdlib.h>

#define FIRST_CHUNK 512
#define SNAPSHOT_LIMIT (8u << 20)

/* INVARIANT: what the cache keeps of a snapshot is its first member. */
_Static_assert(offsetof(struct bh_snapshot, cached) == 0, "a snapshot is found by what is cached of it");

static void destroy(struct bh_cached *cached)
{
    struct bh_snapshot *snapshot = (struct bh_snapshot *)cached;
    bh_arena_finish(&snapshot->arena);
    free(snapshot);
}

enum bh_err bh_snapshot_load(
    struct bh_db *db, const struct bh_sha256 *key_hash, struct bh_snapshot **ret_snapshot)
{
    struct bh_agent_record agent;
    BH_CLEANUP(bh_arena_finish) struct bh_arena scratch = {0};
    bh_arena_init(&scratch, 2048, SNAPSHOT_LIMIT);
    struct bh_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (snapshot == NULL)
        return BH_ERR_NO_MEMORY;
    bh_arena_init(&snapshot->arena, FIRST_CHUNK, SNAPSHOT_LIMIT);
    bh_cached_init(&snapshot->cached, key_hash, destroy);
    int64_t account_version = 0;
    struct bh_permission *permissions = NULL;
    enum bh_err err = bh_agent_find_by_key(db, key_hash, &scratch, &agent);
    if (err == BH_ERR_NOT_FOUND)
        err = BH_ERR_AGENT_AUTH_REQUIRED;
    if (err == BH_OK)
        err = bh_account_policy_version(db, agent.account, &account_version);
    if (err == BH_OK && !bh_arena_copy(&snapshot->arena, agent.agent_id, &snapshot->agent_id))
        err = BH_ERR_NO_MEMORY;
    if (err == BH_OK)
        err =
            bh_permission_load_policy(db, agent.id, &snapshot->arena, &permissions, &snapshot->policy.count);
    if (err != BH_OK) {
        bh_snapshot_release(snapshot);
        return err;
    }
    atomic_init(&snapshot->account_version, account_version);
    snapshot->agent_version = agent.policy_version;
    snapshot->account = agent.account;
    snapshot->agent = agent.id;
    snapshot->policy.permissions = permissions;
    snapshot->policy.agent_active = bh_span_equal(agent.status, BH_SPAN("active"));
    *ret_snapshot = snapshot;
    return BH_OK;
}

void bh_snapshot_release(struct bh_snapshot *snapshot)
{
    bh_cached_release(snapshot == NULL ? NULL : &snapshot->cached);
}

struct bh_snapshot *bh_snapshot_find(struct bh_cache *cache, const struct bh_sha256 *key_hash)
{
    return (struct bh_snapshot *)bh_cache_find(cache, key_hash);
}
