// SPDX-License-Identifier: Apache-2.0
/*
 * The query parameters of the log routes as a filter: explicit parameters first, then what the search text
 * says.
 */
#ifndef BH_HTTP_LOG_QUERY_H
#define BH_HTTP_LOG_QUERY_H

#include "http/server.h"
#include "store/audit.h"

struct bh_log_query {
    struct bh_audit_filter filter;
    size_t limit;   /* 1 to 500, default 100 */
    size_t page;    /* 1 to 10000, default 1 */
    int64_t before; /* from the cursor parameter; 0 = from the newest */
};

/* Invalid values count as absent. Never fails. `now_ms` gives "last 24 hours" its meaning. */
void bh_log_query_read(struct bh_exchange *exchange, int64_t now_ms, struct bh_log_query *ret_query);

#endif
