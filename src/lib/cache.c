// SPDX-License-Identifier: Apache-2.0
#include "lib/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS 64

struct shard {
    pthread_mutex_t lock;
    struct bh_cached **buckets;
    size_t count;
    size_t hand; /* where the search for one that was not used lately goes on */
};

struct bh_cache {
    size_t buckets_per_shard;
    size_t capacity_per_shard;
    struct shard shards[SHARDS];
};

void bh_cached_init(
    struct bh_cached *cached, const struct bh_sha256 *key, void (*destroy)(struct bh_cached *cached))
{
    cached->key = *key;
    cached->destroy = destroy;
    cached->next = NULL;
    atomic_init(&cached->references, 1);
    atomic_init(&cached->recently_used, false);
}

void bh_cached_release(struct bh_cached *cached)
{
    if (cached != NULL && atomic_fetch_sub(&cached->references, 1) == 1)
        cached->destroy(cached);
}

static size_t key_number(const struct bh_sha256 *key)
{
    size_t number;
    memcpy(&number, key->bytes, sizeof(number));
    return number;
}

static struct shard *shard_of(struct bh_cache *cache, const struct bh_sha256 *key)
{
    return &cache->shards[key_number(key) % SHARDS];
}

static struct bh_cached **slot_of(
    const struct bh_cache *cache, const struct shard *shard, const struct bh_sha256 *key)
{
    struct bh_cached **slot = &shard->buckets[key_number(key) / SHARDS % cache->buckets_per_shard];
    while (*slot != NULL && memcmp(&(*slot)->key, key, sizeof(*key)) != 0)
        slot = &(*slot)->next;
    return slot;
}

struct bh_cache *bh_cache_create(size_t capacity)
{
    struct bh_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL)
        return NULL;
    cache->capacity_per_shard = capacity / SHARDS + 1;
    cache->buckets_per_shard = cache->capacity_per_shard;
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&cache->shards[i].lock, NULL);
        cache->shards[i].buckets = calloc(cache->buckets_per_shard, sizeof(struct bh_cached *));
        if (cache->shards[i].buckets == NULL) {
            bh_cache_destroy(cache);
            return NULL;
        }
    }
    return cache;
}

/* Takes what is in `slot` out of its chain and gives up the cache's reference. */
static void unlink_slot(struct shard *shard, struct bh_cached **slot)
{
    struct bh_cached *cached = *slot;
    *slot = cached->next;
    shard->count--;
    bh_cached_release(cached);
}

void bh_cache_destroy(struct bh_cache *cache)
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

struct bh_cached *bh_cache_find(struct bh_cache *cache, const struct bh_sha256 *key)
{
    struct shard *shard = shard_of(cache, key);
    pthread_mutex_lock(&shard->lock);
    struct bh_cached *cached = *slot_of(cache, shard, key);
    if (cached != NULL) {
        atomic_fetch_add(&cached->references, 1);
        if (!atomic_load_explicit(&cached->recently_used, memory_order_relaxed))
            atomic_store_explicit(&cached->recently_used, true, memory_order_relaxed);
    }
    pthread_mutex_unlock(&shard->lock);
    return cached;
}

/* Second chance: the hand goes round and takes the first one that nobody used since it last came by. */
static void make_room(struct bh_cache *cache, struct shard *shard)
{
    for (size_t steps = 0; shard->count >= cache->capacity_per_shard && steps <= 2 * cache->buckets_per_shard;
         steps++) {
        struct bh_cached **slot = &shard->buckets[shard->hand];
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

void bh_cache_put(struct bh_cache *cache, struct bh_cached *cached)
{
    struct shard *shard = shard_of(cache, &cached->key);
    pthread_mutex_lock(&shard->lock);
    struct bh_cached **slot = slot_of(cache, shard, &cached->key);
    if (*slot != NULL)
        unlink_slot(shard, slot);
    make_room(cache, shard);
    slot = slot_of(cache, shard, &cached->key);
    atomic_fetch_add(&cached->references, 1);
    cached->next = NULL;
    *slot = cached;
    shard->count++;
    pthread_mutex_unlock(&shard->lock);
}

size_t bh_cache_count(struct bh_cache *cache)
{
    size_t count = 0;
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&cache->shards[i].lock);
        count += cache->shards[i].count;
        pthread_mutex_unlock(&cache->shards[i].lock);
    }
    return count;
}

void bh_cache_drop(struct bh_cache *cache, const struct bh_sha256 *key)
{
    struct shard *shard = shard_of(cache, key);
    pthread_mutex_lock(&shard->lock);
    struct bh_cached **slot = slot_of(cache, shard, key);
    if (*slot != NULL)
        unlink_slot(shard, slot);
    pthread_mutex_unlock(&shard->lock);
}
