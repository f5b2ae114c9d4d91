// SPDX-License-Identifier: Apache-2.0
/*
 * What this process counts and measures about itself, for whoever watches it. One set for the process: the
 * values only grow, from 0 at its start.
 *
 * Any thread may add, without locks and without memory of its own. Threads add to different shards, so that
 * they do not fight over a cache line; reading adds the shards up. What is read while others add is a moment
 * old for each value by itself, and the values need not be of the same moment.
 */
#ifndef BH_LIB_METRICS_H
#define BH_LIB_METRICS_H

#include "lib/base.h"

enum bh_counter {
    /* decisions, of verify calls and of the action gateway */
    BH_COUNTER_DECISION_ALLOWED = 0,
    BH_COUNTER_DECISION_DENIED,
    BH_COUNTER_DECISION_APPROVAL, /* a person must approve */
    BH_COUNTER_DECISION_SHADOW,
    BH_COUNTER_DECISION_FAILED, /* none was made: the answer was a 503 */
    BH_COUNTER_DECISION_REPLAY, /* verify calls answered from the record of an earlier one */
    /* actions of the gateway that were allowed */
    BH_COUNTER_EXECUTION_SUCCEEDED,
    BH_COUNTER_EXECUTION_FAILED,
    BH_COUNTER_EXECUTION_UNRECORDED, /* it ran, and how it ended could not be recorded */
    BH_COUNTER_EXECUTION_BUSY,       /* refused before the decision: too many run */
    /* checks of visitors of guarded sites */
    BH_COUNTER_SITE_ALLOWED,
    BH_COUNTER_SITE_DENIED,
    BH_COUNTER_SITE_FAILED,
    /* attempts of webhook deliveries that are recorded */
    BH_COUNTER_DELIVERY_SUCCEEDED,
    BH_COUNTER_DELIVERY_RETRIED, /* failed, and tried again later */
    BH_COUNTER_DELIVERY_DEAD,    /* failed for the last time */
    /* requests refused for coming too often */
    BH_COUNTER_RATE_LIMITED,
    /* transactions that the database could not commit */
    BH_COUNTER_COMMIT_FAILED,
    BH_COUNTERS
};

enum bh_histogram {
    BH_HISTOGRAM_DECISION_NS = 0, /* of a verify call: from its last header to its answer */
    BH_HISTOGRAM_COMMIT_NS,       /* of a transaction that was committed */
    BH_HISTOGRAM_COMMIT_JOBS,     /* in such a transaction */
    BH_HISTOGRAMS
};

#define BH_HISTOGRAM_BOUNDS 16 /* at most */

/* The layout of one histogram. */
struct bh_histogram_scale {
    int64_t unit; /* what is recorded, divided by this, is shown: 1000000000 where nanoseconds make seconds */
    size_t count; /* of the bounds */
    int64_t bounds[BH_HISTOGRAM_BOUNDS]; /* growing; a bucket holds what is not greater than its bound */
};

struct bh_histogram_view {
    const struct bh_histogram_scale *scale;
    int64_t buckets[BH_HISTOGRAM_BOUNDS + 1]; /* each by itself; the one at `scale->count` is without bound */
    int64_t sum;
};

/* `amount` is not negative. */
void bh_counter_add(enum bh_counter counter, int64_t amount);
/* One value, not negative, as the histogram's name says. */
void bh_histogram_add(enum bh_histogram histogram, int64_t value);

int64_t bh_counter_read(enum bh_counter counter);
void bh_histogram_read(enum bh_histogram histogram, struct bh_histogram_view *ret_view);
/* The bucket that the value belongs in: `scale->count` when it is above all bounds. Pure. */
size_t bh_histogram_bucket(const struct bh_histogram_scale *scale, int64_t value);

#endif
