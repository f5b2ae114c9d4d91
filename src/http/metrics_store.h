// SPDX-License-Identifier: Apache-2.0
/*
 * What the database says, for the metrics: asked at most every BH_METRICS_MS.
 */
#ifndef BH_HTTP_METRICS_STORE_H
#define BH_HTTP_METRICS_STORE_H

#include "http/metrics.h"
#include "store/server_summary.h"

struct bh_metrics_stored {
    bool readable; /* else there is nothing more */
    struct bh_server_waiting waiting;
    int64_t oldest_due; /* wall clock; INT64_MAX when no event is due */
};

/* While another thread asks, waits for it, but not for ever: then the database is not readable. */
void bh_metrics_ask(struct bh_app *app, struct bh_metrics_stored *ret_stored);

#endif
