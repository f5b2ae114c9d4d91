// SPDX-License-Identifier: Apache-2.0
#include "http/log_query.h"

#include <string.h>

#include "http/log_search.h"
#include "lib/timefmt.h"
#include "store/request_id.h"

static struct bh_span either(const struct bh_exchange *exchange, const char *name, const char *alias)
{
    struct bh_span value = bh_exchange_query(exchange, name);
    return bh_span_is_absent(value) ? bh_exchange_query(exchange, alias) : value;
}

/* A whole number within the bounds, else the fallback. */
static int64_t number(struct bh_span text, int64_t low, int64_t high, int64_t fallback)
{
    int64_t value = 0;
    if (text.len == 0 || text.len > 18)
        return fallback;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return fallback;
        value = value * 10 + (text.data[i] - '0');
    }
    return value < low || value > high ? fallback : value;
}

static void read_decision(const struct bh_exchange *exchange, struct bh_audit_filter *filter)
{
    struct bh_span allowed = bh_exchange_query(exchange, "allowed");
    if (bh_span_equal(allowed, BH_SPAN("true")))
        filter->decision = BH_AUDIT_ALLOWED;
    else if (bh_span_equal(allowed, BH_SPAN("false")))
        filter->decision = BH_AUDIT_DENIED;
    else
        bh_log_search_decision(bh_exchange_query(exchange, "decision"), filter);
}

static void read_time(struct bh_span text, int64_t *ret_ms)
{
    int64_t ms;
    if (!bh_span_is_absent(text) && bh_time_parse(bh_span_trim(text), &ms))
        *ret_ms = ms;
}

static void read_shadow(struct bh_span text, struct bh_audit_filter *filter)
{
    if (bh_span_equal(text, BH_SPAN("true")))
        filter->shadow = BH_YES;
    else if (bh_span_equal(text, BH_SPAN("false")))
        filter->shadow = BH_NO;
}

/* Empty parameters are as good as none. */
static struct bh_span given(struct bh_span value)
{
    value = bh_span_trim(value);
    return value.len == 0 ? BH_ABSENT : value;
}

enum bh_err bh_log_query_read(struct bh_exchange *exchange, int64_t now_ms, struct bh_log_query *ret_query)
{
    struct bh_log_query query = {0};
    struct bh_audit_filter *filter = &query.filter;
    query.limit = (size_t)number(bh_exchange_query(exchange, "limit"), 1, 500, 100);
    query.page = (size_t)number(bh_exchange_query(exchange, "page"), 1, 10000, 1);
    query.before = number(bh_exchange_query(exchange, "cursor"), 1, INT64_C(999999999999999999), 0);
    struct bh_span before = given(bh_exchange_query(exchange, "before"));
    uint64_t salt;
    if (!bh_span_is_absent(before) && !bh_request_id_decode(before, &query.before, &salt))
        return BH_ERR_LOG_BEFORE;
    read_decision(exchange, filter);
    bh_log_search_risk(bh_exchange_query(exchange, "risk"), filter);
    filter->action = given(bh_exchange_query(exchange, "action"));
    filter->vendor = given(either(exchange, "vendor", "resource"));
    filter->request_id = given(bh_exchange_query(exchange, "requestId"));
    filter->environment = given(bh_exchange_query(exchange, "environment"));
    read_shadow(bh_exchange_query(exchange, "shadow"), filter);
    read_time(either(exchange, "from", "start"), &filter->from);
    read_time(either(exchange, "to", "end"), &filter->to);
    query.agent_id = given(either(exchange, "agentId", "agent"));
    bh_log_search_apply(
        given(either(exchange, "search", "q")), now_ms, &exchange->arena, filter, &query.agent_id);
    *ret_query = query;
    return BH_OK;
}
