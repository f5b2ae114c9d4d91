// SPDX-License-Identifier: Apache-2.0
#include "lib/metrics.h"

#include <stdatomic.h>

#define SHARDS 16 /* with more threads than that, some share one */
#define CACHE_LINE 64

struct measured {
    atomic_int_fast64_t buckets[BH_HISTOGRAM_BOUNDS + 1];
    atomic_int_fast64_t sum;
};

struct shard {
    _Alignas(CACHE_LINE) atomic_int_fast64_t counters[BH_COUNTERS];
    struct measured histograms[BH_HISTOGRAMS];
};

static struct shard shards[SHARDS];
static atomic_uint next_shard;
static _Thread_local struct shard *own_shard;

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define TIMES                                                                                                \
    {                                                                                                        \
        100 * US, 250 * US, 500 * US, 1 * MS, 5 * MS / 2, 5 * MS, 10 * MS, 25 * MS, 50 * MS, 100 * MS,       \
            250 * MS, 500 * MS, 1 * SECOND, 5 * SECOND / 2, 5 * SECOND, 10 * SECOND                          \
    }

static const struct bh_histogram_scale scales[BH_HISTOGRAMS] = {
    [BH_HISTOGRAM_DECISION_NS] = {SECOND, 16, TIMES},
    [BH_HISTOGRAM_COMMIT_NS] = {SECOND, 16, TIMES},
    [BH_HISTOGRAM_COMMIT_JOBS] = {1, 10, {1, 2, 4, 8, 16, 32, 64, 128, 256, 512}},
};

static struct shard *shard_of_thread(void)
{
    if (own_shard == NULL)
        own_shard = &shards[atomic_fetch_add_explicit(&next_shard, 1, memory_order_relaxed) % SHARDS];
    return own_shard;
}

static void add(atomic_int_fast64_t *number, int64_t amount)
{
    atomic_fetch_add_explicit(number, amount, memory_order_relaxed);
}

static int64_t get(const atomic_int_fast64_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

void bh_counter_add(enum bh_counter counter, int64_t amount)
{
    add(&shard_of_thread()->counters[counter], amount);
}

size_t bh_histogram_bucket(const struct bh_histogram_scale *scale, int64_t value)
{
    size_t bucket = 0;
    while (bucket < scale->count && value > scale->bounds[bucket])
        bucket++;
    return bucket;
}

void bh_histogram_add(enum bh_histogram histogram, int64_t value)
{
    struct measured *measured = &shard_of_thread()->histograms[histogram];
    add(&measured->buckets[bh_histogram_bucket(&scales[histogram], value)], 1);
    add(&measured->sum, value);
}

int64_t bh_counter_read(enum bh_counter counter)
{
    int64_t sum = 0;
    for (size_t i = 0; i < SHARDS; i++)
        sum += get(&shards[i].counters[counter]);
    return sum;
}

void bh_histogram_read(enum bh_histogram histogram, struct bh_histogram_view *ret_view)
{
    struct bh_histogram_view view = {.scale = &scales[histogram]};
    for (size_t i = 0; i < SHARDS; i++) {
        const struct measured *measured = &shards[i].histograms[histogram];
        for (size_t bucket = 0; bucket <= view.scale->count; bucket++)
            view.buckets[bucket] += get(&measured->buckets[bucket]);
        view.sum += get(&measured->sum);
    }
    *ret_view = view;
}
