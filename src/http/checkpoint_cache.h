// SPDX-License-Identifier: Apache-2.0
/*
 * The newest signed checkpoint and the public key, made at most every BH_CHECKPOINT_MS however many ask:
 * anybody may.
 */
#ifndef BH_HTTP_CHECKPOINT_CACHE_H
#define BH_HTTP_CHECKPOINT_CACHE_H

#include "store/signed_checkpoint.h"

#define BH_CHECKPOINT_MS 2000

struct bh_checkpoint_cache;

/* NULL without memory. The key stays with the caller. */
struct bh_checkpoint_cache *bh_checkpoint_cache_create(const struct bh_server_key *key);
void bh_checkpoint_cache_destroy(struct bh_checkpoint_cache *cache);
/* Any thread. Waits for the database when the one at hand is too old. */
BH_MUST_USE
enum bh_err bh_checkpoint_cache_get(
    struct bh_checkpoint_cache *cache, struct bh_store *store, struct bh_signed_checkpoint *ret_checkpoint);
const struct bh_public_key *bh_checkpoint_cache_key(const struct bh_checkpoint_cache *cache);

#endif
