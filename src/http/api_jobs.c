// SPDX-License-Identifier: Apache-2.0
/*
 * What the server does by itself, now.
 */
#include "http/handlers.h"

#include <time.h>

#include "app/app.h"
#include "app/maintenance.h"
#include "http/credentials.h"
#include "http/reply.h"
#include "store/deliveries.h"
#include "store/reader.h"
#include "webhooks/deliver.h"

#define WATCH_STEP_MS 50
#define WATCH_QUIET_STEPS 6 /* without a new attempt: there is nothing to be done now */
#define WATCH_STEPS 40

/*
 * A GET comes along with the browser's cookie from any page, and the Origin rule does not hold for it: so it
 * takes the setup token alone.
 */
static enum bh_err find_caller(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    if (bh_credential_is_setup_token(app, exchange))
        return BH_OK;
    if (exchange->method != BH_POST)
        return BH_ERR_SETUP_TOKEN;
    enum bh_err err = bh_reader_open(app->store, &reader);
    return err == BH_OK ? bh_credential_require_operator(app, exchange, reader.db) : err;
}

void bh_api_purge_run(struct bh_app *app, struct bh_exchange *exchange)
{
    int64_t removed = 0;
    enum bh_err err = find_caller(app, exchange);
    if (err == BH_OK)
        err = bh_maintenance_run(app->maintenance, &removed);
    if (err != BH_OK)
        bh_reply_error(exchange, err, BH_ABSENT);
    else
        bh_buf_addf(bh_reply_json(exchange, 200), "{\"status\":\"ok\",\"removed\":%lld}", (long long)removed);
}

/* ---- deliveries ---- */

static enum bh_err newest_attempt(struct bh_app *app, int64_t *ret_id)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    enum bh_err err = bh_reader_open(app->store, &reader);
    return err == BH_OK ? bh_delivery_newest_attempt(reader.db, ret_id) : err;
}

/* Returns when no attempt has ended for a while. */
static enum bh_err watch(struct bh_app *app, int64_t newest)
{
    const struct timespec step = {.tv_nsec = WATCH_STEP_MS * 1000000L};
    enum bh_err err = BH_OK;
    int quiet = 0;
    for (int i = 0; i < WATCH_STEPS && quiet < WATCH_QUIET_STEPS && err == BH_OK; i++) {
        int64_t before = newest;
        nanosleep(&step, NULL);
        err = newest_attempt(app, &newest);
        quiet = newest == before ? quiet + 1 : 0;
    }
    return err;
}

static enum bh_err deliver_now(struct bh_app *app, struct bh_delivery_counts *ret_counts)
{
    int64_t start;
    enum bh_err err = newest_attempt(app, &start);
    if (err != BH_OK)
        return err;
    bh_deliverer_wake(app->deliverer);
    err = watch(app, start);
    if (err != BH_OK)
        return err;
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    err = bh_reader_open(app->store, &reader);
    return err == BH_OK ? bh_delivery_count_since(reader.db, start, ret_counts) : err;
}

void bh_api_webhook_process(struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_delivery_counts counts = {0};
    enum bh_err err = find_caller(app, exchange);
    if (err == BH_OK)
        err = deliver_now(app, &counts);
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    int64_t failed = counts.to_be_retried + counts.dead;
    bh_buf_addf(bh_reply_json(exchange, 200),
        "{\"status\":\"ok\",\"processed\":%lld,\"completed\":%lld,\"retried\":%lld,\"failed\":%lld,"
        "\"skipped\":0,\"deadLettered\":%lld,\"recovered\":0}",
        (long long)counts.attempts, (long long)counts.succeeded, (long long)counts.to_be_retried,
        (long long)failed, (long long)counts.dead);
}
