// SPDX-License-Identifier: Apache-2.0
#include "http/metrics_store.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "app/app.h"
#include "lib/clock.h"
#include "store/health.h"
#include "store/reader.h"

#define WAIT_MS 2000 /* for whoever asks already */
#define NS_PER_MS 1000000

struct bh_metrics {
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t asked;
    bool asking;
    bool made;
    int64_t made_at; /* steady clock */
    struct bh_metrics_stored stored;
};

struct bh_metrics *bh_metrics_create(void)
{
    pthread_condattr_t attributes;
    struct bh_metrics *metrics = calloc(1, sizeof(*metrics));
    if (metrics == NULL)
        return NULL;
    pthread_mutex_init(&metrics->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&metrics->asked, &attributes);
    pthread_condattr_destroy(&attributes);
    return metrics;
}

void bh_metrics_destroy(struct bh_metrics *metrics)
{
    if (metrics == NULL)
        return;
    pthread_cond_destroy(&metrics->asked);
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

static enum bh_err read_store(struct bh_app *app, struct bh_metrics_stored *stored)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_delivery_health health = {0};
    int64_t now_ms = bh_clock_wall_ms();
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_server_count_waiting(reader.db, now_ms, &stored->waiting);
    if (err == BH_OK)
        err = bh_health_of_delivery(reader.db, now_ms, &health);
    stored->oldest_due = health.oldest_due;
    return err;
}

/* The lock is held. */
static bool is_fresh(const struct bh_metrics *metrics)
{
    return metrics->made && bh_clock_steady_ms() - metrics->made_at < BH_METRICS_MS;
}

/* The lock is held. */
static void await_other(struct bh_metrics *metrics)
{
    int64_t until_ms = bh_clock_steady_ms() + WAIT_MS;
    const struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * NS_PER_MS};
    while (metrics->asking && !is_fresh(metrics) &&
           pthread_cond_timedwait(&metrics->asked, &metrics->lock, &until) == 0)
        ;
}

/* The lock is held, and is given up while the database is asked. */
static void ask(struct bh_metrics *metrics, struct bh_app *app)
{
    struct bh_metrics_stored stored = {0};
    metrics->asking = true;
    pthread_mutex_unlock(&metrics->lock);
    stored.readable = read_store(app, &stored) == BH_OK;
    pthread_mutex_lock(&metrics->lock);
    metrics->stored = stored;
    metrics->made = true;
    metrics->made_at = bh_clock_steady_ms();
    metrics->asking = false;
    pthread_cond_broadcast(&metrics->asked);
}

void bh_metrics_ask(struct bh_app *app, struct bh_metrics_stored *ret_stored)
{
    struct bh_metrics *metrics = app->metrics;
    pthread_mutex_lock(&metrics->lock);
    await_other(metrics);
    if (!is_fresh(metrics) && !metrics->asking)
        ask(metrics, app);
    *ret_stored = is_fresh(metrics) ? metrics->stored : (struct bh_metrics_stored){0};
    pthread_mutex_unlock(&metrics->lock);
}
