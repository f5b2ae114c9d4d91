// SPDX-License-Identifier: Apache-2.0
/*
 * A small pool of threads for one kind of slow work: writes that wait for the committer, or log listing.
 */
#ifndef BH_HTTP_POOL_H
#define BH_HTTP_POOL_H

#include "lib/base.h"

struct bh_pool;

/* NULL when the threads cannot be started. */
struct bh_pool *bh_pool_create(unsigned threads, size_t queue_limit);
/* Finishes what is queued, then ends the threads. */
void bh_pool_destroy(struct bh_pool *pool);
/* False when the queue is full: the caller answers 503. */
BH_MUST_USE
bool bh_pool_submit(struct bh_pool *pool, void (*run)(void *argument), void *argument);

#endif
