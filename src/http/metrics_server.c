// SPDX-License-Identifier: Apache-2.0
/*
 * The second address. It has a server of its own, so that it can be reached where the main one is full, and
 * waits for the database on its own thread, so that no pool is held up.
 */
#include "app/app.h"
#include "http/metrics.h"
#include "http/reply.h"

#define IDLE_TIMEOUT_S 5 /* who comes back later connects anew; so nobody holds a place for nothing */
#define STEP_TIMEOUT_S 10

static void handle(void *context, struct bh_exchange *exchange)
{
    struct bh_app *app = context;
    if (!bh_span_equal(exchange->path, BH_SPAN("/metrics"))) {
        bh_reply_error(exchange, BH_ERR_NOT_FOUND, BH_ABSENT);
        return;
    }
    if (exchange->method != BH_GET && exchange->method != BH_HEAD) {
        bh_exchange_add_header(exchange, "Allow", "GET, HEAD");
        bh_reply_error(exchange, BH_ERR_METHOD, BH_ABSENT);
        return;
    }
    bh_metrics_answer(app, app->server, exchange);
    bh_reply_check(exchange);
}

static void refuse(void *context, struct bh_exchange *exchange, enum bh_err err)
{
    (void)context;
    bh_reply_error(exchange, err, BH_ABSENT);
}

enum bh_err bh_metrics_serve_take(struct bh_app *app, int fd, struct bh_server **ret_server)
{
    const struct bh_server_options options = {.threads = 1,
        .max_connections = BH_METRICS_CONNECTIONS,
        .max_connections_per_address = BH_METRICS_CONNECTIONS_PER_ADDRESS,
        .idle_timeout_s = IDLE_TIMEOUT_S,
        .header_timeout_s = STEP_TIMEOUT_S,
        .body_timeout_s = STEP_TIMEOUT_S,
        .answer_timeout_s = STEP_TIMEOUT_S,
        .handle = handle,
        .refuse = refuse,
        .context = app};
    return bh_server_start_take(fd, &options, ret_server);
}
