// SPDX-License-Identifier: Apache-2.0
#include "verify/snapshot.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS 64
#define FIRST_CHUNK 512
#define SNAPSHOT_LIMIT (8u << 20)

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
    atomic_init(&snapshot->references, 1);
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
    snapshot->key_hash = *key_hash;
    snapshot->policy.permissions = permissions;
    snapshot->policy.agent_active = bh_span_equal(agent.status, BH_SPAN("active"));
    *ret_snapshot = snapshot;
    return BH_OK;
}

void bh_snapshot_release(struct bh_snapshot *snapshot)
{
    if (snapshot == NULL || atomic_fetch_sub(&snapshot->references, 1) != 1)
        return;
    bh_arena_finish(&snapshot->arena);
    free(snapshot);
}

struct shard {
    pthread_mutex_t lock;
    struct bh_snapshot **buckets;
    size_t count;
    size_t hand; /* where the search for one that was not used lately goes on */
};

struct bh_snapshot_cache {
    size_t buckets_per_shard;
    size_t capacity_per_shard;
    struct shard shards[SHARDS];
};

static size_t key_number(const struct bh_sha256 *key_hash)
{
    size_t number;
    memcpy(&number, key_hash->bytes, sizeof(number));
    return number;
}

static struct shard *shard_of(struct bh_snapshot_cache *cache, const struct bh_sha256 *key_hash)
{
    return &cache->shards[key_number(key_hash) % SHARDS];
}

static struct bh_snapshot **slot_of(
    const struct bh_snapshot_cache *cache, const struct shard *shard, const struct bh_sha256 *key_hash)
{
    struct bh_snapshot **slot = &shard->buckets[key_number(key_hash) / SHARDS % cache->buckets_per_shard];
    while (*slot != NULL && memcmp(&(*slot)->key_hash, key_hash, sizeof(*key_hash)) != 0)
        slot = &(*slot)->next;
    return slot;
}

struct bh_snapshot_cache *bh_snapshot_cache_create(size_t capacity)
{
    struct bh_snapshot_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL)
        return NULL;
    cache->capacity_per_shard = capacity / SHARDS + 1;
    cache->buckets_per_shard = cache->capacity_per_shard;
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&cache->shards[i].lock, NULL);
        cache->shards[i].buckets = calloc(cache->buckets_per_shard, sizeof(struct bh_snapshot *));
        if (cache->shards[i].buckets == NULL) {
            bh_snapshot_cache_destroy(cache);
            return NULL;
        }
    }
    return cache;
}

/* Takes the snapshot in `slot` out of its chain and gives up the cache's reference. */
static void unlink_slot(struct shard *shard, struct bh_snapshot **slot)
{
    struct bh_snapshot *snapshot = *slot;
    *slot = snapshot->next;
    shard->count--;
    bh_snapshot_release(snapshot);
}

void bh_snapshot_cache_destroy(struct bh_snapshot_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &cache->shards[i];
        for (size_t b = 0; shard->buckets != NULL && b < cache->buckets_per_shard; b++) {
            while (shard->buckets[b] != NULL)
                unlink_slot(shard, &shard->buckets[b]);
        }
        free(shard->buckets);
        pthread_mutex_destroy(&shard->lock);
    }
    free(cache);
}

struct bh_snapshot *bh_snapshot_cache_find(struct bh_snapshot_cache *cache, const struct bh_sha256 *key_hash)
{
    struct shard *shard = shard_of(cache, key_hash);
    pthread_mutex_lock(&shard->lock);
    struct bh_snapshot *snapshot = *slot_of(cache, shard, key_hash);
    if (snapshot != NULL) {
        atomic_fetch_add(&snapshot->references, 1);
        if (!atomic_load_explicit(&snapshot->recently_used, memory_order_relaxed))
            atomic_store_explicit(&snapshot->recently_used, true, memory_order_relaxed);
    }
    pthread_mutex_unlock(&shard->lock);
    return snapshot;
}

/* Second chance: the hand goes round and takes the first snapshot that nobody used since it last came by. */
static void make_room(struct bh_snapshot_cache *cache, struct shard *shard)
{
    for (size_t steps = 0; shard->count >= cache->capacity_per_shard && steps <= 2 * cache->buckets_per_shard;
         steps++) {
        struct bh_snapshot **slot = &shard->buckets[shard->hand];
        shard->hand = (shard->hand + 1) % cache->buckets_per_shard;
        while (*slot != NULL) {
            if (!atomic_exchange(&(*slot)->recently_used, false)) {
                unlink_slot(shard, slot);
                return;
            }
            slot = &(*slot)->next;
        }
    }
}

void bh_snapshot_cache_put(struct bh_snapshot_cache *cache, struct bh_snapshot *snapshot)
{
    struct shard *shard = shard_of(cache, &snapshot->key_hash);
    pthread_mutex_lock(&shard->lock);
    struct bh_snapshot **slot = slot_of(cache, shard, &snapshot->key_hash);
    if (*slot != NULL)
        unlink_slot(shard, slot);
    make_room(cache, shard);
    slot = slot_of(cache, shard, &snapshot->key_hash);
    atomic_fetch_add(&snapshot->references, 1);
    snapshot->next = NULL;
    *slot = snapshot;
    shard->count++;
    pthread_mutex_unlock(&shard->lock);
}

void bh_snapshot_cache_drop(struct bh_snapshot_cache *cache, const struct bh_sha256 *key_hash)
{
    struct shard *shard = shard_of(cache, key_hash);
    pthread_mutex_lock(&shard->lock);
    struct bh_snapshot **slot = slot_of(cache, shard, key_hash);
    if (*slot != NULL)
        unlink_slot(shard, slot);
    pthread_mutex_unlock(&shard->lock);
}
