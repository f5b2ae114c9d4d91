// SPDX-License-Identifier: Apache-2.0
#include "http/status.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "app/app.h"
#include "gateway/fetch.h"
#include "lib/clock.h"
#include "store/health.h"
#include "store/reader.h"
#include "webhooks/deliver.h"

#define PATIENCE_MS 1000 /* for the commit thread, which may have a long transaction at hand */
#define LOST_MS 10000    /* what it has not written by then it will not; a report is no older than that */
#define WAIT_MS 2000     /* for the report that somebody else makes, from when that began */
#define STILL_MS 30000   /* a thread that has not turned for so long hangs */
#define DUE_MS 60000     /* an event may be due for so long while nothing is tried */
#define NS_PER_MS 1000000

struct bh_status {
    struct bh_commit_job probe; /* INVARIANT: first, so that a pointer to either is one to both */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    bool probing;          /* the committer has the probe */
    enum bh_err probed;    /* what came of the last one that has ended */
    int64_t probing_since; /* steady clock, as all of these */
    bool looking;          /* somebody makes a new report */
    int64_t looking_since;
    bool made;
    int64_t made_at;
    struct bh_status_report report;
};

struct bh_status *bh_status_create(void)
{
    pthread_condattr_t attributes;
    struct bh_status *status = calloc(1, sizeof(*status));
    if (status == NULL)
        return NULL;
    pthread_mutex_init(&status->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&status->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return status;
}

void bh_status_destroy(struct bh_status *status)
{
    if (status == NULL)
        return;
    pthread_cond_destroy(&status->changed);
    pthread_mutex_destroy(&status->lock);
    free(status);
}

const char *bh_state_text(enum bh_state state)
{
    switch (state) {
    case BH_STATE_OPERATIONAL:
        return "operational";
    case BH_STATE_DEGRADED:
        return "degraded";
    case BH_STATE_OUTAGE:
    default:
        return "outage";
    }
}

/* ---- the commit thread ---- */

static enum bh_err apply_probe(struct bh_commit_job *job, const struct bh_commit_context *context)
{
    (void)job;
    return bh_health_probe(context->db, context->now_ms);
}

static void probe_done(struct bh_commit_job *job, enum bh_err result)
{
    struct bh_status *status = (struct bh_status *)(void *)job;
    pthread_mutex_lock(&status->lock);
    status->probing = false;
    status->probed = result;
    pthread_cond_broadcast(&status->changed);
    pthread_mutex_unlock(&status->lock);
}

/* The lock is held. */
static enum bh_err begin_probe(struct bh_status *status, struct bh_app *app, int64_t now)
{
    if (status->probing)
        return BH_OK;
    status->probe = (struct bh_commit_job){.apply = apply_probe, .done = probe_done};
    enum bh_err err = bh_committer_submit(app->committer, &status->probe);
    status->probing = err == BH_OK; /* it cannot be done before the lock is free */
    status->probing_since = now;
    return err;
}

static struct timespec time_of(int64_t steady_ms)
{
    return (struct timespec){.tv_sec = steady_ms / 1000, .tv_nsec = steady_ms % 1000 * NS_PER_MS};
}

/*
 * The lock is held. A write that has failed says more than one that is under way, so it holds until one
 * succeeds; a full queue says that much is written.
 */
static enum bh_state judge_recording(const struct bh_status *status, enum bh_err begun, int64_t now)
{
    if (status->probed != BH_OK || (begun != BH_OK && begun != BH_ERR_OVERLOADED))
        return BH_STATE_OUTAGE;
    if (begun == BH_OK && !status->probing)
        return BH_STATE_OPERATIONAL;
    return begun == BH_OK && now - status->probing_since >= LOST_MS ? BH_STATE_OUTAGE : BH_STATE_DEGRADED;
}

static enum bh_state look_at_recording(struct bh_status *status, struct bh_app *app)
{
    int64_t now = bh_clock_steady_ms();
    const struct timespec until = time_of(now + PATIENCE_MS);
    pthread_mutex_lock(&status->lock);
    enum bh_err begun = begin_probe(status, app, now);
    while (status->probing && pthread_cond_timedwait(&status->changed, &status->lock, &until) == 0)
        ;
    enum bh_state state = judge_recording(status, begun, now);
    pthread_mutex_unlock(&status->lock);
    return state;
}

/* ---- the others ---- */

static enum bh_state look_at_thread(int64_t turned_at)
{
    return bh_clock_steady_ms() - turned_at < STILL_MS ? BH_STATE_OPERATIONAL : BH_STATE_OUTAGE;
}

/*
 * An endpoint that is slow or dead has events that are due for long, and that says nothing about the server:
 * something is wrong when they are and nothing is tried.
 */
static enum bh_state judge_delivery(const struct bh_delivery_health *health, int64_t now_ms)
{
    bool is_late = health->oldest_due != INT64_MAX && now_ms - health->oldest_due > DUE_MS;
    return is_late && now_ms - health->newest_attempt > DUE_MS ? BH_STATE_DEGRADED : BH_STATE_OPERATIONAL;
}

static enum bh_err read_store(struct bh_app *app, struct bh_delivery_health *health, int64_t now_ms)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_store_ping(app->store);
    if (err == BH_OK)
        err = bh_reader_open(app->store, &reader);
    return err == BH_OK ? bh_health_of_delivery(reader.db, now_ms, health) : err;
}

static void look_at_store(struct bh_app *app, struct bh_status_report *report)
{
    struct bh_delivery_health health = {0};
    int64_t now_ms = bh_clock_wall_ms();
    enum bh_err err = read_store(app, &health, now_ms);
    bool is_busy = err == BH_ERR_STORE_BUSY; /* all readers are lent: much is read */
    if (err != BH_OK && !is_busy)
        return;
    report->database = is_busy ? BH_STATE_DEGRADED : BH_STATE_OPERATIONAL;
    report->delivery = look_at_thread(bh_deliverer_turned_at(app->deliverer));
    if (report->delivery == BH_STATE_OPERATIONAL)
        report->delivery = is_busy ? BH_STATE_DEGRADED : judge_delivery(&health, now_ms);
}

static void look(struct bh_status *status, struct bh_app *app, struct bh_status_report *report)
{
    look_at_store(app, report);
    report->recording = look_at_recording(status, app);
    report->gateway = look_at_thread(bh_fetcher_turned_at(app->fetcher));
}

static bool is_younger(const struct bh_status *status, int64_t age_ms)
{
    return status->made && bh_clock_steady_ms() - status->made_at < age_ms;
}

/* The lock is held. Waits for whoever looks, if what was found before is too old, but not for one who hangs.
 */
static void await_look(struct bh_status *status)
{
    const struct timespec until = time_of(status->looking_since + WAIT_MS);
    while (status->looking && !is_younger(status, LOST_MS) &&
           pthread_cond_timedwait(&status->changed, &status->lock, &until) == 0)
        ;
}

void bh_status_get(struct bh_status *status, struct bh_app *app, struct bh_status_report *ret_report)
{
    struct bh_status_report report = {0};
    pthread_mutex_lock(&status->lock);
    await_look(status);
    if (status->looking || is_younger(status, BH_STATUS_MS)) {
        *ret_report = is_younger(status, LOST_MS) ? status->report : report;
        pthread_mutex_unlock(&status->lock);
        return;
    }
    status->looking = true;
    status->looking_since = bh_clock_steady_ms();
    pthread_mutex_unlock(&status->lock);
    look(status, app, &report);
    pthread_mutex_lock(&status->lock);
    status->report = report;
    status->made = true;
    status->made_at = bh_clock_steady_ms();
    status->looking = false;
    pthread_cond_broadcast(&status->changed);
    pthread_mutex_unlock(&status->lock);
    *ret_report = report;
}
