// SPDX-License-Identifier: Apache-2.0
#include "http/checkpoint_cache.h"

#include <pthread.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "store/reader.h"

struct bh_checkpoint_cache {
    const struct bh_server_key *key;
    struct bh_public_key public;
    pthread_mutex_t lock;
    bool made;
    int64_t made_at; /* steady clock */
    struct bh_signed_checkpoint newest;
};

struct bh_checkpoint_cache *bh_checkpoint_cache_create(const struct bh_server_key *key)
{
    struct bh_checkpoint_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL || bh_public_key_make(key, &cache->public) != BH_OK) {
        free(cache);
        return NULL;
    }
    cache->key = key;
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

void bh_checkpoint_cache_destroy(struct bh_checkpoint_cache *cache)
{
    if (cache == NULL)
        return;
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

static enum bh_err make(struct bh_checkpoint_cache *cache, struct bh_store *store)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(store, &reader);
    if (err == BH_OK)
        err = bh_signed_checkpoint_make(reader.db, cache->key, bh_clock_wall_ms(), &cache->newest);
    return err;
}

enum bh_err bh_checkpoint_cache_get(
    struct bh_checkpoint_cache *cache, struct bh_store *store, struct bh_signed_checkpoint *ret_checkpoint)
{
    enum bh_err err = BH_OK;
    int64_t now = bh_clock_steady_ms();
    pthread_mutex_lock(&cache->lock);
    if (!cache->made || now - cache->made_at >= BH_CHECKPOINT_MS) {
        err = make(cache, store);
        cache->made = err == BH_OK;
        cache->made_at = now;
    }
    if (err == BH_OK)
        *ret_checkpoint = cache->newest;
    pthread_mutex_unlock(&cache->lock);
    return err;
}

const struct bh_public_key *bh_checkpoint_cache_key(const struct bh_checkpoint_cache *cache)
{
    return &cache->public;
}
