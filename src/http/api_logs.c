// SPDX-License-Identifier: Apache-2.0
#include "http/handlers.h"

#include "app/app.h"
#include "http/credentials.h"
#include "http/log_query.h"
#include "http/present.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "store/reader.h"

#define PLAIN_ROWS 50
#define SUMMARY_ROWS 1000

struct log_view {
    struct bh_log_query query;
    struct bh_audit_page page;
    struct bh_audit_page newest; /* what the summary counts */
    int64_t total;
    bool total_exact;
};

static void write_rows(const struct bh_audit_page *page, struct bh_buf *body)
{
    bh_buf_add_char(body, '[');
    for (size_t i = 0; i < page->count; i++) {
        bh_json_add_separator(body);
        bh_present_log_row(&page->rows[i], body);
    }
    bh_buf_add_char(body, ']');
}

struct tally {
    struct bh_span value;
    size_t count;
};

/* Counts one more of `value`; of new values the order of appearance is kept. */
static void count_value(struct tally *tallies, size_t *count, struct bh_span value)
{
    size_t i = 0;
    while (i < *count && !bh_span_equal(tallies[i].value, value))
        i++;
    if (i == *count)
        tallies[(*count)++].value = value;
    tallies[i].count++;
}

/* The most frequent action among denials, or vendor among all rows; of equals, the one seen first. Absent:
 * none. */
static struct bh_span most_frequent(const struct bh_audit_page *page, bool vendors, struct bh_arena *arena)
{
    struct tally *tallies = bh_arena_alloc(arena, (page->count + 1) * sizeof(*tallies));
    size_t count = 0;
    size_t best = 0;
    for (size_t i = 0; tallies != NULL && i < page->count; i++) {
        struct bh_span value = vendors ? page->rows[i].vendor : page->rows[i].action;
        if (!bh_span_is_absent(value) && (vendors || !page->rows[i].allowed))
            count_value(tallies, &count, value);
    }
    for (size_t i = 1; i < count; i++) {
        if (tallies[i].count > tallies[best].count)
            best = i;
    }
    return count == 0 ? BH_ABSENT : tallies[best].value;
}

static void write_summary(const struct log_view *view, struct bh_arena *arena, struct bh_buf *body)
{
    size_t allowed = 0;
    size_t high_risk = 0;
    size_t approval_required = 0;
    for (size_t i = 0; i < view->newest.count; i++) {
        const struct bh_audit_row *row = &view->newest.rows[i];
        allowed += row->allowed;
        high_risk += row->risk == BH_RISK_HIGH;
        approval_required += row->approval_required;
    }
    bh_buf_addf(body,
        "{\"total\":%zu,\"allowed\":%zu,\"denied\":%zu,\"highRisk\":%zu,\"approvalRequired\":%zu",
        view->newest.count, allowed, view->newest.count - allowed, high_risk, approval_required);
    bh_present_redacted(body, "topDeniedAction", most_frequent(&view->newest, false, arena));
    bh_present_redacted(body, "topVendor", most_frequent(&view->newest, true, arena));
    bh_buf_add_char(body, '}');
}

/* Is there an older match? Known for sure when all were counted and the pages were counted from the newest.
 */
static bool has_more(const struct log_view *view)
{
    if (!view->total_exact || view->query.before != 0)
        return view->page.next_before != 0;
    return (int64_t)((view->query.page - 1) * view->query.limit + view->page.count) < view->total;
}

static void write_pagination(const struct log_view *view, struct bh_buf *body)
{
    const struct bh_log_query *query = &view->query;
    bool more = has_more(view);
    bh_buf_addf(body, "{\"limit\":%zu,\"page\":%zu,\"total\":%lld", query->limit, query->page,
        (long long)view->total);
    bh_json_add_key(body, "totalExact");
    bh_json_add_bool(body, view->total_exact);
    bh_json_add_key(body, "hasMore");
    bh_json_add_bool(body, more);
    bh_json_add_key(body, "partial");
    bh_json_add_bool(body, view->page.partial && more);
    bh_json_add_key(body, "nextCursor");
    if (!more || view->page.next_before == 0)
        bh_buf_add_text(body, "null}");
    else
        bh_buf_addf(body, "\"%lld\"}", (long long)view->page.next_before);
}

static bool takes_all(const struct bh_audit_filter *filter)
{
    const struct bh_span texts[] = {
        filter->action, filter->vendor, filter->request_id, filter->environment, filter->text};
    for (size_t i = 0; i < BH_COUNT(texts); i++) {
        if (!bh_span_is_absent(texts[i]))
            return false;
    }
    return filter->decision == BH_AUDIT_ANY && filter->shadow == BH_EITHER && !filter->has_risk &&
           filter->from == 0 && filter->to == 0;
}

/* Without a filter the daily counts know the total; with one the rows must be looked at. */
static enum bh_err count_matches(
    struct bh_db *db, const struct bh_audit_filter *filter, int64_t *ret_total, bool *ret_exact)
{
    struct bh_audit_counts counts;
    if (!takes_all(filter))
        return bh_audit_count(db, filter, BH_AUDIT_WALK_LIMIT, ret_total, ret_exact);
    enum bh_err err = bh_audit_count_days(db, filter->account, filter->agent, 0, 0, true, &counts);
    if (err != BH_OK)
        return err;
    *ret_total = counts.allowed + counts.denied + counts.shadow;
    *ret_exact = true;
    return BH_OK;
}

static enum bh_err load_filtered(struct bh_exchange *exchange, struct bh_db *db,
    const struct bh_agent_record *agent, struct log_view *view)
{
    struct bh_log_query *query = &view->query;
    bh_log_query_read(exchange, bh_clock_wall_ms(), query);
    query->filter.account = agent->account;
    query->filter.agent = agent->id;
    enum bh_err err = bh_audit_list(db, &query->filter, query->before, (query->page - 1) * query->limit,
        query->limit, &exchange->arena, &view->page);
    if (err == BH_OK)
        err = bh_audit_list(db, &query->filter, 0, 0, SUMMARY_ROWS, &exchange->arena, &view->newest);
    if (err == BH_OK)
        err = count_matches(db, &query->filter, &view->total, &view->total_exact);
    return err;
}

void bh_api_logs_list(struct bh_app *app, struct bh_exchange *exchange)
{
    BH_CLEANUP(bh_reader_close) struct bh_reader reader = {0};
    struct bh_agent_record agent;
    struct log_view view = {0};
    bool filtered = bh_exchange_has_query(exchange);
    enum bh_err err = bh_reader_open(app->store, &reader);
    if (err == BH_OK)
        err = bh_credential_require_agent(app, exchange, reader.db, exchange->params[0], &agent);
    if (err == BH_OK && filtered)
        err = load_filtered(exchange, reader.db, &agent, &view);
    if (err == BH_OK && !filtered) {
        const struct bh_audit_filter own = {.account = agent.account, .agent = agent.id};
        err = bh_audit_list(reader.db, &own, 0, 0, PLAIN_ROWS, &exchange->arena, &view.page);
    }
    if (err != BH_OK) {
        if (err != BH_ERR_RATE_LIMIT)
            bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    struct bh_buf *body = bh_reply_json(exchange, 200);
    if (!filtered) {
        write_rows(&view.page, body);
        return;
    }
    bh_buf_add_text(body, "{\"logs\":");
    write_rows(&view.page, body);
    bh_buf_add_text(body, ",\"summary\":");
    write_summary(&view, &exchange->arena, body);
    bh_buf_add_text(body, ",\"pagination\":");
    write_pagination(&view, body);
    bh_buf_add_char(body, '}');
}
