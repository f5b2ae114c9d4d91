// SPDX-License-Identifier: Apache-2.0
/*
 * Fixed windows in a bounded table: no key, however many there are, makes it grow.
 */
#ifndef BH_HTTP_RATELIMIT_H
#define BH_HTTP_RATELIMIT_H

#include "lib/span.h"

struct bh_ratelimit;

struct bh_ratelimit_state {
    bool limited; /* the request is over the limit */
    int64_t limit, remaining;
    int64_t reset_s; /* seconds until the window ends, at least 1 */
};

/* `slots` counters in all. NULL when there is no memory. */
struct bh_ratelimit *bh_ratelimit_create(size_t slots);
void bh_ratelimit_destroy(struct bh_ratelimit *ratelimit);
/*
 * Counts one hit of `key` in `bucket` (a short constant such as "ip" or "key"). `limit` 0 = unlimited. The
 * window of `window_ms` opens with the first hit. When all slots that the key may use hold running windows,
 * the one that ends first is shared: counting errs towards limiting, never towards letting more through.
 */
struct bh_ratelimit_state bh_ratelimit_hit(struct bh_ratelimit *ratelimit, const char *bucket,
    struct bh_span key, int64_t limit, int64_t window_ms, int64_t now_ms);

#endif
