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
    size_t limit;            /* 1 to 500, default 100 */
    size_t page;             /* 1 to 10000, default 1 */
    int64_t before;          /* rows with a smaller id, from `before` or `cursor`; 0 = from the newest */
    struct bh_span agent_id; /* from agentId, agent or the search text; absent = any */
};

/*
 * Invalid values count as absent, but for `before`: from the newest again would never end. BH_ERR_LOG_BEFORE.
 * `now_ms` gives "last 24 hours" its meaning.
 */
BH_MUST_USE
enum bh_err bh_log_query_read(struct bh_exchange *exchange, int64_t now_ms, struct bh_log_query *ret_query);

#endif
