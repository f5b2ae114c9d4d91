// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/timefmt.h"
#include "store/erase_copies.h"
#include "store/sign_in.h"
#include "store/deliveries.h"
#include "store/sites.h"

#define INTERVAL_S 60
#define SCRUB_INTERVAL_S 1 /* until no file holds what was erased */
#define RETENTION_CHUNK 1024
#define ERASE_LATER_CHUNK 100
#define ERASE_CHUNK 1024
#define PURGE_CHUNK 1024
#define EVENT_CHUNK 128        /* one event may have gone to many endpoints */
#define APPROVALS_KEPT_DAYS 90 /* after they have ended */

struct bh_maintenance {
    struct bh_app *app;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    atomic_bool is_scrubbing;
    bool stopping, woken;
};

struct chunk {
    const struct purge *purge;
    int64_t older_than;
    size_t removed;
    bool is_scrubbing;  /* erased content is still in the write-ahead log */
    int64_t total;      /* of all kinds that were run with this one */
    enum bh_err result; /* the last failure */
};

static enum bh_err retain_chunk(void *argument, const struct bh_commit_context *context)
{
    struct chunk *chunk = argument;
    return bh_audit_retain(context->audit, chunk->older_than, RETENTION_CHUNK, &chunk->removed);
}

static enum bh_err retain_checks_chunk(void *argument, const struct bh_commit_context *context)
{
    struct chunk *chunk = argument;
    return bh_site_check_purge(context->db, chunk->older_than, RETENTION_CHUNK, &chunk->removed);
}

/* What ends by itself, and how long it stays after that. */
static const struct purge {
    enum bh_err (*purge)(struct bh_db *db, int64_t ended_before, size_t limit, size_t *ret_removed);
    int64_t kept_ms;
    size_t limit;
} purges[] = {
    {bh_copies_take_ended, 0, ERASE_LATER_CHUNK},
    {bh_idempotency_purge, 0, PURGE_CHUNK},
    {bh_session_purge, 0, PURGE_CHUNK},
    {bh_device_login_purge, 0, PURGE_CHUNK},
    {bh_mail_token_purge, 0, PURGE_CHUNK},
    {bh_approval_purge, APPROVALS_KEPT_DAYS *BH_MS_PER_DAY, PURGE_CHUNK},
    {bh_webhook_forget_secrets, 0, PURGE_CHUNK},
    {bh_delivery_purge, BH_EVENT_KEPT_MS, PURGE_CHUNK},
    {bh_event_purge, BH_EVENT_KEPT_MS, EVENT_CHUNK},
    {bh_webhook_purge, BH_EVENT_KEPT_MS, PURGE_CHUNK},
    {bh_site_purge_deleted, 0, PURGE_CHUNK},
};

static enum bh_err erase_chunk(void *argument, const struct bh_commit_context *context)
{
    struct chunk *chunk = argument;
    bool more;
    enum bh_err err = bh_audit_erase_chunk(context->audit, ERASE_CHUNK, context->now_ms, &more);
    if (err == BH_OK)
        chunk->removed = more ? ERASE_CHUNK : 0;
    chunk->is_scrubbing = bh_audit_is_scrubbing(context->audit);
    return err;
}

static enum bh_err purge_chunk(void *argument, const struct bh_commit_context *context)
{
    struct chunk *chunk = argument;
    const struct purge *purge = chunk->purge;
    return purge->purge(context->db, context->now_ms - purge->kept_ms, purge->limit, &chunk->removed);
}

static bool is_stopping(struct bh_maintenance *maintenance)
{
    pthread_mutex_lock(&maintenance->lock);
    bool stopping = maintenance->stopping;
    pthread_mutex_unlock(&maintenance->lock);
    return stopping;
}

/* Runs one kind of chunk until a chunk comes back not full. */
static void repeat(struct bh_maintenance *maintenance,
    enum bh_err (*write)(void *argument, const struct bh_commit_context *context), struct chunk *chunk,
    size_t full)
{
    enum bh_err err;
    do {
        chunk->removed = 0;
        err = bh_committer_run(maintenance->app->committer, write, NULL, chunk);
        chunk->total += (int64_t)chunk->removed;
        if (err != BH_OK) {
            chunk->result = err;
            bh_log(BH_LOG_WARN, "maintenance failed and will be tried again", "error", bh_err_info(err)->name,
                NULL);
        }
    } while (err == BH_OK && chunk->removed >= full && !is_stopping(maintenance));
}

enum bh_err bh_maintenance_run(struct bh_maintenance *maintenance, int64_t *ret_removed)
{
    int64_t days = maintenance->app->config->retention_days;
    int64_t now_ms = bh_clock_wall_ms();
    struct chunk chunk = {.older_than = now_ms - days * BH_MS_PER_DAY};
    struct chunk erasing = {.older_than = 0};
    repeat(maintenance, erase_chunk, &erasing, ERASE_CHUNK);
    maintenance->is_scrubbing = erasing.is_scrubbing;
    chunk.result = erasing.result;
    if (days > 0) {
        repeat(maintenance, retain_chunk, &chunk, RETENTION_CHUNK);
        repeat(maintenance, retain_checks_chunk, &chunk, RETENTION_CHUNK);
    }
    for (size_t i = 0; i < BH_COUNT(purges); i++) {
        chunk.purge = &purges[i];
        repeat(maintenance, purge_chunk, &chunk, purges[i].limit);
    }
    if (chunk.result == BH_OK)
        *ret_removed = chunk.total;
    return chunk.result;
}

static void *run(void *argument)
{
    struct bh_maintenance *maintenance = argument;
    while (!is_stopping(maintenance)) {
        int64_t removed = 0;
        if (bh_maintenance_run(maintenance, &removed) != BH_OK)
            bh_log(BH_LOG_DEBUG, "maintenance goes on in a minute", NULL);
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += maintenance->is_scrubbing ? SCRUB_INTERVAL_S : INTERVAL_S;
        pthread_mutex_lock(&maintenance->lock);
        while (!maintenance->stopping && !maintenance->woken &&
               pthread_cond_timedwait(&maintenance->wake, &maintenance->lock, &until) != ETIMEDOUT)
            continue;
        maintenance->woken = false;
        pthread_mutex_unlock(&maintenance->lock);
    }
    return NULL;
}

enum bh_err bh_maintenance_start(struct bh_app *app, struct bh_maintenance **ret_maintenance)
{
    struct bh_maintenance *maintenance = calloc(1, sizeof(*maintenance));
    if (maintenance == NULL)
        return BH_ERR_NO_MEMORY;
    maintenance->app = app;
    pthread_mutex_init(&maintenance->lock, NULL);
    pthread_cond_init(&maintenance->wake, NULL);
    if (pthread_create(&maintenance->thread, NULL, run, maintenance) != 0) {
        free(maintenance);
        return BH_ERR_NO_MEMORY;
    }
    *ret_maintenance = maintenance;
    return BH_OK;
}

void bh_maintenance_wake(struct bh_maintenance *maintenance)
{
    pthread_mutex_lock(&maintenance->lock);
    maintenance->woken = true;
    pthread_cond_signal(&maintenance->wake);
    pthread_mutex_unlock(&maintenance->lock);
}

void bh_maintenance_stop(struct bh_maintenance *maintenance)
{
    if (maintenance == NULL)
        return;
    pthread_mutex_lock(&maintenance->lock);
    maintenance->stopping = true;
    pthread_cond_signal(&maintenance->wake);
    pthread_mutex_unlock(&maintenance->lock);
    pthread_join(maintenance->thread, NULL);
    pthread_cond_destroy(&maintenance->wake);
    pthread_mutex_destroy(&maintenance->lock);
    free(maintenance);
}
