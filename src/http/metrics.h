// SPDX-License-Identifier: Apache-2.0
/*
 * The numbers of the running server as Prometheus reads them: what was counted (lib/metrics.h) and how it
 * stands now. What must be asked of the database is asked at most every BH_METRICS_MS, however many scrape.
 * A database that cannot be read takes its own numbers away and no others.
 */
#ifndef BH_HTTP_METRICS_H
#define BH_HTTP_METRICS_H

#include "http/server.h"

#define BH_METRICS_MS 1000

struct bh_app;
struct bh_metrics;

/* NULL without memory. */
struct bh_metrics *bh_metrics_create(void);
/* Accepts NULL. */
void bh_metrics_destroy(struct bh_metrics *metrics);
/* All of it, as the answer, in the form that the request asks for. `server` is the one of the main address.
 * On a thread that may wait for the database. */
void bh_metrics_answer(struct bh_app *app, const struct bh_server *server, struct bh_exchange *exchange);

#define BH_METRICS_CONNECTIONS 16 /* to the second address, in all */
#define BH_METRICS_CONNECTIONS_PER_ADDRESS 4
/*
 * The second address: answers GET /metrics, to anybody. Takes `fd` over, also on failure. All parts of the
 * application must be there.
 */
BH_MUST_USE
enum bh_err bh_metrics_serve_take(struct bh_app *app, int fd, struct bh_server **ret_server);

#endif
