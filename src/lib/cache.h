// SPDX-License-Identifier: Apache-2.0
/*
 * Immutable things that are found by a digest and shared by several threads: bounded in number,
 * reference-counted. What is kept embeds a struct bh_cached as its first member.
 */
#ifndef BH_LIB_CACHE_H
#define BH_LIB_CACHE_H

#include <stdatomic.h>

#include "lib/digest.h"

struct bh_cached {
    struct bh_sha256 key;
    atomic_uint references;
    atomic_bool recently_used;
    void (*destroy)(struct bh_cached *cached); /* when the last reference is given up */
    struct bh_cached *next;                    /* in the cache's chain */
};

/* With one reference, the caller's. */
void bh_cached_init(
    struct bh_cached *cached, const struct bh_sha256 *key, void (*destroy)(struct bh_cached *cached));
/* Accepts NULL. */
void bh_cached_release(struct bh_cached *cached);

struct bh_cache;

/* At most `capacity` of them; beyond that, one that was not used lately makes room. NULL when there is no
 * memory. */
struct bh_cache *bh_cache_create(size_t capacity);
void bh_cache_destroy(struct bh_cache *cache);
/* A new reference, or NULL when it is not there. */
struct bh_cached *bh_cache_find(struct bh_cache *cache, const struct bh_sha256 *key);
/* Publishes it in place of one with the same key; the cache takes a reference of its own. */
void bh_cache_put(struct bh_cache *cache, struct bh_cached *cached);
/* How many it holds. */
size_t bh_cache_count(struct bh_cache *cache);
void bh_cache_drop(struct bh_cache *cache, const struct bh_sha256 *key);

#endif
